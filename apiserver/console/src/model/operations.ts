import { CONDITIONS, SWITCH, tasksOf, type Conditions, type Point, type Task, type WorkflowDoc } from './document'

// All operations leave the document as it is and give a new one, which shares
// what has not changed.

// taskNamed finds a task.
export function taskNamed(doc: WorkflowDoc, name: string): Task | undefined {
  return tasksOf(doc).find((t) => t.name === name)
}

// freeName gives base, or base_2, base_3..., whichever no task has.
export function freeName(taken: Set<string>, base: string): string {
  if (!taken.has(base)) return base
  const stem = base.replace(/_\d+$/, '')
  for (let n = 2; ; n++) if (!taken.has(`${stem}_${n}`)) return `${stem}_${n}`
}

export function namesOf(doc: WorkflowDoc): Set<string> {
  return new Set(tasksOf(doc).map((t) => t.name))
}

function whole(p: Point): Point {
  return { x: Math.round(p.x), y: Math.round(p.y) }
}

// addTask puts a task at the end of the list.
export function addTask(doc: WorkflowDoc, task: Task, at?: Point): WorkflowDoc {
  const next = { ...doc, tasks: [...tasksOf(doc), task] }
  return at ? { ...next, layout: { ...doc.layout, [task.name]: whole(at) } } : next
}

// updateTask replaces a task; its name stays.
export function updateTask(doc: WorkflowDoc, name: string, change: (t: Task) => Task): WorkflowDoc {
  return { ...doc, tasks: tasksOf(doc).map((t) => (t.name === name ? { ...change(t), name } : t)) }
}

// references changes every name of a task within a task: undefined drops it.
function references(t: Task, to: (name: string) => string | undefined): Task {
  const list = (names: string[] | undefined) => {
    if (!names) return names
    const next = names.map(to)
    return next.every((n, i) => n === names[i]) ? names : next.filter((n): n is string => n !== undefined)
  }
  const needs = list(t.needs)
  let next = needs === t.needs ? t : { ...t, needs }
  if (t.conditions) {
    const c = t.conditions
    const groups = (c.groups ?? []).map((g) => {
      const items = (g.items ?? []).flatMap((it) => {
        const task = to(it.task)
        return task === undefined ? [] : task === it.task ? [it] : [{ ...it, task }]
      })
      return items.length === g.items?.length && items.every((it, i) => it === g.items[i]) ? g : { ...g, items }
    })
    const changed: Conditions = { ...c, groups, success: list(c.success), failed: list(c.failed) }
    if (changed.success !== c.success || changed.failed !== c.failed || groups.some((g, i) => g !== c.groups[i])) next = { ...next, conditions: tidy(changed) }
  }
  if (t.switch) {
    const s = t.switch
    const cases = s.cases?.map((k) => (k.next && to(k.next) !== k.next ? { ...k, next: to(k.next) ?? '' } : k))
    const other = s.default ? (to(s.default) ?? '') : s.default
    if (other !== s.default || cases?.some((k, i) => k !== s.cases?.[i])) next = { ...next, switch: tidy({ ...s, cases, default: other }) }
  }
  return next
}

// tidy drops fields that are undefined.
export function tidy<T extends object>(v: T): T {
  return Object.fromEntries(Object.entries(v).filter(([, x]) => x !== undefined)) as T
}

// removeTasks takes tasks away, with everything that names them.
export function removeTasks(doc: WorkflowDoc, names: Iterable<string>): WorkflowDoc {
  const gone = new Set(names)
  if (gone.size === 0) return doc
  const tasks = tasksOf(doc)
    .filter((t) => !gone.has(t.name))
    .map((t) => references(t, (n) => (gone.has(n) ? undefined : n)))
  if (!doc.layout) return { ...doc, tasks }
  return { ...doc, tasks, layout: Object.fromEntries(Object.entries(doc.layout).filter(([n]) => !gone.has(n))) }
}

// renameTask renames a task wherever it is named. A name that another task has
// changes nothing.
export function renameTask(doc: WorkflowDoc, from: string, to: string): WorkflowDoc {
  if (from === to || namesOf(doc).has(to)) return doc
  const tasks = tasksOf(doc).map((t) => {
    const next = references(t, (n) => (n === from ? to : n))
    return t.name === from ? { ...next, name: to } : next
  })
  if (!doc.layout || !(from in doc.layout)) return { ...doc, tasks }
  return { ...doc, tasks, layout: Object.fromEntries(Object.entries(doc.layout).map(([n, p]) => [n === from ? to : n, p])) }
}

export type Refusal = 'self' | 'twice' | 'cycle' | 'unknown'

// refusesEdge says why to cannot wait for from; undefined: it can.
export function refusesEdge(doc: WorkflowDoc, from: string, to: string): Refusal | undefined {
  if (from === to) return 'self'
  const byName = new Map(tasksOf(doc).map((t) => [t.name, t]))
  const target = byName.get(to)
  if (!target || !byName.has(from)) return 'unknown'
  if (target.needs?.includes(from)) return 'twice'
  const open = [from]
  const seen = new Set(open)
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (name === to) return 'cycle'
    for (const need of byName.get(name)?.needs ?? []) {
      if (seen.has(need)) continue
      seen.add(need)
      open.push(need)
    }
  }
  return undefined
}

