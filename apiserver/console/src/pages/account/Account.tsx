import { UserOutlined } from '@ant-design/icons'
import { App, Button, Descriptions, Form, Input, Tag } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { changePassword } from '../../api/admin'
import { useSession } from '../../app/session'
import { ErrorBox } from '../../widgets/ErrorBox'
import { showAtFields } from '../../widgets/FormDrawer'
import { TabPage } from '../../widgets/TabPage'
import { Tokens } from './Tokens'

// AccountPage is what a person may see and change of himself.
export function AccountPage() {
  const { t } = useTranslation()
  const { me } = useSession()
  return (
    <TabPage
      base="/account"
      title={t('account.title')}
      icon={<UserOutlined />}
      parts={[
        { key: 'password', label: t('account.password'), element: <Myself /> },
        { key: 'tokens', label: t('nav.tokens'), element: <Tokens owner={me} /> },
      ]}
    />
  )
}

function Myself() {
  const { t } = useTranslation()
  const { me } = useSession()
  return (
    <div className="narrow">
      <Descriptions
        column={1}
        size="small"
        items={[
          { label: t('login.user'), children: me.name },
          { label: t('users.email'), children: me.email || '–' },
          { label: t('users.role'), children: me.admin ? <Tag color="processing">{t('users.admin')}</Tag> : t('users.general') },
        ]}
      />
      <h2 className="section-title">{t('account.change')}</h2>
      <PasswordForm />
    </div>
  )
}

interface Change {
  old: string
  new: string
}

function PasswordForm() {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const [form] = Form.useForm<Change>()
  const [refusal, setRefusal] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  async function submit(values: Change) {
    setBusy(true)
    setRefusal(null)
    try {
      await changePassword(values.old, values.new)
      form.resetFields()
      void message.success(t('account.changed'))
    } catch (e) {
      setRefusal(showAtFields(form, e))
    }
    setBusy(false)
  }
  return (
    <Form form={form} layout="vertical" onFinish={(v) => void submit(v)} aria-label={t('account.change')}>
      <ErrorBox error={refusal} onClose={() => setRefusal(null)} />
      <Form.Item name="old" label={t('account.old')} rules={[{ required: true }]}>
        <Input.Password autoComplete="current-password" />
      </Form.Item>
      <Form.Item name="new" label={t('account.new')} rules={[{ required: true }, { min: 6 }]}>
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <Form.Item
        name="again"
        label={t('account.again')}
        dependencies={['new']}
        rules={[{ required: true }, ({ getFieldValue }) => ({ validator: async (_, v) => (!v || v === getFieldValue('new') ? undefined : Promise.reject(new Error(t('account.differs')))) })]}
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={busy}>
        {t('account.change')}
      </Button>
    </Form>
  )
}
