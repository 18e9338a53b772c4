import { CloseOutlined, ReloadOutlined } from '@ant-design/icons'
import { Button, Card, Flex, Modal, Progress } from 'antd'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { useBlocker } from 'react-router'

import { problemText } from '../../widgets/ErrorBox'
import { sizeText } from './size'
import type { UploadItem, Uploads } from './uploads'

// UploadList shows what is on its way, and asks before the page is left.
export function UploadList({ uploads }: { uploads: Uploads }) {
  const { t } = useTranslation()
  const busy = uploads.items.filter((i) => i.state === 'waiting' || i.state === 'running').length
  const blocker = useBlocker(({ currentLocation: a, nextLocation: b }) => busy > 0 && a.pathname !== b.pathname)
  useEffect(() => {
    if (busy === 0) return
    const ask = (e: BeforeUnloadEvent) => e.preventDefault()
    addEventListener('beforeunload', ask)
    return () => removeEventListener('beforeunload', ask)
  }, [busy > 0])
  if (uploads.items.length === 0) return null
  return (
    <Card
      size="small"
      className="uploads"
      title={busy > 0 ? t('files.uploading', { count: busy }) : t('files.uploaded')}
      extra={
        <Button type="text" size="small" onClick={uploads.clear} disabled={busy === uploads.items.length}>
          {t('files.clear')}
        </Button>
      }
    >
      <ul>
        {uploads.items.map((i) => (
          <Item key={i.key} item={i} uploads={uploads} />
        ))}
      </ul>
      <Modal open={blocker.state === 'blocked'} title={t('files.leaveAsk')} okText={t('files.leave')} okButtonProps={{ danger: true }} onOk={() => blocker.proceed?.()} onCancel={() => blocker.reset?.()}>
        {t('files.leaveAbout')}
      </Modal>
    </Card>
  )
}

const statuses = { waiting: 'normal', running: 'active', done: 'success', failed: 'exception', stopped: 'normal' } as const

function Item({ item, uploads }: { item: UploadItem; uploads: Uploads }) {
  const { t } = useTranslation()
  const total = Math.max(item.file.size, 1)
  // All bytes are sent a moment before the server has stored them.
  const percent = item.state === 'done' ? 100 : Math.min(99, Math.floor((item.sent / total) * 100))
  return (
    <li>
      <Flex justify="space-between" gap={8}>
        <span className="upload-name">{item.file.name}</span>
        <span className="muted">
          {item.state === 'running' && `${sizeText(Math.min(item.sent, item.file.size))} / `}
          {sizeText(item.file.size)}
        </span>
        {(item.state === 'running' || item.state === 'waiting') && <Button type="text" size="small" icon={<CloseOutlined />} aria-label={`${t('files.stop')} ${item.file.name}`} onClick={() => uploads.stop(item.key)} />}
        {(item.state === 'failed' || item.state === 'stopped') && <Button type="text" size="small" icon={<ReloadOutlined />} aria-label={`${t('problem.again')} ${item.file.name}`} onClick={() => uploads.again(item.key)} />}
      </Flex>
      <Progress percent={percent} size="small" status={statuses[item.state]} aria-label={item.file.name} />
      {item.state === 'failed' && (
        <div className="upload-error" role="alert">
          {problemText(item.error, t)}
        </div>
      )}
      {item.state === 'stopped' && <div className="muted">{t('files.stopped')}</div>}
    </li>
  )
}
