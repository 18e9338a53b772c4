import { HourglassOutlined, PlusOutlined } from '@ant-design/icons'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, App, Button, Descriptions, Flex, Form, InputNumber, Radio, Space, Table, Tag, Typography } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { deleteRetention, projects, retentions, setRetention, tryRetention, type CommonRetention, type Expiry, type Retention } from '../../api/admin'
import { AdminOnly } from '../../widgets/AdminOnly'
import { Choose } from '../../widgets/Choose'
import { DeleteButton } from '../../widgets/Crud'
import { ErrorBox } from '../../widgets/ErrorBox'
import { FormDrawer } from '../../widgets/FormDrawer'
import { Page } from '../../widgets/Page'
import { TimeText } from '../../widgets/TimeText'
import { useNames } from '../../widgets/useNames'
import '../../widgets/crud.css'
import { sizeText } from '../files/size'

// RetentionPage says for how long things are kept, and what would go.
export function RetentionPage() {
  return (
    <AdminOnly>
      <Retentions />
    </AdminOnly>
  )
}

function Retentions() {
  const { t } = useTranslation()
  const client = useQueryClient()
  const query = useQuery({ queryKey: ['/retention'], queryFn: retentions })
  const project = useNames('/projects', () => projects.list({ limit: 1000 }))
  const [open, setOpen] = useState<Partial<Retention> | null>(null)
  const forget = () => client.invalidateQueries({ queryKey: ['/retention'] })
  const rows = query.data?.items ?? []
  const all = rows.find((r) => r.projectId === 0) ?? { projectId: 0, instanceDays: 0, logDays: 0, cacheDays: 0, updated: null }
  const shown = [all, ...rows.filter((r) => r.projectId !== 0)]
  const nameOf = (r: Partial<Retention>) => (r.projectId ? project(r.projectId) : t('retention.all'))
  return (
    <Page
      title={t('nav.retention')}
      icon={<HourglassOutlined />}
      about={t('retention.about')}
      actions={
        <Button type="primary" icon={<PlusOutlined />} onClick={() => setOpen({ instanceDays: -1, logDays: -1 })}>
          {t('retention.new')}
        </Button>
      }
    >
      <div className="panel">
        <ErrorBox error={query.error} onRetry={() => void query.refetch()} />
        <Table<Retention>
          rowKey="projectId"
          loading={query.isPending}
          dataSource={shown}
          pagination={false}
          scroll={{ x: 'max-content' }}
          columns={[
            { title: t('frame.project'), key: 'project', render: (_, r) => (r.projectId ? project(r.projectId) : <Tag color="processing">{t('retention.all')}</Tag>) },
            { title: t('retention.instances'), dataIndex: 'instanceDays', render: (n: number) => <Days n={n} /> },
            { title: t('retention.logs'), dataIndex: 'logDays', render: (n: number) => <Days n={n} /> },
            { title: t('retention.cache'), dataIndex: 'cacheDays', render: (n: number, r) => r.projectId === 0 && <Days n={n} /> },
            { title: t('files.updated'), dataIndex: 'updated', render: (at: string) => <TimeText at={at} /> },
            {
              key: 'actions',
              align: 'end',
              render: (_, r) => (
                <Flex gap={4} justify="end">
                  <Button size="small" onClick={() => setOpen(r)}>
                    {t('common.edit')}
                  </Button>
                  {r.projectId !== 0 && <DeleteButton name={nameOf(r)} about={t('retention.deleteAbout')} remove={() => deleteRetention(r.projectId)} onDone={forget} />}
                </Flex>
              ),
            },
          ]}
        />
      </div>
      {open && <RetentionForm row={open} name={open.projectId === undefined ? t('retention.new') : nameOf(open)} onClose={() => setOpen(null)} onSaved={forget} />}
    </Page>
  )
}

function Days({ n }: { n: number }) {
  const { t } = useTranslation()
  if (n === 0) return <>{t('retention.forEver')}</>
  return n < 0 ? <span className="muted">{t('retention.asAll')}</span> : <>{t('tokens.days', { count: n })}</>
}

