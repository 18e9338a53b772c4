import { Flex, Form, Input, InputNumber, Radio, Select } from 'antd'
import { useTranslation } from 'react-i18next'

import type { DataSource, DataSourceInput } from '../../api/admin'
import { KeyValues } from '../../widgets/KeyValues'
import { TestForm } from './TestButton'
import { families, titleOf } from './types'

// ConnectionFields asks what a type of database needs, and tries it.
export function ConnectionFields({ row }: { row: DataSource | null }) {
  const { t } = useTranslation()
  const form = Form.useFormInstance<DataSourceInput>()
  const type = Form.useWatch('type', form) ?? row?.type ?? 'MYSQL'
  const family = families[type] ?? { title: type, options: [] }
  function changeType(next: string) {
    const port = form.getFieldValue(['connection', 'port']) as number | undefined
    if (!port || port === family.port) form.setFieldValue(['connection', 'port'], families[next]?.port)
  }
  return (
    <>
      <Form.Item name="type" label={t('dataSources.type')} rules={[{ required: true }]}>
        <Select showSearch={{ optionFilterProp: 'label' }} options={Object.keys(families).map((k) => ({ value: k, label: titleOf(k) }))} onChange={changeType} />
      </Form.Item>
      <Form.Item name="name" label={t('common.name')} rules={[{ required: true }, { max: 64 }]}>
        <Input autoFocus />
      </Form.Item>
      {family.port === undefined ? (
        <Form.Item name={['connection', 'database']} label={t('dataSources.file')} extra={t('dataSources.fileHelp')} rules={[{ required: true }]}>
          <Input />
        </Form.Item>
      ) : (
        <ServerFields type={type} row={row} />
      )}
      <Form.Item name={['connection', 'options']} label={t('dataSources.options')} extra={t('dataSources.optionsHelp')}>
        <KeyValues key={type} keys={family.options} keyText={t('dataSources.option')} />
      </Form.Item>
      <Form.Item name="note" label={t('dataSources.note')} rules={[{ max: 255 }]}>
        <Input.TextArea autoSize={{ minRows: 1 }} />
      </Form.Item>
      <TestForm row={row} />
    </>
  )
}

function ServerFields({ type, row }: { type: string; row: DataSource | null }) {
  const { t } = useTranslation()
  const family = families[type]
  if (!family) return null
  return (
    <>
      <Flex gap={12}>
        <Form.Item className="half" name={['connection', 'host']} label={t('dataSources.host')} extra={family.manyHosts ? t('dataSources.hostHelp') : undefined} rules={[{ required: true }]}>
          <Input />
        </Form.Item>
        <Form.Item name={['connection', 'port']} label={t('dataSources.port')} rules={[{ required: true }]}>
          <InputNumber min={1} max={65535} controls={false} />
        </Form.Item>
      </Flex>
      {family.oracle && (
        <Form.Item name={['connection', 'connectType']} label={t('dataSources.connectType')} initialValue={row?.connection.connectType ?? 'ORACLE_SERVICE_NAME'}>
          <Radio.Group
            options={[
              { value: 'ORACLE_SERVICE_NAME', label: t('dataSources.serviceName') },
              { value: 'ORACLE_SID', label: 'SID' },
            ]}
          />
        </Form.Item>
      )}
      <Form.Item name={['connection', 'database']} label={t(type === 'PRESTO' || type === 'TRINO' ? 'dataSources.catalog' : 'dataSources.database')} rules={[{ required: !family.optionalDatabase }]}>
        <Input />
      </Form.Item>
      <Flex gap={12}>
        <Form.Item className="half" name={['connection', 'user']} label={t('login.user')} rules={[{ required: !family.optionalUser }]}>
          <Input autoComplete="off" />
        </Form.Item>
        <Form.Item className="half" name="password" label={t('login.password')} extra={row ? t('users.passwordKept') : undefined}>
          <Input.Password autoComplete="new-password" />
        </Form.Item>
      </Flex>
      {family.kerberos && (
        <Form.Item name={['connection', 'principal']} label={t('dataSources.principal')} extra={t('dataSources.principalHelp')}>
          <Input />
        </Form.Item>
      )}
    </>
  )
}
