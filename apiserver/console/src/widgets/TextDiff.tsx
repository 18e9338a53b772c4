import { yaml } from '@codemirror/lang-yaml'
import { MergeView, unifiedMergeView } from '@codemirror/merge'
import { Compartment, EditorState } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { basicSetup } from 'codemirror'
import { useEffect, useRef } from 'react'

import { useTheme } from '../app/theme'
import { codeLook } from './CodeEditor'

interface Props {
  before: string
  after: string
  label: { before: string; after: string }
  onChange?: (after: string) => void // the right side can be edited, and takes over pieces of the left
  unified?: boolean // one below the other
  height?: string
}

// TextDiff shows two YAML texts beside each other and what differs.
export function TextDiff({ before, after, label, onChange, unified, height = '60vh' }: Props) {
  const { dark } = useTheme()
  const host = useRef<HTMLDivElement>(null)
  const change = useRef(onChange)
  change.current = onChange
  const editable = onChange !== undefined
  const look = useRef({ part: new Compartment(), dark, views: [] as EditorView[] })
  const { before: left, after: right } = label
  useEffect(() => {
    const { part, dark } = look.current
    const read = [EditorState.readOnly.of(true), EditorView.editable.of(false), EditorView.contentAttributes.of({ tabindex: '0' })]
    const shared = [basicSetup, yaml(), part.of(codeLook(dark)), EditorView.lineWrapping]
    const write = EditorView.updateListener.of((u) => u.docChanged && change.current?.(u.state.doc.toString()))
    const collapse = { margin: 3, minSize: 6 }
    const named = (text: string) => EditorView.contentAttributes.of({ 'aria-label': text })
    if (unified) {
      const view = new EditorView({ parent: host.current!, doc: after, extensions: [shared, read, named(right), unifiedMergeView({ original: before, mergeControls: false, collapseUnchanged: collapse, gutter: true })] })
      look.current.views = [view]
      return () => view.destroy()
    }
    const view = new MergeView({
      parent: host.current!,
      a: { doc: before, extensions: [shared, read, named(left)] },
      b: { doc: after, extensions: [shared, editable ? write : read, named(right)] },
      collapseUnchanged: collapse,
      revertControls: editable ? 'a-to-b' : undefined,
      gutter: true,
    })
    look.current.views = [view.a, view.b]
    return () => view.destroy()
    // The texts are those at the start: whoever edits keeps what was edited.
  }, [unified, editable, left, right, ...(editable ? [] : [before, after])])
  // Another theme colours what is there.
  useEffect(() => {
    const { part, views } = look.current
    look.current.dark = dark
    for (const view of views) view.dispatch({ effects: part.reconfigure(codeLook(dark)) })
  }, [dark])
  return (
    <div>
      {!unified && (
        <div className="diff-heads" aria-hidden>
          <span>{label.before}</span>
          <span>{label.after}</span>
        </div>
      )}
      <div ref={host} className="code diff" style={{ height }} />
    </div>
  )
}
