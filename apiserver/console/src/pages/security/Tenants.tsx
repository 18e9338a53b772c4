import { Form, Input } from 'antd'
import { useTranslation } from 'react-i18next'

import { queues, tenants, type Tenant, type TenantInput } from '../../api/admin'
import { Choose } from '../../widgets/Choose'
import { Crud } from '../../widgets/Crud'

// Tenants are the users of the operating system that attempts run as.
export function Tenants() {
  const { t } = useTranslation()
  return (
    <Crud<Tenant, TenantInput>
      bare
      api={tenants}
      texts="tenants"
      nameOf={(row) => row.code}
      columns={[
        { title: t('tenants.code'), dataIndex: 'code', className: 'mono' },
        { title: t('common.name'), dataIndex: 'name' },
        { title: t('tenants.queue'), dataIndex: 'queue' },
        { title: t('common.description'), dataIndex: 'description', className: 'wide-text' },
      ]}
      input={(v: TenantInput) => ({ ...v, name: v.name || v.code })}
      fields={() => (
        <>
          <Form.Item name="code" label={t('tenants.code')} extra={t('tenants.codeHelp')} rules={[{ required: true }, { max: 64 }]}>
            <Input autoFocus />
          </Form.Item>
          <Form.Item name="name" label={t('common.name')} rules={[{ max: 64 }]}>
            <Input />
          </Form.Item>
          <Form.Item name="queueId" label={t('tenants.queue')} rules={[{ required: true }]}>
            <Choose api={queues} valueOf={(q) => q.id} labelOf={(q) => q.name} />
          </Form.Item>
          <Form.Item name="description" label={t('common.description')} rules={[{ max: 255 }]}>
            <Input.TextArea autoSize={{ minRows: 2 }} />
          </Form.Item>
        </>
      )}
    />
  )
}
