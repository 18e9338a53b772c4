// The workflow document: what the editor edits, as text, as a form and as a
// drawing. Its fields are those of the YAML.

export interface Point {
  x: number
  y: number
}

export interface Param {
  name: string
  value?: string
  type?: string // empty: VARCHAR
  direction?: string // empty: IN
}

export interface DependentItem {
  project?: string
  workflow: string
  task?: string
  cycle: string
  date: string
}

export interface ConditionItem {
  task: string
  status: string // SUCCESS or FAILURE
}

export interface Group<Item> {
  relation?: string // empty: AND
  items: Item[]
}

export interface Dependent {
  relation?: string
  groups: Group<DependentItem>[]
  checkInterval?: string
  failureWait?: string
}

export interface Conditions {
  relation?: string
  groups: Group<ConditionItem>[]
  success?: string[]
  failed?: string[]
  verdict?: boolean
}

export interface Switch {
  cases?: { when: string; next: string }[]
  default?: string
}

// Task is a node. Params are its kind's own; of the last four at most one is
// there.
export interface Task {
  name: string
  kind: string
  needs?: string[]
  description?: string
  disabled?: boolean
  priority?: string
  workerGroup?: string
  environment?: string
  retry?: { times: number; interval?: string }
  delay?: string
  timeout?: { after: string; action?: string }
  onLost?: string
  taskGroup?: { id: number; priority?: number }
  inputs?: Param[]
  params?: Record<string, unknown>
  subWorkflow?: { project?: string; workflow: string }
  dependent?: Dependent
  conditions?: Conditions
  switch?: Switch
}

export interface WorkflowDoc {
  name: string
  description?: string
  folder?: string
  labels?: Record<string, string>
  tenant?: string
  online?: boolean
  timeout?: string
  policy?: string
  params?: Param[]
  tasks?: Task[]
  layout?: Record<string, Point>
  schedules?: Record<string, unknown>[]
}

// Place is a problem and where it is: path like tasks[2].params.rawScript,
// line and column from 1, 0 when unknown.
export interface Place {
  path: string
  message: string
  line: number
  column: number
}

// Kinds whose meaning the scheduler itself knows.
export const SUB_WORKFLOW = 'SUB_WORKFLOW'
export const DEPENDENT = 'DEPENDENT'
export const CONDITIONS = 'CONDITIONS'
export const SWITCH = 'SWITCH'

const orders = {
  document: ['name', 'description', 'folder', 'labels', 'tenant', 'online', 'timeout', 'policy', 'params', 'tasks', 'layout', 'schedules'],
  task: [
    'name', 'kind', 'needs', 'description', 'disabled', 'priority', 'workerGroup', 'environment', 'retry', 'delay', 'timeout',
    'onLost', 'taskGroup', 'inputs', 'params', 'subWorkflow', 'dependent', 'conditions', 'switch',
  ],
  param: ['name', 'value', 'type', 'direction'],
  retry: ['times', 'interval'],
  timeout: ['after', 'action'],
  taskGroup: ['id', 'priority'],
  subWorkflow: ['project', 'workflow'],
  dependent: ['relation', 'groups', 'checkInterval', 'failureWait'],
  conditions: ['relation', 'groups', 'success', 'failed', 'verdict'],
  dependentGroup: ['relation', 'items'],
  dependentItem: ['project', 'workflow', 'task', 'cycle', 'date'],
  conditionGroup: ['relation', 'items'],
  conditionItem: ['task', 'status'],
  switch: ['cases', 'default'],
  case: ['when', 'next'],
  point: ['x', 'y'],
  schedule: ['cron', 'timezone', 'start', 'end', 'online', 'misfire', 'calendar', 'failureStrategy', 'priority', 'workerGroup', 'environment', 'warning', 'params'],
  calendar: ['name', 'rule'],
  warning: ['type', 'group'],
}

type Shape = keyof typeof orders

// always are the fields that are written even when they are empty, and what
// they are then.
const always: Partial<Record<Shape, Record<string, unknown>>> = {
  document: { name: '' },
  task: { name: '', kind: '' },
  param: { name: '' },
  retry: { times: 0 },
  timeout: { after: '0s' },
  taskGroup: { id: 0 },
  subWorkflow: { workflow: '' },
  dependent: { groups: [] },
  dependentGroup: { items: [] },
  dependentItem: { workflow: '', cycle: '', date: '' },
  conditions: { groups: [] },
  conditionGroup: { items: [] },
  conditionItem: { task: '', status: '' },
  case: { when: '', next: '' },
  point: { x: 0, y: 0 },
  schedule: { cron: '' },
  calendar: { name: '', rule: '' },
  warning: { type: '' },
}

// telling are fields of the document that mean something when they are empty:
// that there are none from now on.
const telling = ['labels', 'online', 'schedules']

// usual are values that mean the same as none.
const usual: Partial<Record<Shape, Record<string, unknown>>> = {
  document: { policy: 'PARALLEL' },
  task: { priority: 'MEDIUM' },
  param: { type: 'VARCHAR', direction: 'IN' },
}

// durations are fields like 1h30m.
const durations: Partial<Record<Shape, string[]>> = { document: ['timeout'], task: ['delay'], retry: ['interval'], timeout: ['after'], dependent: ['checkInterval', 'failureWait'] }

