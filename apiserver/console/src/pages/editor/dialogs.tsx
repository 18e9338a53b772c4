import { Alert, Button, Flex, Input, Modal, Segmented, Spin, Tag, Typography } from 'antd'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'

import type { Draft } from '../../api/workflows'
import { difference, isSame, type Difference } from '../../model/diff'
import type { WorkflowDoc } from '../../model/document'
import { printYaml } from '../../model/print'
import { parseYaml } from '../../model/yaml'
import { ErrorBox } from '../../widgets/ErrorBox'
import { TextDiff } from '../../widgets/TextDiff'
import { TimeText } from '../../widgets/TimeText'
import { Field } from '../../widgets/form/Field'

// alike writes a text as all are written, so that only meaning differs.
export function alike(text: string): string {
  const p = parseYaml(text)
  return p.doc ? printYaml(p.doc) : text
}

interface ConflictProps {
  mine: string
  theirs: Draft
  busy: boolean
  onSave: (text: string) => void
  onTake: () => void
  onClose: () => void
}

// ConflictDialog is shown when somebody else saved meanwhile: nothing is lost,
// one chooses or merges.
export function ConflictDialog({ mine, theirs, busy, onSave, onTake, onClose }: ConflictProps) {
  const { t } = useTranslation()
  const start = useMemo(() => alike(mine), [mine])
  const [merged, setMerged] = useState(start)
  const label = useMemo(() => ({ before: t('editor.conflict.theirs', { name: theirs.updatedBy }), after: t('editor.conflict.mine') }), [t, theirs.updatedBy])
  return (
    <Modal
      open
      width="min(1280px, 94vw)"
      title={t('editor.conflict.title')}
      onCancel={onClose}
      footer={
        <Flex gap={8} justify="end" wrap>
          <Button onClick={onClose}>{t('editor.conflict.later')}</Button>
          <Button onClick={onTake} disabled={busy}>{t('editor.conflict.takeTheirs')}</Button>
          <Button type="primary" loading={busy} onClick={() => onSave(merged === start ? mine : merged)}>
            {merged === start ? t('editor.conflict.keepMine') : t('editor.conflict.saveMerged')}
          </Button>
        </Flex>
      }
    >
      <Typography.Paragraph>
        {t('editor.conflict.about', { name: theirs.updatedBy })} <TimeText at={theirs.updated} relative />
      </Typography.Paragraph>
      <TextDiff before={useMemo(() => alike(theirs.document), [theirs.document])} after={start} label={label} onChange={setMerged} height="56vh" />
    </Modal>
  )
}

// Changes lists a difference in words.
export function Changes({ of }: { of: Difference }) {
  const { t } = useTranslation()
  if (isSame(of)) return <Alert type="info" showIcon title={t('editor.publish.same')} />
  const colour = { ADDED: 'success', REMOVED: 'error', CHANGED: 'warning' } as const
  return (
    <ul className="changes">
      {of.tasks.slice(0, 200).map((c) => (
        <li key={c.name + c.change}>
          <Tag color={colour[c.change]}>{t(`editor.change.${c.change}`)}</Tag> <strong>{c.name}</strong> <span className="muted">{c.fields.join(', ')}</span>
        </li>
      ))}
      {of.fields.length > 0 && (
        <li>
          <Tag color="warning">{t('editor.change.CHANGED')}</Tag> {t('editor.settings')} <span className="muted">{of.fields.join(', ')}</span>
        </li>
      )}
      {of.edges.added.length + of.edges.removed.length > 0 && (
        <li>
          <Tag>{t('editor.change.edges')}</Tag> +{of.edges.added.length} −{of.edges.removed.length}
        </li>
      )}
    </ul>
  )
}

interface PublishProps {
  before: string | undefined // the current version; undefined: there is none yet
  loading: boolean
  doc: WorkflowDoc
  version: number
  problems: number
  error: unknown
  busy: boolean
  onPublish: (comment: string) => void
  onClose: () => void
}

// PublishDialog shows what a new version changes before it is made.
export function PublishDialog({ before, loading, doc, version, problems, error, busy, onPublish, onClose }: PublishProps) {
  const { t } = useTranslation()
  const [comment, setComment] = useState('')
  const [view, setView] = useState('words')
  const old = useMemo(() => (before ? parseYaml(before).doc : undefined), [before])
  const changes = useMemo(() => difference(old ?? { name: doc.name }, doc), [old, doc])
  const label = useMemo(() => ({ before: t('editor.publish.version', { version }), after: t('editor.publish.draft') }), [t, version])
  return (
    <Modal open width="min(1080px, 94vw)" title={t('editor.publish.title', { version: version + 1 })} okText={t('editor.publish.ok')} confirmLoading={busy} okButtonProps={{ disabled: loading }} onOk={() => onPublish(comment.trim())} onCancel={onClose}>
      <Flex vertical gap={14}>
        <ErrorBox error={error} />
        {problems > 0 && <Alert type="warning" showIcon title={t('editor.publish.problems', { count: problems })} />}
        <Spin spinning={loading}>
          {version > 0 && <Segmented className="publish-view" value={view} onChange={setView} options={[{ value: 'words', label: t('editor.publish.words') }, { value: 'text', label: t('editor.publish.text') }]} />}
          {view === 'words' || version === 0 ? <Changes of={changes} /> : <TextDiff before={old ? printYaml(old) : ''} after={printYaml(doc)} label={label} height="44vh" />}
        </Spin>
        <Field label={t('editor.publish.comment')}>{(id) => <Input.TextArea id={id} autoSize={{ minRows: 2 }} maxLength={500} value={comment} onChange={(e) => setComment(e.target.value)} placeholder={t('editor.publish.commentHint')} />}</Field>
      </Flex>
    </Modal>
  )
}
