import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useRef, useState } from 'react'

import { Problem } from '../../api/client'
import { createWorkflow, getDraft, getWorkflow, publish, saveDraft, type Draft, type Workflow, type WorkflowDetail } from '../../api/workflows'
import { emptyDocument } from '../../model/document'
import { read, textOf, type Editor, type Snapshot } from './useEditor'

// opened makes the first snapshot of a text that the server gave.
function opened(text: string, name: string): Snapshot {
  return text.trim() === '' ? { doc: emptyDocument(name) } : read(text, emptyDocument(name))
}

export interface Kept {
  workflow: WorkflowDetail | undefined
  ready: boolean
  error: unknown
  busy: boolean
  conflict: Draft | undefined // what somebody else saved meanwhile
  save: (text?: string) => Promise<boolean> // true: it is saved
  saveOver: (text?: string) => Promise<boolean> // knowing what somebody else saved
  takeTheirs: () => void
  closeConflict: () => void
  publish: (comment: string) => Promise<Workflow>
  reload: () => void
  reloadWorkflow: () => void // not what is edited
}

// useDraft loads and saves what the editor edits. Without an id it is a new
// workflow, which the first save makes; onMade hears of it. Nothing is asked
// before it is known what the caller may.
export function useDraft(project: string, id: string | undefined, known: boolean, mayEdit: boolean, editor: Editor, onMade: (id: number) => void): Kept {
  const client = useQueryClient()
  const workflow = useQuery({ queryKey: ['workflow', project, id], queryFn: () => getWorkflow(project, id!), enabled: known && id !== undefined })
  const draft = useQuery({ queryKey: ['draft', project, id], queryFn: () => getDraft(project, id!), enabled: known && id !== undefined && mayEdit, gcTime: 0, staleTime: Infinity, refetchOnReconnect: false })
  const [ready, setReady] = useState(false)
  const [busy, setBusy] = useState(false)
  const [conflict, setConflict] = useState<Draft>()
  const revision = useRef(0)
  const { open, saved } = editor
  const now = useRef(editor.now)
  now.current = editor.now

  useEffect(() => {
    if (id === undefined) setReady(true)
  }, [id])
  useEffect(() => {
    if (!draft.data) return
    revision.current = draft.data.revision
    open(opened(draft.data.document, ''))
    setReady(true)
  }, [draft.data, open])
  const shown = mayEdit ? undefined : workflow.data?.document
  useEffect(() => {
    if (shown === undefined) return
    open(opened(shown, ''))
    setReady(true)
  }, [shown, open])

  const save = useCallback(
    async (text?: string) => {
      const snapshot = text === undefined ? now.current : read(text, now.current.doc)
      setBusy(true)
      try {
        if (id === undefined) {
          const made = await createWorkflow(project, { name: snapshot.doc.name.trim() })
          const first = await getDraft(project, made.id)
          await saveDraft(project, made.id, first.revision, textOf(snapshot))
          saved(now.current)
          onMade(made.id)
          return true
        }
        revision.current = (await saveDraft(project, id, revision.current, textOf(snapshot))).revision
        if (text === undefined) saved(snapshot)
        else open(snapshot)
        setConflict(undefined)
        void client.invalidateQueries({ queryKey: ['workflow', project, id] })
        return true
      } catch (e) {
        const current = e instanceof Problem && e.status === 412 ? (e.extra.current as Draft | undefined) : undefined
        if (!current) throw e
        // Until it is decided between the two, every save is told again.
        setConflict(current)
        return false
      } finally {
        setBusy(false)
      }
    },
    [project, id, client, open, saved, onMade],
  )
  const saveOver = useCallback(
    (text?: string) => {
      if (conflict) revision.current = conflict.revision
      return save(text)
    },
    [conflict, save],
  )
  const takeTheirs = useCallback(() => {
    if (conflict) {
      revision.current = conflict.revision
      open(opened(conflict.document, ''))
    }
    setConflict(undefined)
  }, [conflict, open])
  const makeVersion = useCallback(
    async (comment: string) => {
      setBusy(true)
      try {
        const made = await publish(project, id!, revision.current, comment)
        revision.current = (await getDraft(project, id!)).revision
        void client.invalidateQueries({ queryKey: ['workflow', project, id] })
        void client.invalidateQueries({ queryKey: ['workflows', project] })
        return made
      } finally {
        setBusy(false)
      }
    },
    [project, id, client],
  )
  return {
    workflow: workflow.data,
    ready,
    error: workflow.error ?? draft.error,
    busy,
    conflict,
    save,
    saveOver,
    takeTheirs,
    closeConflict: () => setConflict(undefined),
    publish: makeVersion,
    reloadWorkflow: () => void workflow.refetch(),
    reload: () => void (workflow.refetch(), mayEdit && draft.refetch()),
  }
}