const parts: Partial<Record<Shape, Record<string, Shape>>> = {
  document: { params: 'param', tasks: 'task', schedules: 'schedule' },
  task: {
    retry: 'retry', timeout: 'timeout', taskGroup: 'taskGroup', inputs: 'param', subWorkflow: 'subWorkflow',
    dependent: 'dependent', conditions: 'conditions', switch: 'switch',
  },
  dependent: { groups: 'dependentGroup' },
  dependentGroup: { items: 'dependentItem' },
  conditions: { groups: 'conditionGroup' },
  conditionGroup: { items: 'conditionItem' },
  switch: { cases: 'case' },
  schedule: { calendar: 'calendar', warning: 'warning' },
}

function isMap(v: unknown): v is Record<string, unknown> {
  return typeof v === 'object' && v !== null && !Array.isArray(v)
}

function isNothing(v: unknown): boolean {
  if (v === undefined || v === null || v === '' || v === false || v === 0) return true
  if (Array.isArray(v)) return v.length === 0
  return isMap(v) && Object.keys(v).length === 0
}

function ordered(v: unknown, what: Shape): unknown {
  if (!isMap(v)) return v
  const known = orders[what]
  const must = always[what] ?? {}
  const out: Record<string, unknown> = {}
  for (const k of [...known, ...Object.keys(v).filter((k) => !known.includes(k))]) {
    const value = fieldOf(what, k, v[k] ?? must[k])
    if (value === undefined || value === null) continue
    const part = parts[what]?.[k]
    const tells = what === 'document' && telling.includes(k) && v[k] != null
    const empty = isNothing(value) && !(part && isMap(value)) // a part that says nothing is there
    if (!(k in must) && !tells && (empty || usual[what]?.[k] === value)) continue
    if (part) out[k] = Array.isArray(value) ? value.map((x) => ordered(x, part)) : ordered(value, part)
    else if (k === 'layout' && what === 'document' && isMap(value)) out[k] = Object.fromEntries(Object.entries(value).map(([n, p]) => [n, ordered(p, 'point')]))
    else out[k] = value
  }
  return out
}

// fieldOf writes durations as the server does; none of nothing.
function fieldOf(what: Shape, key: string, v: unknown): unknown {
  if (typeof v !== 'string' || !durations[what]?.includes(key)) return v
  const text = durationText(v)
  return text === '0s' && !(key in (always[what] ?? {})) ? undefined : text
}

const known = new WeakMap<object, unknown>()

// canonicalTask is a task in its canonical form; the same object for the same.
function canonicalTask(t: Task): unknown {
  let out = known.get(t)
  if (out === undefined) known.set(t, (out = ordered(t, 'task')))
  return out
}

// canonical is the document as the server writes it: fields in their order,
// without those that say nothing. Fields that it does not know stay.
export function canonical(doc: WorkflowDoc): WorkflowDoc {
  const { tasks, ...rest } = doc
  const out = ordered({ ...rest, ...(tasks && { tasks: tasks.length > 0 ? stands : [] }) }, 'document') as WorkflowDoc
  if (out.tasks) out.tasks = tasks!.map(canonicalTask) as Task[]
  return out
}

// stands is where tasks are going to be.
const stands: Task[] = [{ name: '', kind: '' }]

// emptyDocument is where a new workflow begins.
export function emptyDocument(name: string): WorkflowDoc {
  return { name }
}

// tasksOf gives the tasks, none if there are none.
export function tasksOf(doc: WorkflowDoc): Task[] {
  return doc.tasks ?? []
}

// alike says whether two values say the same, in whatever order their keys are.
export function alike(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((x, i) => alike(x, b[i]))
  if (!isMap(a) || !isMap(b)) return false
  const keys = (v: Record<string, unknown>) => Object.keys(v).filter((k) => v[k] !== undefined)
  const of = keys(a)
  return of.length === keys(b).length && of.every((k) => b[k] !== undefined && alike(a[k], b[k]))
}

const sizes: Record<string, number> = { ns: 1, us: 1e3, µs: 1e3, μs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 }
const one = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g

// nanoseconds reads a duration like 1h30m or 500ms; undefined: it is none.
function nanoseconds(text: string): number | undefined {
  if (text === '0') return 0
  if (!/^[-+]?((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+$/.test(text)) return undefined
  let sum = 0
  for (const [, n, unit] of text.matchAll(one)) sum += Number(n) * (sizes[unit ?? ''] ?? 0)
  return Math.trunc(text.startsWith('-') ? -sum : sum)
}

// seconds reads a duration; undefined: it is none.
export function seconds(text: string): number | undefined {
  const ns = nanoseconds(text)
  return ns === undefined ? undefined : ns / 1e9
}

// durationText writes a duration as the server does; what is none stays.
function durationText(text: string): string {
  const ns = nanoseconds(text)
  if (ns === undefined || !Number.isSafeInteger(ns)) return text
  const whole = Math.abs(ns)
  if (whole === 0) return '0s'
  const sign = ns < 0 ? '-' : ''
  for (const [unit, size] of [['ns', 1], ['µs', 1e3], ['ms', 1e6]] as const) if (whole < (size === 1 ? 1e3 : size * 1e3)) return `${sign}${whole / size}${unit}`
  const h = Math.floor(whole / 3600e9)
  const m = Math.floor((whole % 3600e9) / 60e9)
  const s = (whole % 60e9) / 1e9
  return sign + (h > 0 ? `${h}h` : '') + (m > 0 || (h > 0 && s > 0) ? `${m}m` : '') + (s > 0 ? `${s}s` : '')
}
