import { CaretRightOutlined } from '@ant-design/icons'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Skeleton, Table, type TableColumnsType } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { forceStart, taskGroups, type SlotTask } from '../../api/admin'
import { projectBase } from '../../app/nav'
import { ErrorBox, problemText } from '../../widgets/ErrorBox'
import { TimeText } from '../../widgets/TimeText'

// Slots shows who holds a slot of a task group and who waits for one, and lets
// those who may start what waits.
export function Slots({ id }: { id: number }) {
  const { t } = useTranslation()
  const query = useQuery({ queryKey: [taskGroups.path, 'one', id], queryFn: () => taskGroups.get(id), refetchInterval: 5000 })
  if (query.error) return <ErrorBox error={query.error} />
  if (!query.data) return <Skeleton active />
  return (
    <div className="slots">
      <SlotTable title={t('taskGroups.holders')} none={t('taskGroups.noHolder')} rows={query.data.holders ?? []} />
      <SlotTable title={t('taskGroups.waiting')} none={t('taskGroups.noWaiting')} rows={query.data.waiting ?? []} group={id} />
    </div>
  )
}

function SlotTable({ title, none, rows, group }: { title: string; none: string; rows: SlotTask[]; group?: number }) {
  const { t } = useTranslation()
  const columns: TableColumnsType<SlotTask> = [
    { title: t('taskGroups.task'), dataIndex: 'task', render: (name: string) => name || <span className="muted">{t('taskGroups.hidden')}</span> },
    {
      title: t('taskGroups.instance'),
      dataIndex: 'instanceId',
      render: (id: number, row) => (id ? <Link to={`${projectBase(String(row.projectId))}/instances/${id}`}>#{id}</Link> : null),
    },
    { title: t('taskGroups.since'), key: 'since', render: (_, row) => <TimeText at={row.started ?? row.submitted} relative /> },
  ]
  if (group && rows.some((row) => row.mayStart))
    columns.push({ title: t('crud.actions'), key: 'start', render: (_, row) => (row.mayStart ? <StartButton group={group} row={row} /> : null) })
  return (
    <section>
      <h3 className="section-title">
        {title} ({rows.length})
      </h3>
      <Table<SlotTask>
        rowKey="taskId"
        size="small"
        pagination={{ pageSize: 10, hideOnSinglePage: true }}
        dataSource={rows}
        locale={{ emptyText: <span className="muted">{none}</span> }}
        columns={columns}
      />
    </section>
  )
}

function StartButton({ group, row }: { group: number; row: SlotTask }) {
  const { t } = useTranslation()
  const { modal, message } = App.useApp()
  const client = useQueryClient()
  const start = async () => {
    try {
      await forceStart(group, row.taskId)
      void message.success(t('taskGroups.started', { name: row.task }))
    } catch (e) {
      void message.error(problemText(e, t))
    }
    await client.invalidateQueries({ queryKey: [taskGroups.path] })
  }
  const ask = () =>
    modal.confirm({ title: t('taskGroups.startAsk', { name: row.task }), content: t('taskGroups.startMeans'), okText: t('taskGroups.start'), onOk: start })
  return (
    <Button size="small" icon={<CaretRightOutlined />} onClick={ask}>
      {t('taskGroups.start')}
    </Button>
  )
}
