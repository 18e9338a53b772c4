import { ConfigProvider } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import type { Task, WorkflowDoc } from '../../model/document'
import { renameTask, updateTask } from '../../model/operations'
import type { Checks } from './checks'
import { ManyForm, TaskForm, WorkflowForm } from './Inspector'
import type { Selection } from './selection'
import type { Editor } from './useEditor'

interface Props {
  doc: WorkflowDoc
  project: string
  locked: boolean
  edit: Editor['edit']
  of: Task | 'workflow' | 'many' | undefined // none: it is not shown
  selection: Selection
  checks: Checks
  onDelete: () => void
  onCopy: () => void
  onPreview: () => void
  onClose: () => void
}

// SideForm is the form of what is chosen, beside the drawing.
export function SideForm({ of, selection, checks, onDelete, onCopy, onClose, onPreview, ...shared }: Props) {
  const { t } = useTranslation()
  const { locked, edit } = shared
  const [wide, setWide] = useState(false)
  const disable = (off: boolean) => edit((d) => [...selection.tasks].reduce((x, n) => updateTask(x, n, (k) => ({ ...k, disabled: off || undefined })), d))
  if (!of) return null
  return (
    <aside className={wide ? 'side-form side-form-wide' : 'side-form'} aria-label={t('editor.form')}>
      <ConfigProvider componentDisabled={locked}>
        {of === 'workflow' ? (
          <WorkflowForm {...shared} errors={checks.fieldsOf(undefined)} onClose={onClose} onPreview={onPreview} />
        ) : of === 'many' ? (
          <ManyForm count={selection.tasks.size + selection.edges.size} locked={locked} onDelete={onDelete} onCopy={onCopy} onDisable={disable} />
        ) : (
          <TaskForm
            {...shared}
            task={of}
            errors={checks.fieldsOf(of.name)}
            onRename={(from, to) => (edit((d) => renameTask(d, from, to)), selection.choose([to]))}
            onDelete={onDelete}
            onCopy={onCopy}
            onPreview={onPreview}
            wide={wide}
            onWide={() => setWide((x) => !x)}
            onClose={onClose}
          />
        )}
      </ConfigProvider>
    </aside>
  )
}
