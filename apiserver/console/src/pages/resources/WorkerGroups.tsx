import { DeploymentUnitOutlined } from '@ant-design/icons'
import { Badge, Flex, Form, Input, Select, Tag } from 'antd'
import { useTranslation } from 'react-i18next'

import { workerGroups, type WorkerGroup, type WorkerGroupInput } from '../../api/admin'
import { useSession } from '../../app/session'
import { Crud } from '../../widgets/Crud'

// WorkerGroupsPage is which workers take which work: groups that workers say
// themselves, and groups made here.
export function WorkerGroupsPage() {
  const { t } = useTranslation()
  const { me } = useSession()
  return (
    <Crud<WorkerGroup, WorkerGroupInput>
      api={workerGroups}
      texts="workerGroups"
      icon={<DeploymentUnitOutlined />}
      nameOf={(row) => row.name}
      rowKey={(row) => row.name}
      mayAdd={me.admin}
      mayEdit={(row) => me.admin && row.own}
      mayDelete={(row) => me.admin && row.own}
      deleteAbout={() => t('workerGroups.deleteAbout')}
      refetch={10_000}
      columns={[
        { title: t('common.name'), dataIndex: 'name', render: (name: string, row) => <NameOf name={name} own={row.own} /> },
        { title: t('workerGroups.addresses'), dataIndex: 'addresses', render: (list: string[]) => (list ?? []).map((a) => <Tag key={a} className="mono">{a}</Tag>) },
        { title: t('workerGroups.live'), dataIndex: 'workers', render: (n: number) => <Badge status={n > 0 ? 'success' : 'error'} text={n > 0 ? n : t('workerGroups.nobody')} /> },
      ]}
      values={(row) => row ?? { addresses: [] }}
      fields={() => (
        <>
          <Form.Item name="name" label={t('common.name')} rules={[{ required: true }, { max: 100 }]}>
            <Input autoFocus />
          </Form.Item>
          <Form.Item name="addresses" label={t('workerGroups.addresses')} extra={t('workerGroups.addressesHelp')} rules={[{ required: true }]}>
            <Select mode="tags" tokenSeparators={[',', ' ']} placeholder="10.0.0.7:1234" />
          </Form.Item>
        </>
      )}
    />
  )
}

function NameOf({ name, own }: { name: string; own: boolean }) {
  const { t } = useTranslation()
  return (
    <Flex gap={6} align="center">
      {name}
      {!own && <Tag>{t('workerGroups.fromWorkers')}</Tag>}
    </Flex>
  )
}
