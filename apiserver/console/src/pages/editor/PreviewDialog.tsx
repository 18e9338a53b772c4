import { useQuery } from '@tanstack/react-query'
import { DatePicker, Flex, Modal, Spin, Table, Typography } from 'antd'
import dayjs from 'dayjs'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { previewParameters } from '../../api/workflows'
import type { Param, Task, WorkflowDoc } from '../../model/document'
import { ErrorBox } from '../../widgets/ErrorBox'
import { zoneText } from '../../widgets/TimeText'
import { Field } from '../../widgets/form/Field'

// scriptOf is the text of a task in which parameters are filled in.
export function scriptOf(task: Task | undefined): string {
  for (const key of ['rawScript', 'sql', 'url', 'json', 'customConfig']) {
    const v = task?.params?.[key]
    if (typeof v === 'string' && v !== '') return v
  }
  return ''
}

// plain keeps what a preview needs of parameters.
const plain = (params: Param[] | undefined) => (params ?? []).filter((p) => p.name !== '' && p.direction !== 'OUT').map(({ name, value }) => ({ name, value: value ?? '' }))

// PreviewDialog shows what the parameters would be on a date.
export function PreviewDialog({ doc, task, project, onClose }: { doc: WorkflowDoc; task?: Task; project: string; onClose: () => void }) {
  const { t } = useTranslation()
  const [date, setDate] = useState(() => dayjs())
  const text = scriptOf(task)
  const body = { date: date.toISOString(), timezone: Intl.DateTimeFormat().resolvedOptions().timeZone, globalParams: plain(doc.params), localParams: plain(task?.inputs), text }
  const query = useQuery({ queryKey: ['preview', project, body], queryFn: () => previewParameters(project, body), retry: false })
  const given = new Map([...(doc.params ?? []), ...(task?.inputs ?? [])].map((p) => [p.name, p.value ?? '']))
  const rows = Object.entries(query.data?.values ?? {}).map(([name, value]) => ({ name, value, given: given.get(name) ?? '' }))
  rows.sort((a, b) => Number(given.has(b.name)) - Number(given.has(a.name)) || a.name.localeCompare(b.name))
  return (
    <Modal open title={task ? t('editor.preview.ofTask', { task: task.name }) : t('editor.preview.title')} footer={null} width={760} onCancel={onClose}>
      <Flex vertical gap={16}>
        <Field label={t('editor.preview.date', { zone: zoneText() })}>{(id) => <DatePicker id={id} showTime allowClear={false} value={date} onChange={(d) => d && setDate(d)} />}</Field>
        <ErrorBox error={query.error} onRetry={() => void query.refetch()} />
        <Spin spinning={query.isFetching}>
          <Table
            size="small"
            rowKey="name"
            pagination={false}
            scroll={{ y: 260 }}
            dataSource={rows}
            columns={[
              { title: t('editor.param.name'), dataIndex: 'name', render: (v: string) => <code>{`\${${v}}`}</code> },
              { title: t('editor.preview.written'), dataIndex: 'given', render: (v: string) => (v ? <code>{v}</code> : <span className="muted">{t('editor.preview.builtIn')}</span>) },
              { title: t('editor.preview.value'), dataIndex: 'value', render: (v: string) => <strong className="mono">{v}</strong> },
            ]}
          />
          {text && (
            <>
              <Typography.Title level={5}>{t('editor.preview.text')}</Typography.Title>
              <pre className="preview-text" tabIndex={0}>{query.data?.text ?? ''}</pre>
            </>
          )}
        </Spin>
      </Flex>
    </Modal>
  )
}
