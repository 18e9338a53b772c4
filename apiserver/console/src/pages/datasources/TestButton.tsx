import { ApiOutlined } from '@ant-design/icons'
import { Alert, App, Button, Flex, Form, Tooltip } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { testDataSource, tryDataSource, type Connection, type DataSource, type DataSourceInput, type Tested } from '../../api/admin'
import { ErrorBox } from '../../widgets/ErrorBox'
import { showAtFields } from '../../widgets/FormDrawer'

// Result says how a test went, in words.
function Result({ result }: { result: Tested }) {
  const { t } = useTranslation()
  return (
    <Alert
      type={result.ok ? 'success' : 'error'}
      showIcon
      title={result.ok ? t('dataSources.works', { ms: result.tookMs }) : t('dataSources.fails')}
      description={result.message ? <span className="mono">{result.message}</span> : undefined}
    />
  )
}

// TestButton connects to a stored data source.
export function TestButton({ id, name, text }: { id: number; name: string; text?: boolean }) {
  const { t } = useTranslation()
  const { modal } = App.useApp()
  const [busy, setBusy] = useState(false)
  async function test() {
    setBusy(true)
    let content
    try {
      content = <Result result={await testDataSource(id)} />
    } catch (e) {
      content = <ErrorBox error={e} />
    }
    setBusy(false)
    modal.info({ title: `${t('dataSources.test')} · ${name}`, content, icon: null, width: 520 })
  }
  if (text)
    return (
      <Button icon={<ApiOutlined />} loading={busy} onClick={() => void test()}>
        {t('dataSources.test')}
      </Button>
    )
  return (
    <Tooltip title={t('dataSources.test')}>
      <Button type="text" size="small" icon={<ApiOutlined />} loading={busy} aria-label={`${t('dataSources.test')} ${name}`} onClick={() => void test()} />
    </Tooltip>
  )
}

// tryIt connects with what is stored when nothing differs from it: only the
// server knows the stored password.
function tryIt(row: DataSource | null, { name, note, type, connection, password }: DataSourceInput): Promise<Tested> {
  const same = row && !password && row.type === type && JSON.stringify(plain(row.connection)) === JSON.stringify(plain(connection))
  return same ? testDataSource(row.id) : tryDataSource({ name, note: note ?? '', type, connection, password: password || undefined })
}

// plain orders a connection's fields and drops the empty ones.
const plain = (c: Connection) => Object.entries(c).filter(([, v]) => v && (typeof v !== 'object' || Object.keys(v).length > 0)).sort()

// TestForm connects with what a form says, before it is saved.
export function TestForm({ row }: { row: DataSource | null }) {
  const { t } = useTranslation()
  const form = Form.useFormInstance<DataSourceInput>()
  const [busy, setBusy] = useState(false)
  const [result, setResult] = useState<Tested | null>(null)
  const [refusal, setRefusal] = useState<unknown>(null)
  async function test() {
    let values: DataSourceInput
    try {
      values = await form.validateFields()
    } catch {
      return // the fields say what is missing
    }
    setBusy(true)
    setResult(null)
    setRefusal(null)
    try {
      setResult(await tryIt(row, values))
    } catch (e) {
      setRefusal(showAtFields(form, e))
    }
    setBusy(false)
  }
  return (
    <Flex vertical gap={12} align="start" aria-live="polite">
      <Button icon={<ApiOutlined />} loading={busy} onClick={() => void test()}>
        {t('dataSources.test')}
      </Button>
      {result && <Result result={result} />}
      <ErrorBox error={refusal} />
      {result && !result.ok && row && !form.getFieldValue('password') && <span className="muted">{t('dataSources.passwordForTest')}</span>}
    </Flex>
  )
}
