import { yaml } from '@codemirror/lang-yaml'
import { MergeView, unifiedMergeView } from '@codemirror/merge'
import { EditorState } from '@codemirror/state'
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
  useEffect(() => {
    const read = [EditorState.readOnly.of(true), EditorView.editable.of(false), EditorView.contentAttributes.of({ tabindex: '0' })]
    const shared = [basicSetup, yaml(), codeLook(dark), EditorView.lineWrapping]
    const write = EditorView.updateListener.of((u) => u.docChanged && change.current?.(u.state.doc.toString()))
    const collapse = { margin: 3, minSize: 6 }
    const named = (text: string) => EditorView.contentAttributes.of({ 'aria-label': text })
    if (unified) {
      const view = new EditorView({ parent: host.current!, doc: after, extensions: [shared, read, named(label.after), unifiedMergeView({ original: before, mergeControls: false, collapseUnchanged: collapse, gutter: true })] })
      return () => view.destroy()
    }
    const view = new MergeView({
      parent: host.current!,
      a: { doc: before, extensions: [shared, read, named(label.before)] },
      b: { doc: after, extensions: [shared, editable ? write : read, named(label.after)] },
      collapseUnchanged: collapse,
      revertControls: editable ? 'a-to-b' : undefined,
      gutter: true,
    })
    return () => view.destroy()
    // The texts are those at the start: whoever edits keeps what was edited.
  }, [dark, unified, editable, label.before, label.after, ...(editable ? [] : [before, after])])
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
