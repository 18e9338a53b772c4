import { useCallback, useMemo, useState } from 'react'

// Selection is what is chosen on the canvas.
export interface Selection {
  tasks: ReadonlySet<string>
  edges: ReadonlySet<string>
  found: string // the task that a search found
  only: string | undefined // the one task that is chosen, when it is one
  choose: (tasks: string[]) => void
  find: (task: string) => void
  changeTasks: (changes: [string, boolean][]) => void
  changeEdges: (changes: [string, boolean][]) => void
  clear: () => void
}

function changed(set: ReadonlySet<string>, changes: [string, boolean][]): ReadonlySet<string> {
  const next = new Set(set)
  for (const [id, on] of changes) {
    if (on) next.add(id)
    else next.delete(id)
  }
  return next
}

export function useSelection(): Selection {
  const [tasks, setTasks] = useState<ReadonlySet<string>>(new Set())
  const [edges, setEdges] = useState<ReadonlySet<string>>(new Set())
  const [found, setFound] = useState('')
  const choose = useCallback((names: string[]) => {
    setTasks(new Set(names))
    setEdges(new Set())
    setFound('')
  }, [])
  const find = useCallback((task: string) => {
    setTasks(new Set([task]))
    setEdges(new Set())
    setFound(task)
  }, [])
  const changeTasks = useCallback((changes: [string, boolean][]) => {
    setFound('')
    setTasks((s) => changed(s, changes))
  }, [])
  const changeEdges = useCallback((changes: [string, boolean][]) => setEdges((s) => changed(s, changes)), [])
  const clear = useCallback(() => choose([]), [choose])
  const only = tasks.size === 1 && edges.size === 0 ? [...tasks][0] : undefined
  return useMemo(() => ({ tasks, edges, found, only, choose, find, changeTasks, changeEdges, clear }), [tasks, edges, found, only, choose, find, changeTasks, changeEdges, clear])
}
