import { InboxOutlined } from '@ant-design/icons'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { App, Button, Flex, Modal, Segmented, Table, Tag, Typography, Upload } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { importWorkflows, type Imported } from '../../api/workflows'
import { CodeEditor } from '../../widgets/CodeEditor'
import { ErrorBox } from '../../widgets/ErrorBox'
import { TextDiff } from '../../widgets/TextDiff'
import '../editor/editor.css'

type Format = 'yaml' | 'dolphinscheduler'

const colours: Record<string, string> = { CREATED: 'success', UPDATED: 'warning', UNCHANGED: 'default', PRUNED: 'error', REFUSED: 'error' }

// formatOf guesses what a text is: exports of DolphinScheduler are JSON.
export function formatOf(text: string): Format {
  return /^\s*[[{]/.test(text) ? 'dolphinscheduler' : 'yaml'
}

// ImportDialog takes workflows out of a file: first it shows what would happen.
export function ImportDialog({ project, onClose }: { project: string; onClose: () => void }) {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const client = useQueryClient()
  const [text, setText] = useState('')
  const [format, setFormat] = useState<Format>('yaml')
  const [plan, setPlan] = useState<Imported>()
  const ask = useMutation({
    mutationFn: (dryRun: boolean) => importWorkflows(project, { document: text, format, dryRun }),
    onSuccess(result, dryRun) {
      setPlan(result)
      if (dryRun) return
      void client.invalidateQueries({ queryKey: ['workflows', project] })
      const refused = result.items.filter((i) => i.change === 'REFUSED').length
      if (refused > 0) return
      onClose()
      void message.success(t('workflows.imported', { count: result.items.filter((i) => i.change !== 'UNCHANGED').length }))
    },
  })
  function take(next: string) {
    setText(next)
    setPlan(undefined)
    setFormat(formatOf(next))
  }
  const useful = plan?.items.some((i) => i.change !== 'REFUSED' && i.change !== 'UNCHANGED') ?? false
  return (
    <Modal
      open
      width={860}
      title={t('workflows.import')}
      onCancel={onClose}
      footer={
        <Flex justify="end" gap={8}>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          {!plan && <Button type="primary" disabled={text.trim() === ''} loading={ask.isPending} onClick={() => ask.mutate(true)}>{t('workflows.preview')}</Button>}
          {plan && <Button onClick={() => setPlan(undefined)}>{t('workflows.back')}</Button>}
          {plan && <Button type="primary" disabled={!useful} loading={ask.isPending} onClick={() => ask.mutate(false)}>{t('workflows.importNow')}</Button>}
        </Flex>
      }
    >
      <ErrorBox error={ask.error} />
      {plan ? (
        <Table
          size="small"
          rowKey="name"
          pagination={plan.items.length > 50 ? { pageSize: 50 } : false}
          dataSource={plan.items}
          expandable={{ rowExpandable: (i) => !!i.diff, expandedRowRender: (i) => i.diff && <TextDiff unified before={i.diff.from.document} after={i.diff.to.document} label={{ before: i.name, after: i.name }} height="300px" /> }}
          columns={[
            { title: t('common.name'), dataIndex: 'name' },
            { title: t('workflows.change'), dataIndex: 'change', width: 130, render: (v: string) => <Tag color={colours[v]}>{t(`workflows.changes.${v}`, { defaultValue: v })}</Tag> },
            { title: t('workflows.note'), dataIndex: 'message', render: (v?: string) => v ?? '' },
          ]}
        />
      ) : (
        <Flex vertical gap={14}>
          <Upload.Dragger
            accept=".yaml,.yml,.json"
            showUploadList={false}
            beforeUpload={(file) => {
              void file.text().then(take)
              return false
            }}
          >
            <p className="ant-upload-drag-icon"><InboxOutlined /></p>
            <p>{t('workflows.importDrop')}</p>
            <Typography.Text type="secondary">{t('workflows.importKinds')}</Typography.Text>
          </Upload.Dragger>
          <Segmented<Format> value={format} onChange={setFormat} aria-label={t('workflows.format')} options={[{ value: 'yaml', label: 'YAML' }, { value: 'dolphinscheduler', label: 'DolphinScheduler' }]} />
          <CodeEditor label={t('workflows.import')} value={text} onChange={take} syntax={format === 'yaml' ? 'yaml' : 'json'} height="280px" />
        </Flex>
      )}
    </Modal>
  )
}
