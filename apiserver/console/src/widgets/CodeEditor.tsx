import { json } from '@codemirror/lang-json'
import { python } from '@codemirror/lang-python'
import { sql } from '@codemirror/lang-sql'
import { yaml } from '@codemirror/lang-yaml'
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from '@codemirror/language'
import { shell } from '@codemirror/legacy-modes/mode/shell'
import { Compartment, EditorState, Prec, type Extension } from '@codemirror/state'
import { Decoration, EditorView, keymap } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { basicSetup } from 'codemirror'
import { useEffect, useImperativeHandle, useRef, type Ref } from 'react'

import { useTheme } from '../app/theme'

export type Syntax = 'yaml' | 'shell' | 'sql' | 'python' | 'json' | 'text'

const syntaxes: Record<Syntax, () => Extension> = {
  yaml: () => yaml(),
  shell: () => StreamLanguage.define(shell),
  sql: () => sql(),
  python: () => python(),
  json: () => json(),
  text: () => [],
}

export interface CodeHandle {
  // reveal puts the cursor at a place, counted from 1, and shows it.
  reveal: (line: number, column?: number) => void
  // show makes a line visible and leaves cursor and focus where they are.
  show: (line: number) => void
  focus: () => void
}

interface Props {
  value: string
  onChange?: (text: string) => void // none: the text is only shown
  syntax?: Syntax
  label: string // for those who do not see it
  height?: string
  wrap?: boolean
  autoFocus?: boolean
  undo?: () => void // takes Ctrl-Z over
  redo?: () => void
  onBlur?: () => void
  onLine?: (line: number) => void // the cursor went to another line
  marks?: { line: number; message: string }[] // lines with problems
  extra?: Extension // read once
  handle?: Ref<CodeHandle>
}

const colours = (dark: boolean) =>
  HighlightStyle.define([
    { tag: [tags.keyword, tags.controlKeyword, tags.definitionKeyword], color: dark ? '#d0a9f5' : '#7a3e9d' },
    { tag: [tags.string, tags.special(tags.string)], color: dark ? '#9fd6a5' : '#2a6b32' },
    { tag: [tags.number, tags.bool, tags.null, tags.atom], color: dark ? '#f3c277' : '#8a4b00' },
    { tag: [tags.comment, tags.meta], color: dark ? '#93a1ab' : '#5c6a74', fontStyle: 'italic' },
    { tag: [tags.propertyName, tags.definition(tags.propertyName), tags.attributeName], color: dark ? '#7cc7f0' : '#0b5e8a' },
    { tag: [tags.variableName, tags.standard(tags.variableName)], color: dark ? '#e6b8a2' : '#9a3412' },
    { tag: [tags.typeName, tags.className], color: dark ? '#8fd8d2' : '#00695c' },
  ])

// codeLook colours code as the page's theme wants it.
export const codeLook = (dark: boolean): Extension => [
  syntaxHighlighting(colours(dark)),
  EditorView.theme(
    {
      '&': { backgroundColor: dark ? '#14191c' : '#ffffff', color: dark ? '#dfe6ea' : '#1f2a30', fontSize: '13px' },
      '.cm-gutters': { backgroundColor: dark ? '#171d20' : '#f6f8f9', color: dark ? '#8b99a3' : '#66747e', border: 'none' },
      '.cm-activeLine': { backgroundColor: dark ? '#ffffff0a' : '#0b72850d' },
      '.cm-activeLineGutter': { backgroundColor: dark ? '#ffffff12' : '#0b728514' },
      '.cm-cursor': { borderLeftColor: dark ? '#66d9e8' : '#0b7285' },
      '&.cm-focused': { outline: 'none' },
      '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: (dark ? '#2b5d68' : '#bfe4ea') + ' !important' },
      '.cm-scroller': { fontFamily: "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', 'Noto Sans Mono CJK SC', monospace", lineHeight: '1.55' },
      '.cm-panels': { backgroundColor: dark ? '#1d2428' : '#f1f5f6', color: 'inherit' },
    },
    { dark },
  ),
]

