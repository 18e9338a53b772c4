import { SafetyOutlined } from '@ant-design/icons'
import { useTranslation } from 'react-i18next'

import { AdminOnly } from '../../widgets/AdminOnly'
import { TabPage } from '../../widgets/TabPage'
import { Tokens } from '../account/Tokens'
import { Logins } from './Logins'
import { Queues } from './Queues'
import { Tenants } from './Tenants'
import { Users } from './Users'

// SecurityPage is who may use the product, and as whom work runs.
export function SecurityPage() {
  return (
    <AdminOnly>
      <Security />
    </AdminOnly>
  )
}

function Security() {
  const { t } = useTranslation()
  return (
    <TabPage
      base="/security"
      title={t('nav.security')}
      icon={<SafetyOutlined />}
      parts={[
        { key: 'users', label: t('users.title'), element: <Users /> },
        { key: 'tenants', label: t('tenants.title'), element: <Tenants /> },
        { key: 'queues', label: t('queues.title'), element: <Queues /> },
        { key: 'tokens', label: t('tokens.title'), element: <Tokens /> },
        { key: 'logins', label: t('logins.title'), element: <Logins /> },
      ]}
    />
  )
}
