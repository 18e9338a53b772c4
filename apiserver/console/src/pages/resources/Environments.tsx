import { AppstoreOutlined } from '@ant-design/icons'
import { Form, Input, Tag } from 'antd'
import { useTranslation } from 'react-i18next'

import { environments, workerGroups, type Environment, type EnvironmentInput } from '../../api/admin'
import { useSession } from '../../app/session'
import { Choose } from '../../widgets/Choose'
import { Crud } from '../../widgets/Crud'
import { KeyValues } from '../../widgets/KeyValues'

// EnvironmentsPage is the named sets of variables that attempts run with.
export function EnvironmentsPage() {
  const { t } = useTranslation()
  const { me } = useSession()
  return (
    <Crud<Environment, EnvironmentInput>
      api={environments}
      texts="environments"
      icon={<AppstoreOutlined />}
      nameOf={(row) => row.name}
      mayAdd={me.admin}
      mayEdit={() => me.admin}
      mayDelete={() => me.admin}
      drawerWidth={680}
      columns={[
        { title: t('common.name'), dataIndex: 'name' },
        { title: t('common.description'), dataIndex: 'description', className: 'wide-text' },
        { title: t('environments.variables'), dataIndex: 'variables', className: 'mono', render: (v: Record<string, string>) => Object.keys(v ?? {}).join(', ') || '–' },
        {
          title: t('nav.workerGroups'),
          dataIndex: 'workerGroups',
          render: (list: string[]) => (list?.length ? list.map((g) => <Tag key={g}>{g}</Tag>) : <span className="muted">{t('environments.everywhere')}</span>),
        },
      ]}
      values={(row) => row ?? { variables: {}, workerGroups: [] }}
      fields={() => (
        <>
          <Form.Item name="name" label={t('common.name')} rules={[{ required: true }, { max: 100 }]}>
            <Input autoFocus />
          </Form.Item>
          <Form.Item name="description" label={t('common.description')}>
            <Input.TextArea autoSize={{ minRows: 1 }} />
          </Form.Item>
          <Form.Item name="variables" label={t('environments.variables')} extra={t('environments.variablesHelp')}>
            <KeyValues keyText={t('environments.variable')} />
          </Form.Item>
          <Form.Item name="workerGroups" label={t('nav.workerGroups')} extra={t('environments.groupsHelp')}>
            <Choose mode="multiple" api={workerGroups} valueOf={(g) => g.name} labelOf={(g) => g.name} />
          </Form.Item>
        </>
      )}
    />
  )
}