// CodeEditor edits a text with colours. Escape, then Tab leaves it by keyboard.
export function CodeEditor(props: Props) {
  const { dark } = useTheme()
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(null)
  const latest = useRef(props)
  latest.current = props
  const parts = useRef({ look: new Compartment(), syntax: new Compartment(), mode: new Compartment(), marks: new Compartment() })
  const line = useRef(1)

  useEffect(() => {
    const p = parts.current
    const first = latest.current
    const taken = first.undo
      ? Prec.highest(
          keymap.of([
            { key: 'Mod-z', run: () => (latest.current.undo?.(), true) },
            { key: 'Mod-y', run: () => (latest.current.redo?.(), true) },
            { key: 'Mod-Shift-z', run: () => (latest.current.redo?.(), true) },
          ]),
        )
      : []
    const v = new EditorView({
      parent: host.current!,
      doc: first.value,
      extensions: [
        taken,
        basicSetup,
        p.look.of(codeLook(dark)),
        p.syntax.of(syntaxes[first.syntax ?? 'text']()),
        p.mode.of(mode(first)),
        p.marks.of([]),
        EditorView.contentAttributes.of({ 'aria-label': first.label, tabindex: '0' }),
        EditorView.updateListener.of((u) => {
          if (u.docChanged && !u.transactions.some((t) => t.isUserEvent('outside'))) latest.current.onChange?.(u.state.doc.toString())
          if (u.focusChanged && !u.view.hasFocus) latest.current.onBlur?.()
          const at = u.state.doc.lineAt(u.state.selection.main.head).number
          if (at !== line.current) {
            line.current = at
            if (u.view.hasFocus) latest.current.onLine?.(at)
          }
        }),
        first.extra ?? [],
      ],
    })
    view.current = v
    if (first.autoFocus) v.focus()
    return () => v.destroy()
    // The theme that changes later is handled below.
  }, [])

  useEffect(() => view.current?.dispatch({ effects: parts.current.look.reconfigure(codeLook(dark)) }), [dark])
  useEffect(() => view.current?.dispatch({ effects: parts.current.syntax.reconfigure(syntaxes[props.syntax ?? 'text']()) }), [props.syntax])
  useEffect(() => view.current?.dispatch({ effects: parts.current.mode.reconfigure(mode(props)) }), [!props.onChange, props.wrap])
  useEffect(() => {
    const v = view.current
    if (!v || v.state.doc.toString() === props.value) return
    v.dispatch({ changes: smallest(v.state.doc.toString(), props.value), userEvent: 'outside' })
  }, [props.value])
  useEffect(() => {
    const v = view.current
    if (v) v.dispatch({ effects: parts.current.marks.reconfigure(marked(v, props.marks ?? [])) })
  }, [props.marks, props.value])
  useImperativeHandle(props.handle, () => ({
    show(line) {
      const v = view.current
      if (!v || line < 1 || line > v.state.doc.lines) return
      v.dispatch({ effects: EditorView.scrollIntoView(v.state.doc.line(line).from, { y: 'center' }) })
    },
    reveal(line, column = 1) {
      const v = view.current
      if (!v) return
      const l = v.state.doc.line(Math.min(Math.max(line, 1), v.state.doc.lines))
      const at = Math.min(l.from + Math.max(column - 1, 0), l.to)
      v.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: 'center' }) })
      v.focus()
    },
    focus: () => view.current?.focus(),
  }))
  return <div ref={host} className="code" style={{ height: props.height ?? '240px' }} />
}

function mode(p: Props): Extension {
  return [p.wrap ? EditorView.lineWrapping : [], p.onChange ? [] : [EditorState.readOnly.of(true), EditorView.editable.of(false), EditorView.contentAttributes.of({ tabindex: '0' })]]
}

// marked underlays lines that have a problem, and says it on hover.
function marked(v: EditorView, marks: { line: number; message: string }[]): Extension {
  const lines = new Map(marks.filter((m) => m.line >= 1 && m.line <= v.state.doc.lines).map((m) => [m.line, m.message]))
  const sorted = [...lines].sort(([a], [b]) => a - b)
  return EditorView.decorations.of(Decoration.set(sorted.map(([line, message]) => Decoration.line({ class: 'cm-wrong', attributes: { title: message } }).range(v.state.doc.line(line).from))))
}

// smallest is the one change that turns a text into another: the cursor stays
// where it is.
export function smallest(from: string, to: string) {
  let start = 0
  const most = Math.min(from.length, to.length)
  while (start < most && from[start] === to[start]) start++
  let end = 0
  while (end < most - start && from[from.length - 1 - end] === to[to.length - 1 - end]) end++
  return { from: start, to: from.length - end, insert: to.slice(start, to.length - end) }
}
