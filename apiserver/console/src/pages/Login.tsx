import { LockOutlined, UserOutlined } from '@ant-design/icons'
import { Alert, Button, Card, Flex, Form, Input, Typography } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { api, data, type Schemas } from '../api/client'
import { Preferences } from '../widgets/Preferences'

export function LoginPage({ onLogin }: { onLogin: (s: Schemas['Session']) => void }) {
  const { t } = useTranslation()
  const [refusal, setRefusal] = useState('')
  const [busy, setBusy] = useState(false)
  async function submit(values: Schemas['Login']) {
    setBusy(true)
    setRefusal('')
    try {
      onLogin(await data(api.POST('/session', { body: values })))
    } catch (e) {
      setRefusal(e instanceof Error ? e.message : String(e))
      setBusy(false)
    }
  }
  return (
    <Flex vertical align="center" justify="center" className="login">
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
          <Form layout="vertical" requiredMark={false} onFinish={submit} aria-label={t('login.title')}>
            <Form.Item name="user" label={t('login.user')} rules={[{ required: true }]}>
              <Input prefix={<UserOutlined />} autoComplete="username" autoFocus />
            </Form.Item>
            <Form.Item name="password" label={t('login.password')} rules={[{ required: true }]}>
              <Input.Password prefix={<LockOutlined />} autoComplete="current-password" />
            </Form.Item>
            {refusal && <Alert type="error" showIcon title={refusal} className="login-refusal" />}
            <Button type="primary" htmlType="submit" block loading={busy}>
              {t('login.submit')}
            </Button>
          </Form>
          <Preferences />
        </Flex>
      </Card>
    </Flex>
  )
}
