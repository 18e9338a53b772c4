import { Form, Input } from 'antd'
import { useTranslation } from 'react-i18next'

import { queues, type Queue, type QueueInput } from '../../api/admin'
import { Crud } from '../../widgets/Crud'

// Queues are those of YARN and the like, which tenants and users name.
export function Queues() {
  const { t } = useTranslation()
  return (
    <Crud<Queue, QueueInput>
      bare
      api={queues}
      texts="queues"
      nameOf={(row) => row.name}
      columns={[
        { title: t('common.name'), dataIndex: 'name' },
        { title: t('queues.value'), dataIndex: 'value', className: 'mono' },
      ]}
      fields={() => (
        <>
          <Form.Item name="name" label={t('common.name')} rules={[{ required: true }, { max: 64 }]}>
            <Input autoFocus />
          </Form.Item>
          <Form.Item name="value" label={t('queues.value')} extra={t('queues.valueHelp')} rules={[{ required: true }, { max: 64 }]}>
            <Input />
          </Form.Item>
        </>
      )}
    />
  )
}
