import { FileAddOutlined } from '@ant-design/icons'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Flex, Form, Input } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate, useSearchParams } from 'react-router'

import { createText, foldersTo } from '../../api/admin'
import { CodeEditor } from '../../widgets/CodeEditor'
import { ErrorBox } from '../../widgets/ErrorBox'
import { showAtFields } from '../../widgets/FormDrawer'
import { Page } from '../../widgets/Page'
import { syntaxOf } from './syntax'

interface Values {
  name: string
  description?: string
}

// NewFilePage writes a file here, instead of uploading one.
export function NewFilePage() {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const client = useQueryClient()
  const go = useNavigate()
  const [address] = useSearchParams()
  const folder = Number(address.get('folder') ?? 0)
  const way = useQuery({ queryKey: ['/files', 'way', folder], queryFn: () => foldersTo(folder) })
  const [form] = Form.useForm<Values>()
  const name = Form.useWatch('name', form) ?? ''
  const [content, setContent] = useState('')
  const [refusal, setRefusal] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const back = `/files${folder ? `?folder=${folder}` : ''}`
  async function save({ name, description = '' }: Values) {
    setBusy(true)
    setRefusal(null)
    try {
      const made = await createText(folder, name, description, content)
      await client.invalidateQueries({ queryKey: ['/files'] })
      void message.success(t('crud.saved'))
      void go(`/files/${made.id}`, { replace: true })
    } catch (e) {
      setRefusal(showAtFields(form, e))
      setBusy(false)
    }
  }
  return (
    <Page
      title={t('files.newFile')}
      icon={<FileAddOutlined />}
      trail={[{ title: t('nav.files'), to: '/files' }, ...(way.data ?? []).map((f) => ({ title: f.name, to: `/files?folder=${f.id}` })), { title: t('files.newFile') }]}
      actions={
        <>
          <Button onClick={() => void go(back)}>{t('common.cancel')}</Button>
          <Button type="primary" loading={busy} disabled={content === ''} onClick={() => form.submit()}>
            {t('common.save')}
          </Button>
        </>
      }
    >
      <div className="panel">
        <ErrorBox error={refusal} onClose={() => setRefusal(null)} />
        <Form form={form} layout="vertical" onFinish={(v) => void save(v)}>
          <Flex gap={16} wrap>
            <Form.Item className="half" name="name" label={t('common.name')} extra={t('files.nameHelp')} rules={[{ required: true }, { max: 64 }]}>
              <Input autoFocus placeholder="clean.sh" />
            </Form.Item>
            <Form.Item className="half" name="description" label={t('common.description')} rules={[{ max: 255 }]}>
              <Input />
            </Form.Item>
          </Flex>
        </Form>
        <CodeEditor value={content} onChange={setContent} syntax={syntaxOf(name)} label={t('files.content')} height="55vh" />
      </div>
    </Page>
  )
}
