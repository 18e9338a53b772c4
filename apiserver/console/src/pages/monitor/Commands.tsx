import { useQuery } from '@tanstack/react-query'
import { Table, Typography, type TableColumnsType } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { openCommands, projects, users, type OpenCommand } from '../../api/admin'
import { projectBase } from '../../app/nav'
import { ErrorBox } from '../../widgets/ErrorBox'
import { TimeText } from '../../widgets/TimeText'
import { useNames } from '../../widgets/useNames'

// Commands are requests that no master has obeyed yet, or could not.
export function Commands() {
  const { t } = useTranslation()
  const query = useQuery({ queryKey: ['/servers/commands'], queryFn: openCommands, refetchInterval: 5000 })
  return (
    <>
      <ErrorBox error={query.error} onRetry={() => void query.refetch()} />
      <List title={t('monitor.waiting')} about={t('monitor.waitingAbout')} rows={query.data?.waiting} loading={query.isPending} />
      <List title={t('monitor.failed')} about={t('monitor.failedAbout')} rows={query.data?.failed} loading={query.isPending} />
    </>
  )
}

function List({ title, about, rows, loading }: { title: string; about: string; rows?: OpenCommand[]; loading: boolean }) {
  const { t } = useTranslation()
  const user = useNames('/users', () => users.list({ limit: 1000 }))
  const project = useNames('/projects', () => projects.list({ limit: 1000 }))
  const columns: TableColumnsType<OpenCommand> = [
    { title: '#', dataIndex: 'id' },
    { title: t('monitor.command'), dataIndex: 'type', className: 'mono' },
    { title: t('monitor.shard'), dataIndex: 'shard', align: 'end' },
    { title: t('frame.project'), dataIndex: 'project', render: (id: number | null) => (id ? project(id) : '–') },
    { title: t('monitor.of'), key: 'of', render: (_, row) => <Subject row={row} /> },
    { title: t('tokens.user'), dataIndex: 'userId', render: (id: number | null) => (id ? user(id) : '–') },
    { title: t('common.created'), dataIndex: 'created', render: (at: string) => <TimeText at={at} relative /> },
    { title: t('deliveries.attempts'), dataIndex: 'attempts', align: 'end' },
    { title: t('deliveries.error'), dataIndex: 'error', className: 'wide-text mono' },
  ]
  return (
    <section>
      <Typography.Title level={2} className="section-title">
        {title} ({rows?.length ?? 0})
      </Typography.Title>
      <Typography.Paragraph type="secondary">{about}</Typography.Paragraph>
      <Table<OpenCommand> rowKey="id" size="small" loading={loading} dataSource={rows} columns={columns} pagination={{ pageSize: 20, hideOnSinglePage: true }} scroll={{ x: 'max-content' }} locale={{ emptyText: <span className="muted">{t('crud.none')}</span> }} />
    </section>
  )
}

function Subject({ row }: { row: OpenCommand }) {
  const { t } = useTranslation()
  const base = row.project ? projectBase(String(row.project)) : ''
  if (row.instanceId) return base ? <Link to={`${base}/instances/${row.instanceId}`}>{t('monitor.instance', { id: row.instanceId })}</Link> : t('monitor.instance', { id: row.instanceId })
  if (row.workflowId) return base ? <Link to={`${base}/workflows/${row.workflowId}`}>{t('monitor.workflow', { id: row.workflowId })}</Link> : t('monitor.workflow', { id: row.workflowId })
  return <>–</>
}
