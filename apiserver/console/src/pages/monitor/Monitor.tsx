import { ClusterOutlined } from '@ant-design/icons'
import { Skeleton } from 'antd'
import { useTranslation } from 'react-i18next'

import { useSession } from '../../app/session'
import { TabPage } from '../../widgets/TabPage'
import { Deliveries } from '../alerts/Deliveries'
import { ConnectionNote } from '../runs/ConnectionNote'
import { Commands } from './Commands'
import './monitor.css'
import { Overview } from './Overview'
import { ServerTable, WorkerTable } from './ServerTables'
import { Shards } from './Shards'
import { useServers } from './useServers'

// MonitorPage is how the servers are, live.
export function MonitorPage() {
  const { t } = useTranslation()
  const { me } = useSession()
  const { servers, connection } = useServers()
  const shown = (element: (s: NonNullable<typeof servers>) => React.ReactNode) => (servers ? element(servers) : <Skeleton active />)
  const parts = [
    { key: 'overview', label: t('monitor.overview'), element: shown((s) => <Overview servers={s} />) },
    { key: 'masters', label: t('monitor.masters'), element: shown((s) => <ServerTable rows={s.masters} masters />) },
    { key: 'workers', label: t('monitor.workers'), element: shown((s) => <WorkerTable rows={s.workers} />) },
    { key: 'apiservers', label: t('monitor.apiservers'), element: shown((s) => <ServerTable rows={s.apiservers} />) },
  ]
  const forAdmins = [
    { key: 'shards', label: t('monitor.shards'), element: <Shards masters={servers?.masters ?? []} /> },
    { key: 'commands', label: t('monitor.commands'), element: <Commands /> },
    { key: 'deliveries', label: t('deliveries.title'), element: <Deliveries /> },
  ]
  return <TabPage base="/monitor" title={t('nav.monitor')} icon={<ClusterOutlined />} parts={me.admin ? [...parts, ...forAdmins] : parts} actions={<ConnectionNote connection={connection} />} />
}
