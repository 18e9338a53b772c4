import { DownloadOutlined, FileTextOutlined, SaveOutlined } from '@ant-design/icons'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, App, Button, Descriptions, Modal, Skeleton } from 'antd'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useBlocker, useNavigate, useParams } from 'react-router'

import { files, foldersTo, readContent, writeContent, type Resource } from '../../api/admin'
import { Problem } from '../../api/client'
import { useSession } from '../../app/session'
import { CodeEditor } from '../../widgets/CodeEditor'
import { DeleteButton } from '../../widgets/Crud'
import { ErrorBox } from '../../widgets/ErrorBox'
import { Page } from '../../widgets/Page'
import { TimeText } from '../../widgets/TimeText'
import './files.css'
import { Replace } from './Replace'
import { sizeText } from './size'
import { syntaxOf } from './syntax'

// FilePage shows a file, and edits it when it is a text.
export function FilePage() {
  const { t } = useTranslation()
  const { id = '' } = useParams()
  const { me } = useSession()
  const client = useQueryClient()
  const go = useNavigate()
  const query = useQuery({ queryKey: ['/files', 'one', id], queryFn: () => files.get(id) })
  const way = useQuery({ queryKey: ['/files', 'way', query.data?.parentId], queryFn: () => foldersTo(query.data?.parentId ?? 0), enabled: !!query.data })
  const row = query.data
  const tree = row?.kind === 'UDF' ? { title: t('udfs.archives'), base: '/udfs/archives' } : { title: t('nav.files'), base: '/files' }
  const parent = row?.parentId ? `${tree.base}?folder=${row.parentId}` : tree.base
  const mine = row && (me.admin || row.ownerId === me.id)
  async function gone() {
    await go(parent)
    await client.invalidateQueries({ queryKey: ['/files'] })
  }
  return (
    <Page
      title={row?.name ?? t('files.one')}
      icon={<FileTextOutlined />}
      trail={[{ title: tree.title, to: tree.base }, ...(way.data ?? []).map((f) => ({ title: f.name, to: `${tree.base}?folder=${f.id}` })), { title: row?.name ?? id }]}
      actions={
        row && (
          <>
            <Button icon={<DownloadOutlined />} href={`/api/v1/files/${row.id}/download`} download={row.name}>
              {t('files.download')}
            </Button>
            {mine && !row.directory && <Replace row={row} onDone={() => client.invalidateQueries({ queryKey: ['/files'] })} />}
            {mine && <DeleteButton text name={row.fullName} about={t('files.deleteFile')} remove={() => files.remove(row.id)} onDone={gone} />}
          </>
        )
      }
    >
      <ErrorBox error={query.error} onRetry={() => void query.refetch()} />
      {!row && query.isPending && <Skeleton active />}
      {row && (
        <div className="panel">
          <Descriptions
            size="small"
            column={{ xs: 1, md: 2, xl: 4 }}
            items={[
              { label: t('files.path'), children: <span className="mono">{row.fullName}</span> },
              { label: t('files.size'), children: sizeText(row.size) },
              { label: t('common.owner'), children: row.owner },
              { label: t('files.updated'), children: <TimeText at={row.updated} /> },
              { label: t('common.description'), children: row.description || '–' },
              ...(row.sha256 ? [{ label: 'SHA-256', children: <span className="mono">{row.sha256}</span>, span: 'filled' as const }] : []),
            ]}
          />
          {row.directory ? null : row.editable ? <Content key={row.id} row={row} /> : <Alert type="info" showIcon title={t('files.noText')} />}
        </div>
      )}
    </Page>
  )
}

function Content({ row }: { row: Resource }) {
  const { t } = useTranslation()
  const query = useQuery({ queryKey: ['/files', 'content', row.id], queryFn: () => readContent(row.id), retry: false, gcTime: 0, refetchOnReconnect: false })
  if (query.isPending) return <Skeleton active />
  if (query.error) return <Alert type="info" showIcon title={t('files.noText')} description={query.error.message} />
  return <Editor row={row} first={query.data} onReload={() => void query.refetch()} key={query.data.tag} />
}

