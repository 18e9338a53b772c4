import { useCallback, useEffect, useMemo, useReducer } from 'react'

import { emptyDocument, tasksOf, type Place, type WorkflowDoc } from '../../model/document'
import { begin, redo, step, undo, type History } from '../../model/history'
import { printYaml } from '../../model/print'
import { readSoon } from '../../model/read'
import { rewrite } from '../../model/rewrite'
import { parseYaml, type Parsed } from '../../model/yaml'

// Snapshot is a state of the document. While a text is no document, doc is the
// last one that was.
export interface Snapshot {
  doc: WorkflowDoc
  text?: string // as it was typed or kept; none: that of base with what was edited since
  base?: Written // none: the document never had a text
  problem?: Place // why the text is no document
  unread?: boolean // the text was not looked at yet: doc is that of before
}

// Written is a document with its text.
interface Written {
  doc: WorkflowDoc
  text: string
}

const written = new WeakMap<Snapshot, string>()

// textOf gives the text of a snapshot. Writing is put off until somebody looks.
export function textOf(s: Snapshot): string {
  if (s.text !== undefined) return s.text
  let text = written.get(s)
  if (text === undefined) {
    text = s.base ? rewrite(s.base.text, s.base.doc, s.doc) : printYaml(s.doc)
    written.set(s, text)
  }
  return text
}

// From so many tasks on, a text is not written for every edit.
const many = 300

// baseOf is what the text of the next edit begins with.
function baseOf(s: Snapshot): Written | undefined {
  if (s.text !== undefined || written.has(s) || (s.base && tasksOf(s.doc).length < many)) return { doc: s.doc, text: textOf(s) }
  return s.base
}

// read makes a snapshot of a text.
export function read(text: string, before: WorkflowDoc, p: Parsed = parseYaml(text)): Snapshot {
  return p.doc ? { doc: p.doc, text } : { doc: before, text, problem: p.problem }
}

// From so many characters on, a text is read when the typing rests.
const long = 30_000
const rest = 700 // ms

// settled reads what was not read yet, unless it is known what it was read as.
function settled(s: Snapshot, parsed?: Parsed): Snapshot {
  return s.unread && s.text !== undefined ? read(s.text, s.doc, parsed) : s
}

type Act =
  | { type: 'edit'; change: (doc: WorkflowDoc) => WorkflowDoc; tag: string }
  | { type: 'text'; text: string }
  | { type: 'undo' | 'redo' }
  | { type: 'read'; text?: string; parsed?: Parsed } // none: it is to be read here
  | { type: 'open'; snapshot: Snapshot }
  | { type: 'saved'; snapshot: Snapshot }

interface State {
  history: History<Snapshot>
  saved: Snapshot | undefined
}

function reduce(s: State, a: Act): State {
  const now = s.history.now
  switch (a.type) {
    case 'edit': {
      if (now.unread) return reduce(reduce(s, { type: 'read' }), a)
      if (now.problem) return s
      const doc = a.change(now.doc)
      return doc === now.doc ? s : { ...s, history: step(s.history, { doc, base: baseOf(now) }, a.tag) }
    }
    case 'text':
      if (a.text === textOf(now)) return s
      return { ...s, history: step(s.history, a.text.length < long ? read(a.text, now.doc) : { doc: now.doc, text: a.text, unread: true }, 'text') }
    case 'read': {
      if (a.text !== undefined && a.text !== now.text) return s // it was typed on
      const next = settled(now, a.parsed)
      return next === now ? s : { history: { ...s.history, now: next }, saved: s.saved === now ? next : s.saved }
    }
    case 'undo':
      return { ...s, history: undo(s.history) }
    case 'redo':
      return { ...s, history: redo(s.history) }
    case 'open':
      return { history: begin(a.snapshot), saved: a.snapshot }
    case 'saved':
      return { ...s, saved: a.snapshot }
  }
}

export interface Editor {
  now: Snapshot
  doc: WorkflowDoc
  dirty: boolean
  locked: boolean // the text is no document: only the text can be edited
  canUndo: boolean
  canRedo: boolean
  // edit changes the document; equal tags in a row are undone together.
  edit: (change: (doc: WorkflowDoc) => WorkflowDoc, tag?: string) => void
  type: (text: string) => void
  undo: () => void
  redo: () => void
  open: (snapshot: Snapshot) => void // begins anew
  saved: (snapshot: Snapshot) => void // this one is kept
}

// useEditor holds the document that is edited, and what it was before.
export function useEditor(): Editor {
  const [state, send] = useReducer(reduce, undefined, () => {
    const snapshot = { doc: emptyDocument('') }
    return { history: begin<Snapshot>(snapshot), saved: snapshot as Snapshot | undefined }
  })
  const edit = useCallback((change: (doc: WorkflowDoc) => WorkflowDoc, tag = '') => send({ type: 'edit', change, tag }), [])
  const type = useCallback((text: string) => send({ type: 'text', text }), [])
  const back = useCallback(() => send({ type: 'undo' }), [])
  const forth = useCallback(() => send({ type: 'redo' }), [])
  const open = useCallback((snapshot: Snapshot) => send({ type: 'open', snapshot }), [])
  const saved = useCallback((snapshot: Snapshot) => send({ type: 'saved', snapshot }), [])
  const { history } = state
  useEffect(() => {
    const { text, unread } = history.now
    if (!unread || text === undefined) return
    const typed = new AbortController()
    const timer = setTimeout(() => {
      readSoon(text, typed.signal).then(
        (parsed) => send({ type: 'read', text, parsed }),
        () => send({ type: 'read', text }),
      )
    }, rest)
    return () => {
      clearTimeout(timer)
      typed.abort()
    }
  }, [history.now])
  return useMemo(
    () => ({
      now: history.now,
      doc: history.now.doc,
      dirty: history.now !== state.saved,
      locked: history.now.problem !== undefined,
      canUndo: history.past.length > 0,
      canRedo: history.future.length > 0,
      edit, type, undo: back, redo: forth, open, saved,
    }),
    [history, state.saved, edit, type, back, forth, open, saved],
  )
}
