import { DisconnectOutlined } from '@ant-design/icons'
import { useTranslation } from 'react-i18next'

import type { Connection } from '../../run/stream'
import './connection.css'

// ConnectionNote says whether what is shown is live.
export function ConnectionNote({ connection }: { connection: Connection | null }) {
  const { t } = useTranslation()
  if (!connection) return null
  return (
    <span className={`connection connection-${connection}`} role="status" data-connection={connection}>
      {connection === 'lost' ? <DisconnectOutlined aria-hidden /> : <span className="connection-dot" aria-hidden />} {t(`live.${connection}`)}
    </span>
  )
}
