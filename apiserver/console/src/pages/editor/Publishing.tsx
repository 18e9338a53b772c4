import { App } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { setOnline } from '../../api/workflows'
import type { WorkflowDoc } from '../../model/document'
import { PublishDialog } from './dialogs'
import type { Kept } from './useDraft'

interface Props {
  draft: Kept
  project: string
  doc: WorkflowDoc
  problems: number
  fail: (e: unknown) => void
  onClose: () => void
}

// Publishing makes a version of the draft, and offers to put it online.
export function Publishing({ draft, project, doc, problems, fail, onClose }: Props) {
  const { t } = useTranslation()
  const { message, modal } = App.useApp()
  const [refusal, setRefusal] = useState<unknown>()
  const version = draft.workflow?.version ?? 0

  async function publish(comment: string) {
    setRefusal(undefined)
    try {
      const made = await draft.publish(comment)
      onClose()
      const title = t('editor.publish.done', { version: made.version })
      if (made.online) return void message.success(title)
      modal.confirm({
        title,
        content: t('editor.publish.offlineHint'),
        okText: t('workflows.goOnline'),
        cancelText: t('editor.conflict.later'),
        onOk: () => setOnline(project, made.id, true).then(() => draft.reloadWorkflow(), fail),
      })
    } catch (e) {
      setRefusal(e)
    }
  }
  return (
    <PublishDialog
      before={version > 0 ? draft.workflow?.document : undefined}
      loading={!draft.workflow}
      doc={doc}
      version={version}
      problems={problems}
      error={refusal}
      busy={draft.busy}
      onClose={onClose}
      onPublish={(comment) => void publish(comment)}
    />
  )
}
