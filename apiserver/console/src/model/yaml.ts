import { isMap, isNode, isScalar, isSeq, visit, type Document, type Pair } from 'yaml'

import type { Place, WorkflowDoc } from './document'
import { structure, type Structure } from './source'

export interface Parsed {
  doc?: WorkflowDoc // when the text is a document
  problem?: Place // else
  tasks: TaskLines[]
}

// TaskLines are the first and the last line of a task, counted from 1.
export type TaskLines = [first: number, last: number]

// taskAt gives the index of the task that a line belongs to, -1 for none.
export function taskAt(tasks: TaskLines[], line: number): number {
  return tasks.findIndex(([first, last]) => first <= line && line <= last)
}

const known: { text: string; parsed: Parsed }[] = []

// parseYaml reads a text; of the last few it is known. What a drawing needs must
// be right: names, kinds and who needs whom. The rest is for the server to check.
export function parseYaml(text: string): Parsed {
  return known.find((k) => k.text === text)?.parsed ?? keepParsed(text, readYaml(structure(text)))
}

// keepParsed notes what a text was read as, here or elsewhere.
export function keepParsed(text: string, parsed: Parsed): Parsed {
  known.unshift({ text, parsed })
  known.length = Math.min(known.length, 3)
  return parsed
}

function readYaml(s: Structure): Parsed {
  const { yaml, lines } = s
  const tasks = taskLines(s)
  const error = yaml.errors[0]
  const odd = error ? { at: error.pos[0], message: error.message } : oddity(yaml)
  if (odd) {
    const { line, col } = lines.linePos(odd.at)
    return { tasks, problem: { path: '', message: odd.message, line, column: col } }
  }
  const value: unknown = yaml.toJS()
  const wrong = shape(value)
  if (wrong) return { tasks, problem: { ...wrong, ...placeOf(s, wrong.path) } }
  return { tasks, doc: value as WorkflowDoc }
}

// oddity finds what is YAML but says nothing that could be read.
function oddity(yaml: Document.Parsed): { at: number; message: string } | undefined {
  let found: { at: number; message: string } | undefined
  visit(yaml, {
    Alias(_, node) {
      found = { at: node.range?.[0] ?? 0, message: 'aliases (*name) are not read; write the value itself' }
      return visit.BREAK
    },
    Map(_, map) {
      const keys = new Set<unknown>()
      for (const { key } of map.items) {
        if (!isScalar(key)) continue
        if (keys.has(key.value)) {
          found = { at: key.range?.[0] ?? 0, message: 'Map keys must be unique' }
          return visit.BREAK
        }
        keys.add(key.value)
      }
      return undefined
    },
  })
  return found
}