function RetentionForm({ row, name, onClose, onSaved }: { row: Partial<Retention>; name: string; onClose: () => void; onSaved: () => Promise<void> }) {
  const { t } = useTranslation()
  const { message } = App.useApp()
  async function save(values: object) {
    const { projectId, ...days } = values as CommonRetention & { projectId?: number }
    await setRetention(projectId ?? row.projectId ?? 0, days)
    await onSaved()
    onClose()
    void message.success(t('crud.saved'))
  }
  const inherits = row.projectId !== 0
  return (
    <FormDrawer title={`${t('nav.retention')} · ${name}`} initial={row} onClose={onClose} onSubmit={save}>
      {row.projectId === undefined && (
        <Form.Item name="projectId" label={t('frame.project')} rules={[{ required: true }]}>
          <Choose api={projects} valueOf={(p) => p.id} labelOf={(p) => p.name} />
        </Form.Item>
      )}
      <Form.Item name="instanceDays" label={t('retention.instances')} extra={t('retention.instancesHelp')}>
        <Span inherits={inherits} label={t('retention.instances')} />
      </Form.Item>
      <Form.Item name="logDays" label={t('retention.logs')} extra={t('retention.logsHelp')}>
        <Span inherits={inherits} label={t('retention.logs')} />
      </Form.Item>
      {!inherits && (
        <Form.Item name="cacheDays" label={t('retention.cache')} extra={t('retention.cacheHelp')}>
          <Span inherits={false} label={t('retention.cache')} />
        </Form.Item>
      )}
      <DryRun project={row.projectId} />
    </FormDrawer>
  )
}

// Span chooses a time: for ever, as all projects, or a number of days.
function Span({ value = 0, onChange, inherits, label }: { value?: number; onChange?: (n: number) => void; inherits: boolean; label: string }) {
  const { t } = useTranslation()
  const kind = value > 0 ? 'days' : value === 0 ? 'ever' : 'all'
  return (
    <Radio.Group value={kind} aria-label={label} onChange={(e) => onChange?.({ days: 90, ever: 0, all: -1 }[e.target.value as string] ?? 0)}>
      <Space orientation="vertical">
        {inherits && <Radio value="all">{t('retention.asAll')}</Radio>}
        <Radio value="ever">{t('retention.forEver')}</Radio>
        <Flex align="center" gap={8}>
          <Radio value="days">{t('retention.for')}</Radio>
          <InputNumber min={1} max={36_525} disabled={kind !== 'days'} value={kind === 'days' ? value : undefined} suffix={t('retention.dayUnit')} aria-label={label} onChange={(n) => n && onChange?.(n)} />
        </Flex>
      </Space>
    </Radio.Group>
  )
}

// countsOf lists what would go, files with their bytes.
function countsOf(found: Expiry) {
  const rows = (['instances', 'tasks', 'alerts', 'fires', 'commands'] as const).map((what) => ({ what, files: found[what], bytes: undefined }))
  const files = (['shippedLogs', 'workerLogs', 'cached'] as const).map((what) => ({ what, ...found[what] }))
  return [...rows, ...files]
}

// DryRun counts what the settings of the form would delete.
function DryRun({ project }: { project?: number }) {
  const { t } = useTranslation()
  const form = Form.useFormInstance<CommonRetention & { projectId?: number }>()
  const [busy, setBusy] = useState(false)
  const [found, setFound] = useState<Expiry | null>(null)
  const [refusal, setRefusal] = useState<unknown>(null)
  async function count() {
    setBusy(true)
    setRefusal(null)
    setFound(null)
    try {
      const { projectId, ...days } = form.getFieldsValue()
      setFound(await tryRetention(project ?? projectId ?? 0, days))
    } catch (e) {
      setRefusal(e)
    }
    setBusy(false)
  }
  const counts = found ? countsOf(found) : []
  const some = counts.some((c) => c.files > 0)
  return (
    <Flex vertical gap={12} align="start" aria-live="polite">
      <Button onClick={() => void count()} loading={busy}>
        {t('retention.try')}
      </Button>
      <ErrorBox error={refusal} />
      {found && !some && <Alert type="success" showIcon title={t('retention.nothing')} />}
      {found && some && (
        <>
          <Alert type="warning" showIcon title={t('retention.wouldGo')} />
          <Descriptions
            bordered
            size="small"
            column={1}
            items={counts.map((c) => ({ label: t(`retention.counts.${c.what}`), children: c.bytes ? `${c.files.toLocaleString()} (${sizeText(c.bytes)})` : c.files.toLocaleString() }))}
          />
        </>
      )}
      {found && found.unasked.length > 0 && (
        <Alert type="info" showIcon title={t('retention.unasked')} description={found.unasked.map((u) => <div key={u.place}>{`${u.place}: ${u.reason}`}</div>)} />
      )}
      <Typography.Text type="secondary">{t('retention.tryHelp')}</Typography.Text>
    </Flex>
  )
}
