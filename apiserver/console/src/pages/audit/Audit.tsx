import { AuditOutlined } from '@ant-design/icons'
import { DatePicker, Select, Tag } from 'antd'
import dayjs from 'dayjs'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'

import { audit, projects, users, type AuditEntry } from '../../api/admin'
import { AdminOnly } from '../../widgets/AdminOnly'
import { Choose } from '../../widgets/Choose'
import { Crud } from '../../widgets/Crud'
import { TimeText } from '../../widgets/TimeText'
import { useNames } from '../../widgets/useNames'
import './audit.css'
import { changesOf } from './changes'

const resources = [
  'project', 'member', 'workflow', 'draft', 'schedule', 'backfill', 'instance', 'calendar', 'environment', 'task-group', 'worker-group', 'file', 'udf', 'data-source',
  'alert-group', 'alert-channel', 'tenant', 'queue', 'user', 'token', 'session', 'retention',
]
const actions = [
  'create', 'update', 'delete', 'grant', 'members', 'sort', 'add_version', 'online', 'offline', 'start', 'stop', 'pause', 'rerun', 'rerun_from', 'recover_paused', 'recover_failed',
  'force_success', 'force_start', 'release_hold', 'backfill', 'login', 'login_refused', 'logout', 'identify',
]
const colours: Record<string, string> = { create: 'success', delete: 'error', update: 'processing', login_refused: 'warning' }

// AuditPage is who changed what, when and from where.
export function AuditPage() {
  return (
    <AdminOnly>
      <Audit />
    </AdminOnly>
  )
}

function Audit() {
  const { t } = useTranslation()
  const [address, setAddress] = useSearchParams()
  const project = useNames('/projects', () => projects.list({ limit: 1000 }))
  const get = (key: string) => address.get(key) ?? undefined
  const set = (changes: Record<string, string | undefined>) =>
    setAddress((now) => {
      for (const [key, value] of Object.entries(changes)) {
        if (value) now.set(key, value)
        else now.delete(key)
      }
      return now
    })
  const number = (key: string) => (get(key) ? Number(get(key)) : undefined)
  const text = (key: string, other: string) => t(key, { defaultValue: other })
  return (
    <Crud<AuditEntry, never>
      api={audit}
      texts="audit"
      icon={<AuditOutlined />}
      searchable={false}
      noActions
      query={{ user: get('user'), project: get('project'), resource: get('resource'), action: get('action'), from: get('from'), to: get('to') }}
      nameOf={(row) => row.name}
      expand={(row) => <Changes row={row} />}
      filters={
        <>
          <Choose allowClear className="filter" api={users} valueOf={(u) => u.id} labelOf={(u) => u.name} value={number('user')} placeholder={t('audit.anyUser')} aria-label={t('tokens.user')} onChange={(v?: number) => set({ user: v?.toString() })} />
          <Choose allowClear className="filter" api={projects} valueOf={(p) => p.id} labelOf={(p) => p.name} value={number('project')} placeholder={t('audit.anyProject')} aria-label={t('frame.project')} onChange={(v?: number) => set({ project: v?.toString() })} />
          <Select allowClear showSearch className="filter" value={get('resource')} placeholder={t('audit.anyResource')} aria-label={t('audit.resource')} options={resources.map((r) => ({ value: r, label: text(`audit.resources.${r}`, r) }))} onChange={(v?: string) => set({ resource: v })} />
          <Select allowClear showSearch className="filter" value={get('action')} placeholder={t('audit.anyAction')} aria-label={t('audit.action')} options={actions.map((a) => ({ value: a, label: text(`audit.actions.${a}`, a) }))} onChange={(v?: string) => set({ action: v })} />
          <DatePicker.RangePicker
            showTime
            allowEmpty={[true, true]}
            value={[get('from') ? dayjs(get('from')) : null, get('to') ? dayjs(get('to')) : null]}
            onChange={(range) => set({ from: range?.[0]?.toISOString(), to: range?.[1]?.toISOString() })}
          />
        </>
      }
      columns={[
        { title: t('audit.time'), dataIndex: 'time', render: (at: string) => <TimeText at={at} /> },
        { title: t('tokens.user'), dataIndex: 'user', render: (name: string) => name || <span className="muted">{t('audit.system')}</span> },
        { title: t('audit.from'), dataIndex: 'ip', className: 'mono' },
        { title: t('audit.action'), dataIndex: 'action', render: (a: string) => <Tag color={colours[a]}>{text(`audit.actions.${a}`, a)}</Tag> },
        { title: t('audit.resource'), dataIndex: 'resource', render: (r: string) => text(`audit.resources.${r}`, r) },
        { title: t('common.name'), dataIndex: 'name', className: 'wide-text', render: (name: string, row) => name || (row.resourceId ? `#${row.resourceId}` : '–') },
        { title: t('frame.project'), dataIndex: 'projectId', render: (id: number) => (id ? project(id) : '–') },
      ]}
    />
  )
}

// Changes shows what was before and after, field by field.
function Changes({ row }: { row: AuditEntry }) {
  const { t } = useTranslation()
  const list = changesOf(row.before, row.after)
  if (list.length === 0) return <span className="muted">{t('audit.nothing')}</span>
  return (
    <table className="changes">
      <thead>
        <tr>
          <th scope="col">{t('audit.field')}</th>
          <th scope="col">{t('audit.before')}</th>
          <th scope="col">{t('audit.after')}</th>
        </tr>
      </thead>
      <tbody>
        {list.map((c) => (
          <tr key={c.field}>
            <th scope="row">{c.field}</th>
            <td>{c.before !== null && <del>{c.before}</del>}</td>
            <td>{c.after !== null && <ins>{c.after}</ins>}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