// steps splits tasks[2].params.rawScript.
export function steps(path: string): (string | number)[] {
  return [...path.matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map(([, index, key]) => (index !== undefined ? Number(index) : (key as string)))
}

// placeOf gives line and column of a path, or of what is nearest above it.
export function placeOf({ yaml, lines }: Structure, path: string): { line: number; column: number } {
  const start = (node: unknown) => {
    const range = isNode(node) ? node.range : undefined
    if (!range) return { line: 0, column: 0 }
    const { line, col } = lines.linePos(range[0])
    return { line, column: col }
  }
  let node: unknown = yaml.contents
  let best = start(node)
  for (const step of steps(path)) {
    let next: unknown
    if (isMap(node)) {
      const pair = (node.items as Pair[]).find((p) => isScalar(p.key) && String(p.key.value) === String(step))
      if (pair) best = start(pair.key)
      next = pair?.value
    } else if (isSeq(node) && typeof step === 'number') {
      next = node.items[step]
      if (next) best = start(next)
    }
    if (!next) break
    node = next
  }
  return best
}

function taskLines({ yaml, lines }: Structure): TaskLines[] {
  const list: unknown = isMap(yaml.contents) ? yaml.contents.get('tasks', true) : undefined
  if (!isSeq(list)) return []
  const line = (at: number) => lines.linePos(at).line
  return list.items.map((item) => {
    const range = isNode(item) ? item.range : undefined
    return range ? [line(range[0]), line(Math.max(range[0], range[2] - 1))] : [0, 0]
  })
}

type Wrong = { path: string; message: string } | undefined

const isObject = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null && !Array.isArray(v)

// shape finds the first thing that keeps a value from being drawn.
function shape(v: unknown): Wrong {
  if (v === null || v === undefined) return { path: '', message: 'the document is empty' }
  if (!isObject(v)) return { path: '', message: 'a workflow is a list of fields like name and tasks' }
  if (v.name !== undefined && typeof v.name !== 'string') return { path: 'name', message: 'the name is no text; write it in quotes' }
  if (v.params != null) {
    const wrong = namedList(v.params, 'params')
    if (wrong) return wrong
  }
  const layout = v.layout
  if (layout != null && (!isObject(layout) || Object.values(layout).some((p) => !isObject(p) || typeof p.x !== 'number' || typeof p.y !== 'number')))
    return { path: 'layout', message: 'a layout has x and y for each task' }
  if (v.tasks == null) return undefined
  return namedList(v.tasks, 'tasks') ?? tasksShape(v.tasks as Record<string, unknown>[])
}

function namedList(v: unknown, path: string): Wrong {
  if (!Array.isArray(v)) return { path, message: `${path} is a list` }
  for (const [i, item] of v.entries()) {
    if (!isObject(item)) return { path: `${path}[${i}]`, message: 'it has no fields' }
    if (typeof item.name !== 'string') return { path: `${path}[${i}].name`, message: item.name == null ? 'it has no name' : 'the name is no text; write it in quotes' }
  }
  return undefined
}

function tasksShape(tasks: Record<string, unknown>[]): Wrong {
  const seen = new Set<unknown>()
  for (const [i, task] of tasks.entries()) {
    const at = `tasks[${i}]`
    if (seen.has(task.name)) return { path: `${at}.name`, message: `two tasks are called ${String(task.name)}` }
    seen.add(task.name)
    if (typeof task.kind !== 'string') return { path: `${at}.kind`, message: 'it has no kind' }
    if (task.needs != null && (!Array.isArray(task.needs) || task.needs.some((n) => typeof n !== 'string'))) return { path: `${at}.needs`, message: 'needs is a list of names of tasks' }
    for (const key of ['params', 'retry', 'timeout', 'taskGroup', 'subWorkflow', 'dependent', 'conditions', 'switch'])
      if (task[key] != null && !isObject(task[key])) return { path: `${at}.${key}`, message: `${key} has fields of its own` }
    if (task.inputs != null) {
      const wrong = namedList(task.inputs, `${at}.inputs`)
      if (wrong) return wrong
    }
    const wrong = logicShape(task, at)
    if (wrong) return wrong
  }
  return undefined
}

function logicShape(task: Record<string, unknown>, at: string): Wrong {
  for (const key of ['dependent', 'conditions'] as const) {
    const v = task[key] as Record<string, unknown> | undefined
    if (v == null) continue
    const groups = v.groups ?? []
    const fits = Array.isArray(groups) && groups.every((g) => isObject(g) && (g.items == null || (Array.isArray(g.items) && g.items.every(isObject))))
    if (!fits) return { path: `${at}.${key}.groups`, message: 'groups is a list, each with a list of items' }
    for (const branch of ['success', 'failed']) if (v[branch] != null && !Array.isArray(v[branch])) return { path: `${at}.${key}.${branch}`, message: `${branch} is a list of names of tasks` }
  }
  const cases = (task.switch as Record<string, unknown> | undefined)?.cases
  if (cases != null && (!Array.isArray(cases) || !cases.every(isObject))) return { path: `${at}.switch.cases`, message: 'cases is a list' }
  return undefined
}
