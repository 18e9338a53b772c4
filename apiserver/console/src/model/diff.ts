import { alike, canonical, tasksOf, type Task, type WorkflowDoc } from './document'

export type Change = 'ADDED' | 'REMOVED' | 'CHANGED'

export interface Difference {
  tasks: { name: string; change: Change; fields: string[] }[]
  edges: { added: [string, string][]; removed: [string, string][] }
  fields: string[] // of the document itself
}

function fieldsThatDiffer(a: object, b: object, without: string[]): string[] {
  const all = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...all].filter((k) => !without.includes(k) && !alike((a as Record<string, unknown>)[k], (b as Record<string, unknown>)[k]))
}

function edgesOf(tasks: Task[]): [string, string][] {
  return tasks.flatMap((t) => (t.needs ?? []).map((n): [string, string] => [n, t.name]))
}

// difference says what has to change to get from one document to another.
// Where tasks are drawn is no difference.
export function difference(from: WorkflowDoc, to: WorkflowDoc): Difference {
  const a = canonical(from)
  const b = canonical(to)
  const before = new Map(tasksOf(a).map((t) => [t.name, t]))
  const after = new Map(tasksOf(b).map((t) => [t.name, t]))
  const tasks: Difference['tasks'] = []
  for (const [name, t] of after) {
    const old = before.get(name)
    if (!old) tasks.push({ name, change: 'ADDED', fields: [] })
    else {
      const fields = fieldsThatDiffer(old, t, ['needs'])
      if (fields.length > 0) tasks.push({ name, change: 'CHANGED', fields })
    }
  }
  for (const name of before.keys()) if (!after.has(name)) tasks.push({ name, change: 'REMOVED', fields: [] })
  const key = (e: [string, string]) => JSON.stringify(e)
  const had = new Set(edgesOf([...before.values()]).map(key))
  const has = new Set(edgesOf([...after.values()]).map(key))
  const only = (x: Set<string>, y: Set<string>) => [...x].filter((k) => !y.has(k)).map((k) => JSON.parse(k) as [string, string])
  return { tasks, edges: { added: only(has, had), removed: only(had, has) }, fields: fieldsThatDiffer(a, b, ['tasks', 'layout']) }
}

// isSame says whether there is nothing to tell.
export function isSame(d: Difference): boolean {
  return d.tasks.length + d.fields.length + d.edges.added.length + d.edges.removed.length === 0
}
