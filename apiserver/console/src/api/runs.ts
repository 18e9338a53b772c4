import { call, collection, type Listed } from './call'

// What runs: instances, attempts, logs, schedules, backfills, statistics.

export type Counts = Record<string, number>

export type InstanceAction = 'STOP' | 'PAUSE' | 'RESUME' | 'RERUN' | 'RERUN_FAILED' | 'RERUN_FROM' | 'FORCE_SUCCESS' | 'DELETE'
export type TaskAction = 'FORCE_SUCCESS' | 'RERUN_FROM' | 'LOG' | 'KILL'

export interface Instance {
  id: number
  name: string
  project: number
  projectName?: string
  workflowId: number
  workflow: string
  version: number
  state: string
  reason?: string
  command?: string
  started: string | null
  ended: string | null
  durationMs: number | null
  scheduleTime: string | null
  runTimes: number
  user: string
  tenant?: string
  workerGroup?: string
  priority?: string
  failureStrategy?: string
  host?: string
  parentId?: number | null
  backfillId?: number | null
  scheduleId?: number | null
  tasks?: { total: number; running: number; success: number; failure: number; waiting: number }
  actions?: InstanceAction[]
}

export interface TaskInstance {
  id: number
  instanceId: number
  instanceName?: string
  task: string
  kind: string
  state: string
  reason?: string
  attempt: number
  retry?: number
  current: boolean
  priority?: string
  workerGroup?: string
  worker?: string
  submitted: string | null
  started: string | null
  ended: string | null
  durationMs: number | null
  exitCode?: number | null
  pid?: number | null
  appLink?: string
  vars?: Record<string, string> | { name: string; value: string }[] | null
  childInstanceId?: number | null
  branch?: string
  dependency?: unknown
  actions?: TaskAction[]
}

export interface GraphNode {
  name: string
  kind: string
  x?: number | null
  y?: number | null
  disabled?: boolean
}

export interface InstanceDetail extends Instance {
  graph: { nodes: GraphNode[]; edges: [string, string][] }
  taskInstances: TaskInstance[]
  params: { name: string; value: string; from: string; source?: string }[]
  waiting: { task: string; why: string }[]
}

export interface LogRange {
  offset: number
  next: number
  text: string
  ended: boolean
  size: number
}

export interface History {
  tasks: string[]
  runs: { id: number; state: string; started: string | null; durationMs: number | null; cells: Record<string, { state: string; durationMs: number | null; id: number }> }[]
}

export interface RunOptions {
  params?: Record<string, string>
  failureStrategy?: string
  priority?: string
  workerGroup?: string
  tenant?: string
  environment?: string
  warning?: { type: string; groupId?: number }
}

export interface Schedule {
  id: number
  workflowId: number
  workflow: string
  cron: string
  timezone: string
  start: string | null
  end: string | null
  online: boolean
  misfire: string
  options: RunOptions
  calendarId: number | null
  calendarRule?: string
  nextDue: string | null
  next: string[]
  version: number
  user: string
  created: string | null
  updated: string | null
}

export interface ScheduleInput {
  cron: string
  timezone: string
  start?: string | null
  end?: string | null
  misfire: string
  options: RunOptions
  calendarId?: number | null
  calendarRule?: string
}

export interface Preview {
  times: string[]
  problems?: ({ message: string } | string)[] | null
}

export interface Backfill {
  id: number
  workflowId?: number
  workflow: string
  state: string
  total: number
  done: number
  failed: number
  order?: string
  parallel?: number
  user?: string
  created?: string | null
  ended?: string | null
  running: number[]
  dates?: { date: string; instanceId: number | null; state: string }[]
  actions?: ('PAUSE' | 'RESUME' | 'STOP')[]
}

export interface Statistics {
  instances: Counts
  tasks: Counts
  series: { at: string; counts: Counts }[]
  running: Instance[]
  failed: Instance[]
  due: { scheduleId: number; workflow: string; workflowId?: number; project: number | string; projectName?: string; at: string }[]
  projects?: { id: number; name: string; instances: Counts }[]
  health: { masters: number; workers: number; apiservers: number; database: boolean; etcd: boolean; problems: string[] }
}

export interface Calendar {
  id: number
  name: string
  description: string
  weekend: number[]
  days: Record<string, boolean>
}

export interface Member {
  userId: number
  userName: string
  role: 'VIEWER' | 'OPERATOR' | 'DEVELOPER' | 'ADMIN'
}

