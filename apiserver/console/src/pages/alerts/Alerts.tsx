import { BellOutlined } from '@ant-design/icons'
import { useTranslation } from 'react-i18next'

import { useSession } from '../../app/session'
import { TabPage } from '../../widgets/TabPage'
import { Channels } from './Channels'
import { Deliveries } from './Deliveries'
import { Groups } from './Groups'

// AlertsPage is who hears of what, by which way, and what was sent.
export function AlertsPage() {
  const { t } = useTranslation()
  const { me } = useSession()
  const parts = [
    { key: 'groups', label: t('alertGroups.title'), element: <Groups /> },
    { key: 'channels', label: t('alertChannels.title'), element: <Channels /> },
    { key: 'deliveries', label: t('deliveries.title'), element: <Deliveries /> },
  ]
  return <TabPage base="/alerts" title={t('nav.alerts')} icon={<BellOutlined />} parts={me.admin ? parts : parts.slice(0, 1)} />
}
