import { Card, Typography } from 'antd'
import { useTranslation } from 'react-i18next'

import { useSession } from '../app/session'

export function HomePage() {
  const { t } = useTranslation()
  const { me } = useSession()
  return (
    <Card>
      <Typography.Title level={2}>{t('nav.home')}</Typography.Title>
      <Typography.Paragraph>{me.name}</Typography.Paragraph>
    </Card>
  )
}