// InstanceFilter is what lists of instances are narrowed by.
export interface InstanceFilter {
  workflow?: string
  state?: string[]
  from?: string
  to?: string
  search?: string
  user?: string
  project?: string
}

const of = (project: string | number) => `/projects/${encodeURIComponent(project)}`

// instances lists those of a project, or of all that the caller sees.
export function instances(project: string, filter: InstanceFilter, page: { cursor?: string; limit: number }): Promise<Listed<Instance>> {
  return call('GET', project ? `${of(project)}/instances` : '/instances', { query: { ...filter, ...page } })
}

export const instance = (project: string, id: string) => call<InstanceDetail>('GET', `${of(project)}/instances/${id}`)
export const attempts = (project: string, id: string) => call<Listed<TaskInstance>>('GET', `${of(project)}/instances/${id}/tasks`, { query: { all: true } })
export const actOn = (project: string | number, id: number, action: InstanceAction, task?: string) =>
  action === 'DELETE' ? call<void>('DELETE', `${of(project)}/instances/${id}`) : call<void>('POST', `${of(project)}/instances/${id}/actions`, { body: { action, task } })
export const instanceEvents = (project: string, id: string) => `/api/v1${of(project)}/instances/${id}/events`

export const taskInstance = (project: string, id: string) => call<TaskInstance>('GET', `${of(project)}/tasks/${id}`)
export const logRange = (project: string, task: string, offset: number, limit: number) => call<LogRange>('GET', `${of(project)}/tasks/${task}/log`, { query: { offset, limit } })
export const logEvents = (project: string, task: string, offset: number) => `/api/v1${of(project)}/tasks/${task}/log/events?offset=${offset}`
export const logFile = (project: string, task: string) => `/api/v1${of(project)}/tasks/${task}/log/raw`

export const history = (project: string, workflow: string | number, limit: number) => call<History>('GET', `${of(project)}/workflows/${workflow}/history`, { query: { limit } })

export const schedules = (project: string, query: { workflow?: string; limit?: number; cursor?: string }) => call<Listed<Schedule>>('GET', `${of(project)}/schedules`, { query })
export const addSchedule = (project: string, workflow: number | string, body: ScheduleInput) => call<Schedule>('POST', `${of(project)}/workflows/${workflow}/schedules`, { body })
export const changeSchedule = (project: string, s: Schedule, body: ScheduleInput) =>
  call<Schedule>('PUT', `${of(project)}/schedules/${s.id}`, { body, headers: { 'If-Match': `"${s.version}"` } })
export const switchSchedule = (project: string, id: number, online: boolean) => call<Schedule>('PUT', `${of(project)}/schedules/${id}/online`, { body: { online } })
export const deleteSchedule = (project: string, id: number) => call<void>('DELETE', `${of(project)}/schedules/${id}`)
export const previewSchedule = (body: Partial<ScheduleInput> & { count: number; from?: string }) => call<Preview>('POST', '/schedules:preview', { body })

export const backfills = (project: string, page: { limit?: number; cursor?: string }) => call<Listed<Backfill>>('GET', `${of(project)}/backfills`, { query: page })
export const backfill = (project: string, id: string) => call<Backfill>('GET', `${of(project)}/backfills/${id}`)
export const actOnBackfill = (project: string, id: number, action: string) => call<void>('POST', `${of(project)}/backfills/${id}/actions`, { body: { action } })

export const statistics = (query: { project?: string; from: string; to: string; step: string }) => call<Statistics>('GET', '/statistics', { query })

export const calendars = collection<Calendar, Omit<Calendar, 'id'>>('/calendars')

export const members = (project: string) => call<Listed<Member>>('GET', `${of(project)}/members`, { query: { limit: 500 } })
export const setMember = (project: string, user: number, role: string) => call<void>('PUT', `${of(project)}/members/${user}`, { body: { role } })
export const removeMember = (project: string, user: number) => call<void>('DELETE', `${of(project)}/members/${user}`)

export interface WorkflowInfo {
  id: number
  name: string
  description: string
  online: boolean
  version: number
  folder?: string
  owner?: string
  updated?: string | null
  labels?: Record<string, string>
  schedules?: { id: number; cron: string; online: boolean; nextDue: string | null }[]
  hasDraft?: boolean
}
export const workflow = (project: string, id: string) => call<WorkflowInfo>('GET', `${of(project)}/workflows/${encodeURIComponent(id)}`)
export const workflowNames = (project: string, search = '') => call<Listed<{ id: number; name: string }>>('GET', `${of(project)}/workflows`, { query: { search, limit: 200 } })
