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
  document: ['name', 'description', 'folder', 'labels', 'tenant', 'timeout', 'policy', 'params', 'tasks', 'layout', 'schedules'],
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
  group: ['relation', 'items'],
  item: ['project', 'workflow', 'task', 'cycle', 'date', 'status'],
  switch: ['cases', 'default'],
  case: ['when', 'next'],
  schedule: ['cron', 'timezone', 'start', 'end', 'online', 'misfire'],
}

// always are the fields that are written even when they are empty.
const always: Record<string, string[]> = {
  document: ['name'],
  task: ['name', 'kind'],
  param: ['name'],
  retry: ['times'],
  timeout: ['after'],
  taskGroup: ['id'],
  subWorkflow: ['workflow'],
  dependent: ['groups'],
  conditions: ['groups'],
  group: ['items'],
  item: [],
  switch: [],
  case: ['when', 'next'],
  schedule: ['cron'],
}

// usual are values that mean the same as none.
const usual: Record<string, Record<string, unknown>> = {
  document: { policy: 'PARALLEL', timeout: '0s' },
  task: { priority: 'MEDIUM', delay: '0s' },
  param: { type: 'VARCHAR', direction: 'IN' },
  retry: { interval: '0s' },
  dependent: { checkInterval: '0s', failureWait: '0s' },
}

const parts: Record<string, Record<string, keyof typeof orders>> = {
  document: { params: 'param', tasks: 'task', schedules: 'schedule' },
  task: {
    retry: 'retry', timeout: 'timeout', taskGroup: 'taskGroup', inputs: 'param', subWorkflow: 'subWorkflow',
    dependent: 'dependent', conditions: 'conditions', switch: 'switch',
  },
  dependent: { groups: 'group' },
  conditions: { groups: 'group' },
  group: { items: 'item' },
  switch: { cases: 'case' },
}

function isMap(v: unknown): v is Record<string, unknown> {
  return typeof v === 'object' && v !== null && !Array.isArray(v)
}

function isNothing(v: unknown): boolean {
  if (v === undefined || v === null || v === '' || v === false || v === 0) return true
  if (Array.isArray(v)) return v.length === 0
  return isMap(v) && Object.keys(v).length === 0
}

// sorted orders the keys of values that have no order of their own.
function sorted(v: unknown): unknown {
  if (Array.isArray(v)) return v.map(sorted)
  if (!isMap(v)) return v
  return Object.fromEntries(
    Object.keys(v)
      .sort()
      .filter((k) => v[k] !== undefined)
      .map((k) => [k, sorted(v[k])]),
  )
}

function ordered(v: unknown, what: keyof typeof orders): unknown {
  if (!isMap(v)) return v
  const known = orders[what]
  const keys = [...known.filter((k) => k in v), ...Object.keys(v).filter((k) => !known.includes(k))]
  const out: Record<string, unknown> = {}
  for (const k of keys) {
    const value = v[k]
    if (value === undefined) continue
    const must = always[what]?.includes(k)
    if (!must && (isNothing(value) || usual[what]?.[k] === value)) continue
    const part = parts[what]?.[k]
    if (part) out[k] = Array.isArray(value) ? value.map((x) => ordered(x, part)) : ordered(value, part)
    else out[k] = known.includes(k) || isMap(value) ? sorted(value) : value
  }
  return out
}

// canonical is the document as the server writes it: fields in their order,
// without those that say nothing. Fields that it does not know stay.
export function canonical(doc: WorkflowDoc): WorkflowDoc {
  return ordered(doc, 'document') as WorkflowDoc
}

// emptyDocument is where a new workflow begins.
export function emptyDocument(name: string): WorkflowDoc {
  return { name }
}

// tasksOf gives the tasks, none if there are none.
export function tasksOf(doc: WorkflowDoc): Task[] {
  return doc.tasks ?? []
}

// seconds reads a duration like 1h30m or 500ms; undefined: it is none.
export function seconds(text: string): number | undefined {
  if (text === '0') return 0
  if (!/^[-+]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))*$/.test(text)) return undefined
  const sizes: Record<string, number> = { ns: 1e-9, us: 1e-6, µs: 1e-6, μs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 }
  let sum = 0
  for (const [, n, unit] of text.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)) sum += Number(n) * (sizes[unit ?? ''] ?? 0)
  return text.startsWith('-') ? -sum : sum
}
