import { CheckCircleFilled, MinusCircleOutlined } from '@ant-design/icons'
import { useTranslation } from 'react-i18next'

import { useStateColours } from './StateTag'

// OnlineTag says whether a workflow or a schedule is in use.
export function OnlineTag({ online }: { online: boolean }) {
  const { t } = useTranslation()
  const c = useStateColours()(online ? 'SUCCEEDED' : 'SUBMITTED')
  return (
    <span className="state" style={{ color: c.text, background: c.back }}>
      <span aria-hidden>{online ? <CheckCircleFilled /> : <MinusCircleOutlined />}</span> {t(online ? 'runs.online' : 'runs.offline')}
    </span>
  )
}