interface Text {
  text: string
  tag: string
}

function Editor({ row, first, onReload }: { row: Resource; first: Text; onReload: () => void }) {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const client = useQueryClient()
  const [text, setText] = useState(first.text)
  const [stored, setStored] = useState(first)
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<unknown>(null)
  const dirty = text !== stored.text
  async function save(tag = stored.tag) {
    setBusy(true)
    setRefusal(null)
    try {
      setStored({ text, tag: await writeContent(row.id, text, tag) })
      await client.invalidateQueries({ queryKey: ['/files', 'one'] })
      void message.success(t('crud.saved'))
    } catch (e) {
      setRefusal(e)
    }
    setBusy(false)
  }
  useEffect(() => {
    const listen = (e: KeyboardEvent) => {
      if (!(e.ctrlKey || e.metaKey) || e.key.toLowerCase() !== 's') return
      e.preventDefault()
      if (dirty && text !== '' && !busy) void save()
    }
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  })
  return (
    <>
      {refusal instanceof Problem && refusal.status === 412 ? <Changed row={row} onReload={onReload} onOverwrite={(tag) => void save(tag)} /> : <ErrorBox error={refusal} onClose={() => setRefusal(null)} />}
      <CodeEditor value={text} onChange={setText} syntax={syntaxOf(row.name)} label={t('files.content')} height="58vh" />
      <div className="file-save">
        <Button type="primary" icon={<SaveOutlined />} loading={busy} disabled={!dirty || text === ''} onClick={() => void save()} aria-keyshortcuts="Control+S">
          {t('common.save')}
        </Button>{' '}
        <span className="muted">{t(dirty ? 'files.dirty' : 'files.clean')}</span>
      </div>
      <Leaving dirty={dirty} />
    </>
  )
}

// Changed tells that somebody else saved in the meantime.
function Changed({ row, onReload, onOverwrite }: { row: Resource; onReload: () => void; onOverwrite: (tag: string) => void }) {
  const { t } = useTranslation()
  const [theirs, setTheirs] = useState<Text | null>(null)
  async function look() {
    setTheirs(await readContent(row.id))
  }
  return (
    <>
      <Alert
        type="warning"
        showIcon
        className="error-box"
        title={t('files.changed')}
        description={t('files.changedAbout')}
        action={
          <Button size="small" onClick={() => void look()}>
            {t('files.look')}
          </Button>
        }
      />
      <Modal
        open={theirs !== null}
        width={900}
        title={t('files.theirs')}
        onCancel={() => setTheirs(null)}
        footer={[
          <Button key="take" onClick={onReload}>
            {t('files.take')}
          </Button>,
          <Button key="over" danger onClick={() => theirs && onOverwrite(theirs.tag)}>
            {t('files.overwrite')}
          </Button>,
        ]}
      >
        {theirs && <CodeEditor value={theirs.text} syntax={syntaxOf(row.name)} label={t('files.theirs')} height="50vh" />}
      </Modal>
    </>
  )
}

// Leaving asks before a page with unsaved changes is left.
function Leaving({ dirty }: { dirty: boolean }) {
  const { t } = useTranslation()
  const blocker = useBlocker(({ currentLocation: a, nextLocation: b }) => dirty && a.pathname !== b.pathname)
  useEffect(() => {
    if (!dirty) return
    const ask = (e: BeforeUnloadEvent) => e.preventDefault()
    addEventListener('beforeunload', ask)
    return () => removeEventListener('beforeunload', ask)
  }, [dirty])
  return (
    <Modal open={blocker.state === 'blocked'} title={t('crud.discardAsk')} okText={t('crud.discard')} okButtonProps={{ danger: true }} onOk={() => blocker.proceed?.()} onCancel={() => blocker.reset?.()} />
  )
}
