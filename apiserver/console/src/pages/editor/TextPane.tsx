import { useEffect, useState, type RefObject } from 'react'
import { useTranslation } from 'react-i18next'

import { tasksOf } from '../../model/document'
import { parseYaml, taskAt } from '../../model/yaml'
import { CodeEditor, type CodeHandle } from '../../widgets/CodeEditor'
import { useRested } from '../../widgets/useRested'
import type { Found } from './checks'
import type { Selection } from './selection'
import { textOf, type Editor } from './useEditor'

// Of so many tasks the text is written when the editing rests.
const many = 300

interface Props {
  editor: Editor
  mayEdit: boolean
  beside: boolean // the drawing is in sight too
  selection: Selection
  problems: Found[]
  handle: RefObject<CodeHandle | null>
}

// TextPane edits the workflow as text. Cursor and chosen task follow each other.
export function TextPane({ editor, mayEdit, beside, selection, problems, handle }: Props) {
  const { t } = useTranslation()
  const { now, doc } = editor
  // It is written at once for whoever goes on in it.
  const [writing, setWriting] = useState(false)
  const rested = useRested(now, tasksOf(doc).length > many && !writing ? 350 : 0)
  const text = now.text ?? textOf(rested)
  const lines = () => parseYaml(text).tasks

  useEffect(() => {
    if (!beside || selection.only === undefined) return
    if (document.activeElement?.closest('.cm-editor')) return
    const index = tasksOf(doc).findIndex((k) => k.name === selection.only)
    const at = index >= 0 ? lines()[index] : undefined
    if (at) handle.current?.show(at[0])
  }, [selection.only, beside]) // eslint-disable-line

  function choose(line: number) {
    const task = now.unread ? undefined : tasksOf(doc)[taskAt(lines(), line)]
    if (task && !editor.locked) selection.find(task.name)
  }
  return (
    <div className="text" onFocus={() => setWriting(true)} onBlur={() => setWriting(false)}>
      <CodeEditor
        value={text}
        onChange={mayEdit ? editor.type : undefined}
        undo={editor.undo}
        redo={editor.redo}
        syntax="yaml"
        label={t('editor.yaml')}
        height="100%"
        handle={handle}
        marks={problems}
        onLine={choose}
      />
    </div>
  )
}
