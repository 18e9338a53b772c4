import { Empty, Flex, Progress, Table, Tag, type TableColumnsType } from 'antd'
import { useTranslation } from 'react-i18next'

import type { MasterServer, Server, WorkerServer } from '../../api/admin'
import { TimeText } from '../../widgets/TimeText'
import { sizeText } from '../files/size'

// Meter shows a share of something; above what is healthy it says so by colour.
function Meter({ share, label, text }: { share: number; label: string; text?: string }) {
  const percent = Math.round(Math.min(1, Math.max(0, share)) * 100)
  return <Progress className="meter" percent={percent} size="small" status={percent >= 90 ? 'exception' : 'normal'} aria-label={label} format={() => text ?? `${percent}%`} />
}

function useColumns<T extends Server>(): TableColumnsType<T> {
  const { t } = useTranslation()
  return [
    { title: t('monitor.address'), dataIndex: 'addr', className: 'mono' },
    { title: 'CPU', dataIndex: 'cpu', render: (v: number) => <Meter share={v} label="CPU" /> },
    { title: t('monitor.memory'), dataIndex: 'memory', render: (v: number) => <Meter share={v} label={t('monitor.memory')} /> },
    { title: t('monitor.load'), dataIndex: 'load', align: 'end', render: (v: number) => v.toFixed(2) },
    { title: t('monitor.started'), dataIndex: 'started', render: (at: string) => <TimeText at={at} relative /> },
    { title: t('monitor.seen'), dataIndex: 'seen', render: (at: string) => <TimeText at={at} relative /> },
    { title: t('monitor.id'), dataIndex: 'id', className: 'mono muted' },
  ]
}

// ServerTable lists masters or API servers.
export function ServerTable({ rows, masters }: { rows: (Server & Partial<MasterServer>)[]; masters?: boolean }) {
  const { t } = useTranslation()
  const columns = useColumns<Server & Partial<MasterServer>>()
  const shards = { title: t('monitor.shards'), dataIndex: 'shards', render: (list?: number[]) => <span title={list?.join(', ')}>{list?.length ?? 0}</span> }
  return <Servers rows={rows} columns={masters ? columns.toSpliced(1, 0, shards) : columns} />
}

// WorkerTable lists workers with their room.
export function WorkerTable({ rows }: { rows: WorkerServer[] }) {
  const { t } = useTranslation()
  const columns = useColumns<WorkerServer>().toSpliced(
    1,
    0,
    { title: t('nav.workerGroups'), dataIndex: 'groups', render: (list: string[]) => <Flex gap={4} wrap>{list.map((g) => <Tag key={g}>{g}</Tag>)}</Flex> },
    { title: t('monitor.slots'), key: 'slots', render: (_, w) => <Meter share={w.running / Math.max(w.slots, 1)} label={t('monitor.slots')} text={`${w.running} / ${w.slots}`} /> },
    { title: t('monitor.disk'), dataIndex: 'freeBytes', align: 'end', render: (n: number) => sizeText(n) },
  )
  return <Servers rows={rows} columns={columns} />
}

function Servers<T extends Server>({ rows, columns }: { rows: T[]; columns: TableColumnsType<T> }) {
  const { t } = useTranslation()
  return (
    // Nothing in the rows takes the focus: the keyboard moves the whole.
    <div className="servers" role="region" aria-label={t('nav.monitor')} tabIndex={0}>
      <Table<T>
        rowKey="id"
        size="middle"
        dataSource={rows}
        columns={columns}
        pagination={false}
        locale={{ emptyText: <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('monitor.nobody')} /> }}
      />
    </div>
  )
}
