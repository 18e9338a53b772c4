import { LockOutlined, LoginOutlined, UserOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Alert, Button, Card, Divider, Flex, Form, Input, Typography } from 'antd'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { providers } from '../api/admin'
import { api, data, type Schemas } from '../api/client'
import { rememberPlace } from '../app/place'
import { problemText } from '../widgets/ErrorBox'
import { Preferences } from '../widgets/Preferences'

// LoginPage signs a person in: by password, of an account or of the directory,
// or through another site.
export function LoginPage({ onLogin }: { onLogin: (s: Schemas['Session']) => void }) {
  const { t } = useTranslation()
  const ways = useQuery({ queryKey: ['providers'], queryFn: providers, retry: false, staleTime: 60_000 })
  useEffect(() => {
    document.title = `${t('login.title')} · ${t('app.name')}`
  }, [t])
  const elsewhere = ways.data?.oidc ?? []
  return (
    <Flex vertical align="center" justify="center" className="login" component="main">
      <Card className="login-card">
        <Flex vertical gap={20}>
          <Flex align="center" gap={12}>
            <img src={`${import.meta.env.BASE_URL}porpoise.svg`} width={44} height={44} alt="" />
            <div>
              <Typography.Title level={1} className="login-name">
                {t('app.name')}
              </Typography.Title>
              <Typography.Text type="secondary">{t('app.tagline')}</Typography.Text>
            </div>
          </Flex>
          <Refused />
          {ways.data?.password !== false && <PasswordForm onLogin={onLogin} directory={ways.data?.ldap ?? false} />}
          {elsewhere.length > 0 && (
            <Flex vertical gap={8}>
              {ways.data?.password !== false && <Divider plain>{t('login.or')}</Divider>}
              {elsewhere.map((p) => (
                <Button key={p.name} block icon={<LoginOutlined />} href={p.url} onClick={rememberPlace}>
                  {t('login.with', { name: p.name })}
                </Button>
              ))}
            </Flex>
          )}
          <Preferences />
        </Flex>
      </Card>
    </Flex>
  )
}

// Refused tells why signing in elsewhere did not work: the server comes back
// with a word in the address.
function Refused() {
  const { t } = useTranslation()
  const reason = new URLSearchParams(location.search).get('login')
  if (!reason) return null
  return <Alert type="error" showIcon title={t('login.elsewhereFailed')} description={t(`login.reasons.${reason.replace(/^login\./, '')}`, { defaultValue: '' })} />
}

function PasswordForm({ onLogin, directory }: { onLogin: (s: Schemas['Session']) => void; directory: boolean }) {
  const { t } = useTranslation()
  const [refusal, setRefusal] = useState('')
  const [busy, setBusy] = useState(false)
  async function submit(values: Schemas['Login']) {
    setBusy(true)
    setRefusal('')
    try {
      onLogin(await data(api.POST('/session', { body: values })))
    } catch (e) {
      setRefusal(problemText(e, t))
      setBusy(false)
    }
  }
  return (
    <Form layout="vertical" requiredMark={false} onFinish={(v) => void submit(v as Schemas['Login'])} aria-label={t('login.title')}>
      <Form.Item name="user" label={t('login.user')} extra={directory ? t('login.directory') : undefined} rules={[{ required: true }]}>
        <Input prefix={<UserOutlined />} autoComplete="username" autoFocus />
      </Form.Item>
      <Form.Item name="password" label={t('login.password')} rules={[{ required: true }]}>
        <Input.Password prefix={<LockOutlined />} autoComplete="current-password" />
      </Form.Item>
      <div aria-live="assertive">{refusal && <Alert type="error" showIcon title={refusal} className="login-refusal" />}</div>
      <Button type="primary" htmlType="submit" block loading={busy}>
        {t('login.submit')}
      </Button>
    </Form>
  )
}
