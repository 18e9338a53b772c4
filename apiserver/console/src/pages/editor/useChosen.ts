import { useEffect, useRef } from 'react'
import { useSearchParams } from 'react-router'

import type { WorkflowDoc } from '../../model/document'
import { namesOf, taskNamed } from '../../model/operations'
import type { Selection } from './selection'

// useChosen keeps the chosen task in the address, and what is chosen to what is
// there.
export function useChosen(doc: WorkflowDoc, loaded: boolean, selection: Selection, reveal: (task: string) => void) {
  const [search, setSearch] = useSearchParams()
  const wanted = search.get('task')
  const begun = useRef(false)
  useEffect(() => {
    if (!loaded || begun.current) return
    begun.current = true
    if (wanted && taskNamed(doc, wanted)) {
      selection.find(wanted)
      setTimeout(() => reveal(wanted), 100)
    }
  }, [loaded, wanted, doc, selection, reveal])
  useEffect(() => {
    if (!begun.current || (selection.only ?? null) === wanted) return
    setSearch((s) => (selection.only === undefined ? s.delete('task') : s.set('task', selection.only), s), { replace: true })
  }, [selection.only]) // eslint-disable-line

  // What was chosen and is gone, by an undo or in the text, is chosen no more.
  useEffect(() => {
    if (selection.tasks.size === 0) return
    const names = namesOf(doc)
    if ([...selection.tasks].some((n) => !names.has(n))) selection.choose([...selection.tasks].filter((n) => names.has(n)))
  }, [doc, selection])
}
