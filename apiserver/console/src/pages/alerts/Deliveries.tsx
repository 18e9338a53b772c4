import { Input, Select, Tag } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link, useSearchParams } from 'react-router'

import { alertChannels, deliveries, projects, type Delivery } from '../../api/admin'
import { projectBase } from '../../app/nav'
import { Crud } from '../../widgets/Crud'
import { TimeText } from '../../widgets/TimeText'
import { useNames } from '../../widgets/useNames'

const colours: Record<string, string> = { PENDING: 'processing', SENT: 'success', FAILED: 'error' }

// Deliveries is what was sent, what waits, and what nobody took.
export function Deliveries() {
  const { t } = useTranslation()
  const project = useNames('/projects', () => projects.list({ limit: 1000 }))
  const channel = useNames('/alert-channels', () => alertChannels.list({ limit: 1000 }))
  const [address, setAddress] = useSearchParams()
  const state = address.get('state') ?? undefined
  const instance = address.get('instance') ?? undefined
  const set = (key: string, value?: string) =>
    setAddress((now) => {
      if (value) now.set(key, value)
      else now.delete(key)
      return now
    })
  return (
    <Crud<Delivery, never>
      bare
      api={deliveries}
      texts="deliveries"
      searchable={false}
      noActions
      refetch={10_000}
      query={{ state, instance }}
      nameOf={(row) => row.title}
      filters={
        <>
          <Select
            allowClear
            className="filter"
            value={state}
            placeholder={t('deliveries.anyState')}
            aria-label={t('alertChannels.state')}
            options={Object.keys(colours).map((s) => ({ value: s, label: t(`deliveries.${s}`) }))}
            onChange={(v?: string) => set('state', v)}
          />
          <Input.Search allowClear className="search" defaultValue={instance} placeholder={t('deliveries.instance')} aria-label={t('deliveries.instance')} onSearch={(v) => set('instance', v.trim())} />
        </>
      }
      expand={(row) => (row.lastError ? <pre className="snippet">{row.lastError}</pre> : <span className="muted">{t('deliveries.noError')}</span>)}
      columns={[
        { title: t('alertChannels.state'), dataIndex: 'state', render: (s: string) => <Tag color={colours[s]}>{t(`deliveries.${s}`)}</Tag> },
        { title: t('deliveries.alert'), dataIndex: 'title', className: 'wide-text' },
        {
          title: t('deliveries.instance'),
          dataIndex: 'instanceId',
          render: (id: number, row) => (id && row.projectId ? <Link to={`${projectBase(String(row.projectId))}/instances/${id}`}>#{id}</Link> : '–'),
        },
        { title: t('frame.project'), dataIndex: 'projectId', render: (id: number) => (id ? project(id) : '–') },
        { title: t('deliveries.to'), key: 'to', className: 'wide-text', render: (_, row) => (row.channelId ? channel(row.channelId) : row.address) },
        { title: t('deliveries.attempts'), dataIndex: 'attempts' },
        { title: t('common.created'), dataIndex: 'created', render: (at: string) => <TimeText at={at} /> },
        { title: t('deliveries.next'), key: 'next', render: (_, row) => (row.state === 'PENDING' ? <TimeText at={row.nextTry} relative /> : <TimeText at={row.ended} />) },
        { title: t('deliveries.error'), dataIndex: 'lastError', className: 'wide-text', ellipsis: true },
      ]}
    />
  )
}
