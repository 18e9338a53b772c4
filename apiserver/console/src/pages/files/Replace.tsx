import { UploadOutlined } from '@ant-design/icons'
import { App, Button, Modal, Progress, Upload } from 'antd'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { replaceContent, type Resource } from '../../api/admin'
import { problemText } from '../../widgets/ErrorBox'

// Replace uploads another content of a file.
export function Replace({ row, onDone }: { row: Resource; onDone: () => Promise<void> }) {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const [percent, setPercent] = useState<number | null>(null)
  const control = useRef(new AbortController())
  async function send(file: File) {
    control.current = new AbortController()
    setPercent(0)
    try {
      await replaceContent(row.id, file, ({ sent }) => setPercent(Math.min(99, Math.floor((sent / Math.max(file.size, 1)) * 100))), control.current.signal)
      await onDone()
      void message.success(t('crud.saved'))
    } catch (e) {
      if (!control.current.signal.aborted) void message.error(problemText(e, t))
    }
    setPercent(null)
  }
  return (
    <>
      <Upload
        showUploadList={false}
        beforeUpload={(file) => {
          void send(file)
          return false
        }}
      >
        <Button icon={<UploadOutlined />}>{t('files.replace')}</Button>
      </Upload>
      <Modal open={percent !== null} title={`${t('files.replace')} · ${row.name}`} closable={false} mask={{ closable: false }} footer={<Button onClick={() => control.current.abort()}>{t('files.stop')}</Button>}>
        <Progress percent={percent ?? 0} aria-label={row.name} />
      </Modal>
    </>
  )
}
