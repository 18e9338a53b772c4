import { isAlias, isMap, isNode, isScalar, isSeq, visit, type Document, type LineCounter, type Node, type Pair } from 'yaml'

import type { Place, WorkflowDoc } from './document'
import { structure, type Structure } from './source'

export interface Parsed {
  doc?: WorkflowDoc // when the text is a document
  problem?: Place // else
  places: Places
}

// Places finds lines of a text.
export interface Places {
  // at gives line and column of a path, or of what is nearest above it.
  at: (path: string) => { line: number; column: number }
  // taskAt gives the index of the task that a line belongs to, -1 for none.
  taskAt: (line: number) => number
}

// parseYaml reads a text. What a drawing needs must be right: names, kinds and
// who needs whom. The rest is for the server to check.
export function parseYaml(text: string): Parsed {
  const s = structure(text)
  let parsed = known.get(s)
  if (!parsed) known.set(s, (parsed = readYaml(s)))
  return parsed
}

const known = new WeakMap<Structure, Parsed>()

function readYaml({ yaml, lines }: Structure): Parsed {
  const places = placesIn(yaml, lines)
  const error = yaml.errors[0]
  if (error) {
    const { line, col } = lines.linePos(error.pos[0])
    return { places, problem: { path: '', message: error.message, line, column: col } }
  }
  let alias: Node | undefined
  visit(yaml, (_, node) => (isAlias(node) ? ((alias = node), visit.BREAK) : undefined))
  if (alias) {
    const { line, col } = lines.linePos(alias.range?.[0] ?? 0)
    return { places, problem: { path: '', message: 'aliases (*name) are not read; write the value itself', line, column: col } }
  }
  const value: unknown = yaml.toJS()
  const wrong = shape(value)
  if (wrong) return { places, problem: { ...wrong, ...places.at(wrong.path) } }
  return { places, doc: value as WorkflowDoc }
}

// steps splits tasks[2].params.rawScript.
export function steps(path: string): (string | number)[] {
  return [...path.matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map(([, index, key]) => (index !== undefined ? Number(index) : (key as string)))
}

function placesIn(yaml: Document.Parsed, lines: LineCounter): Places {
  const start = (node: unknown) => {
    const range = isNode(node) ? node.range : undefined
    if (!range) return { line: 0, column: 0 }
    const { line, col } = lines.linePos(range[0])
    return { line, column: col }
  }
  return {
    at(path) {
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
    },
    taskAt(line) {
      const list: unknown = isMap(yaml.contents) ? yaml.contents.get('tasks', true) : undefined
      if (!isSeq(list)) return -1
      return list.items.findIndex((item) => {
        const range = isNode(item) ? item.range : undefined
        return range ? lines.linePos(range[0]).line <= line && line <= lines.linePos(Math.max(range[0], range[2] - 1)).line : false
      })
    },
  }
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
