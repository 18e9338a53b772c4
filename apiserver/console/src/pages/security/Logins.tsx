import { useQuery } from '@tanstack/react-query'
import { Descriptions, Skeleton, Tag, Typography } from 'antd'
import { useTranslation } from 'react-i18next'

import { providers } from '../../api/admin'
import { ErrorBox } from '../../widgets/ErrorBox'

// Logins tells which ways of signing in are configured.
export function Logins() {
  const { t } = useTranslation()
  const query = useQuery({ queryKey: ['providers'], queryFn: providers })
  if (query.error) return <ErrorBox error={query.error} onRetry={() => void query.refetch()} />
  if (!query.data) return <Skeleton />
  const on = (yes: boolean) => (yes ? <Tag color="success">{t('logins.on')}</Tag> : <Tag>{t('logins.off')}</Tag>)
  return (
    <>
      <Descriptions
        bordered
        column={1}
        items={[
          { label: t('logins.password'), children: on(query.data.password) },
          { label: 'LDAP', children: on(query.data.ldap) },
          {
            label: 'OpenID Connect',
            children: query.data.oidc.length === 0 ? on(false) : query.data.oidc.map((p) => <Tag color="success" key={p.name}>{p.name}</Tag>),
          },
        ]}
      />
      <Typography.Paragraph type="secondary" style={{ marginTop: 16 }}>
        {t('logins.about')}
      </Typography.Paragraph>
    </>
  )
}
