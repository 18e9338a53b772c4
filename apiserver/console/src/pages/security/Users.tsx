import { Flex, Form, Input, Switch, Tag } from 'antd'
import { useTranslation } from 'react-i18next'

import { tenants, users, type User, type UserInput } from '../../api/admin'
import { useSession } from '../../app/session'
import { Choose } from '../../widgets/Choose'
import { Crud } from '../../widgets/Crud'
import { TimeText } from '../../widgets/TimeText'

// Users are the accounts.
export function Users() {
  const { t } = useTranslation()
  const { me } = useSession()
  return (
    <Crud<User, UserInput>
      bare
      api={users}
      texts="users"
      nameOf={(row) => row.name}
      mayDelete={(row) => row.id !== me.id}
      deleteAbout={() => t('users.deleteAbout')}
      columns={[
        { title: t('login.user'), dataIndex: 'name', render: (name: string, row) => <NameOf name={name} row={row} /> },
        { title: t('users.email'), dataIndex: 'email' },
        { title: t('users.phone'), dataIndex: 'phone' },
        { title: t('users.tenant'), dataIndex: 'tenant' },
        { title: t('tenants.queue'), dataIndex: 'queue' },
        { title: t('common.created'), dataIndex: 'created', render: (at: string) => <TimeText at={at} seconds={false} /> },
      ]}
      values={(row) => (row ? { ...row, tenantId: row.tenantId || undefined } : { admin: false, disabled: false })}
      input={(v: UserInput) => ({ ...v, password: v.password || undefined, phone: v.phone ?? '', queue: v.queue ?? '', email: v.email ?? '' })}
      fields={(row) => <Fields row={row} self={row?.id === me.id} />}
    />
  )
}

function NameOf({ name, row }: { name: string; row: User }) {
  const { t } = useTranslation()
  return (
    <Flex gap={6} align="center">
      {name}
      {row.admin && <Tag color="processing">{t('users.admin')}</Tag>}
      {row.disabled && <Tag>{t('users.disabled')}</Tag>}
    </Flex>
  )
}

function Fields({ row, self }: { row: User | null; self: boolean }) {
  const { t } = useTranslation()
  return (
    <>
      <Form.Item name="name" label={t('login.user')} rules={[{ required: true }, { min: 3 }, { max: 39 }]}>
        <Input autoFocus autoComplete="off" />
      </Form.Item>
      <Form.Item name="password" label={t('login.password')} extra={row ? t('users.passwordKept') : undefined} rules={[{ required: !row }, { min: 6 }]}>
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <Form.Item name="email" label={t('users.email')} rules={[{ type: 'email' }, { required: true }]}>
        <Input />
      </Form.Item>
      <Form.Item name="phone" label={t('users.phone')}>
        <Input />
      </Form.Item>
      <Form.Item name="tenantId" label={t('users.tenant')} extra={t('users.tenantHelp')} rules={[{ required: true }]}>
        <Choose api={tenants} valueOf={(x) => x.id} labelOf={(x) => x.code} />
      </Form.Item>
      <Form.Item name="queue" label={t('tenants.queue')} extra={t('users.queueHelp')}>
        <Input />
      </Form.Item>
      <Form.Item name="admin" label={t('users.admin')} valuePropName="checked" extra={t('users.adminHelp')}>
        <Switch disabled={self} />
      </Form.Item>
      <Form.Item name="disabled" label={t('users.disabled')} valuePropName="checked" extra={t('users.disabledHelp')}>
        <Switch disabled={self} />
      </Form.Item>
    </>
  )
}