// connect makes a task wait for another. The first successor of conditions is
// where they hold, the second where they fail; a switch gets a case. An edge
// that is refused changes nothing.
export function connect(doc: WorkflowDoc, from: string, to: string): WorkflowDoc {
  if (refusesEdge(doc, from, to)) return doc
  const tasks = tasksOf(doc).map((t) => {
    if (t.name === to) return { ...t, needs: [...(t.needs ?? []), from] }
    return t.name === from ? branchTo(t, to) : t
  })
  return { ...doc, tasks }
}

function branchTo(t: Task, to: string): Task {
  if (t.kind === CONDITIONS) {
    const c = t.conditions ?? { groups: [] }
    if (!c.success?.length) return { ...t, conditions: { ...c, success: [to] } }
    if (!c.failed?.length) return { ...t, conditions: { ...c, failed: [to] } }
    return { ...t, conditions: { ...c, success: [...c.success, to] } }
  }
  if (t.kind === SWITCH) {
    const s = t.switch ?? {}
    if (!s.default && s.cases?.length) return { ...t, switch: { ...s, default: to } }
    return { ...t, switch: { ...s, cases: [...(s.cases ?? []), { when: '', next: to }] } }
  }
  return t
}

// disconnect takes edges away, and the branches along them.
export function disconnect(doc: WorkflowDoc, edges: readonly (readonly [string, string])[]): WorkflowDoc {
  if (edges.length === 0) return doc
  const into = new Map<string, Set<string>>()
  const outOf = new Map<string, Set<string>>()
  for (const [from, to] of edges) {
    into.set(to, (into.get(to) ?? new Set()).add(from))
    outOf.set(from, (outOf.get(from) ?? new Set()).add(to))
  }
  const tasks = tasksOf(doc).map((t) => {
    const cut = into.get(t.name)
    const left = outOf.get(t.name)
    let next = cut && t.needs?.some((n) => cut.has(n)) ? { ...t, needs: t.needs.filter((n) => !cut.has(n)) } : t
    if (left && next.conditions) {
      const c = next.conditions
      next = { ...next, conditions: tidy({ ...c, success: c.success?.filter((n) => !left.has(n)), failed: c.failed?.filter((n) => !left.has(n)) }) }
    }
    if (left && next.switch) {
      const s = next.switch
      next = { ...next, switch: tidy({ ...s, cases: s.cases?.filter((k) => !left.has(k.next)), default: s.default && left.has(s.default) ? undefined : s.default }) }
    }
    return next
  })
  return { ...doc, tasks }
}

// moveTasks notes where tasks are drawn.
export function moveTasks(doc: WorkflowDoc, places: Record<string, Point>): WorkflowDoc {
  const layout = { ...doc.layout }
  for (const [name, p] of Object.entries(places)) layout[name] = whole(p)
  return { ...doc, layout }
}

// successorsOf lists who waits for a task.
export function successorsOf(doc: WorkflowDoc, name: string): string[] {
  return tasksOf(doc).filter((t) => t.needs?.includes(name)).map((t) => t.name)
}

// Clip is what the clipboard holds: tasks and where they were.
export interface Clip {
  porpoise: 'tasks'
  tasks: Task[]
  layout: Record<string, Point>
}

// copyTasks gives tasks for the clipboard, without edges to tasks outside.
export function copyTasks(doc: WorkflowDoc, names: Iterable<string>, places: Record<string, Point> = {}): Clip {
  const chosen = new Set(names)
  const tasks = tasksOf(doc)
    .filter((t) => chosen.has(t.name))
    .map((t) => references(t, (n) => (chosen.has(n) ? n : undefined)))
  const layout: Record<string, Point> = {}
  for (const t of tasks) {
    const at = places[t.name] ?? doc.layout?.[t.name]
    if (at) layout[t.name] = whole(at)
  }
  return { porpoise: 'tasks', tasks, layout }
}

// readClip reads a clipboard; undefined: it holds no tasks.
export function readClip(text: string): Clip | undefined {
  if (!text.trimStart().startsWith('{')) return undefined
  try {
    const v = JSON.parse(text) as Partial<Clip>
    const fits = v.porpoise === 'tasks' && Array.isArray(v.tasks) && v.tasks.every((t) => typeof t?.name === 'string' && typeof t.kind === 'string' && (t.needs === undefined || Array.isArray(t.needs)))
    return fits ? { porpoise: 'tasks', tasks: v.tasks as Task[], layout: v.layout ?? {} } : undefined
  } catch {
    return undefined
  }
}

// pasteTasks adds tasks under names that are free, and says which. With at,
// their upper left corner is there.
export function pasteTasks(doc: WorkflowDoc, clip: Clip, at?: Point): { doc: WorkflowDoc; names: string[] } {
  const taken = namesOf(doc)
  const names = new Map<string, string>()
  for (const t of clip.tasks) {
    const name = freeName(taken, t.name)
    taken.add(name)
    names.set(t.name, name)
  }
  const points = Object.values(clip.layout)
  const corner = { x: Math.min(...points.map((p) => p.x)), y: Math.min(...points.map((p) => p.y)) }
  const layout = { ...doc.layout }
  for (const [old, p] of Object.entries(clip.layout)) {
    const name = names.get(old)
    if (name) layout[name] = whole(at ? { x: at.x + p.x - corner.x, y: at.y + p.y - corner.y } : { x: p.x + 40, y: p.y + 40 })
  }
  const tasks = clip.tasks.map((t) => ({ ...references(t, (n) => names.get(n)), name: names.get(t.name) ?? t.name }))
  return { doc: { ...doc, tasks: [...tasksOf(doc), ...tasks], ...(Object.keys(layout).length > 0 ? { layout } : {}) }, names: [...names.values()] }
}
