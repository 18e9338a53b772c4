import { FunctionOutlined } from '@ant-design/icons'
import { Form, Input, Radio, Tag } from 'antd'
import { useTranslation } from 'react-i18next'

import { archives, udfs, type UDF, type UDFInput } from '../../api/admin'
import { useSession } from '../../app/session'
import { Choose } from '../../widgets/Choose'
import { Crud } from '../../widgets/Crud'
import { TabPage } from '../../widgets/TabPage'
import { TimeText } from '../../widgets/TimeText'
import { FileBrowser } from './FileBrowser'

// UDFsPage is functions for SQL engines, and the archives they are in.
export function UDFsPage() {
  const { t } = useTranslation()
  return (
    <TabPage
      base="/udfs"
      title={t('nav.udfs')}
      about={t('udfs.about')}
      icon={<FunctionOutlined />}
      parts={[
        { key: 'functions', label: t('nav.udfs'), element: <Functions /> },
        { key: 'archives', label: t('udfs.archives'), element: <FileBrowser kind="UDF" /> },
      ]}
    />
  )
}

const identifier = /^[A-Za-z_][A-Za-z0-9_]*$/

function Functions() {
  const { t } = useTranslation()
  const { me } = useSession()
  const mine = (row: UDF) => me.admin || row.ownerId === me.id
  return (
    <Crud<UDF, UDFInput>
      bare
      api={udfs}
      texts="udfs"
      nameOf={(row) => row.name}
      mayEdit={mine}
      mayDelete={mine}
      columns={[
        { title: t('common.name'), dataIndex: 'name', className: 'mono' },
        { title: t('dataSources.type'), dataIndex: 'kind', render: (k: string) => <Tag>{k}</Tag> },
        { title: t('udfs.className'), dataIndex: 'className', className: 'mono wide-text' },
        { title: t('udfs.archive'), dataIndex: 'resource', className: 'mono wide-text' },
        { title: t('common.description'), dataIndex: 'description', className: 'wide-text' },
        { title: t('files.updated'), dataIndex: 'updated', render: (at: string) => <TimeText at={at} seconds={false} /> },
      ]}
      values={(row) => row ?? { kind: 'HIVE' }}
      input={({ kind, name, className, argTypes = '', database = '', description = '', resourceId }: UDFInput) => ({ kind, name, className, argTypes, database, description, resourceId })}
      fields={() => (
        <>
          <Form.Item name="kind" label={t('dataSources.type')}>
            <Radio.Group options={['HIVE', 'SPARK']} />
          </Form.Item>
          <Form.Item name="name" label={t('common.name')} rules={[{ required: true }, { pattern: identifier, message: t('udfs.nameRule') }]}>
            <Input autoFocus className="mono" />
          </Form.Item>
          <Form.Item name="className" label={t('udfs.className')} rules={[{ required: true }]}>
            <Input className="mono" placeholder="com.example.Clean" />
          </Form.Item>
          <Form.Item name="resourceId" label={t('udfs.archive')} extra={t('udfs.archiveHelp')} rules={[{ required: true }]}>
            <Choose api={archives} valueOf={(r) => r.id} labelOf={(r) => r.fullName} />
          </Form.Item>
          <Form.Item name="database" label={t('dataSources.database')}>
            <Input className="mono" />
          </Form.Item>
          <Form.Item name="argTypes" label={t('udfs.argTypes')}>
            <Input className="mono" placeholder="string, int" />
          </Form.Item>
          <Form.Item name="description" label={t('common.description')}>
            <Input.TextArea autoSize={{ minRows: 1 }} />
          </Form.Item>
        </>
      )}
    />
  )
}
