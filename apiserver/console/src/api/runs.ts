import { call, collection, type Listed } from './call'
import { api, data, type Schemas } from './client'

// What runs: instances, attempts, logs, schedules, backfills, statistics.

export type Counts = Record<string, number>
export type Instance = Schemas['Instance']
export type InstanceDetail = Schemas['InstanceDetail']
export type TaskInstance = Schemas['TaskInstance']
export type GraphNode = Schemas['GraphNode']
export type LogRange = Schemas['LogRange']
export type History = Schemas['History']
export type Schedule = Schemas['Schedule']
export type Fire = Schemas['Fire']
export type ScheduleInput = Schemas['ScheduleInput']
export type Backfill = Schemas['Backfill']
export type BackfillDetail = Schemas['BackfillDetail']
export type Statistics = Schemas['Statistics']
export type Calendar = Schemas['Calendar']
export type CalendarInput = Schemas['CalendarInput']
export type Member = Schemas['Member']
export type Feed<T> = Omit<Listed<T>, 'total'>

// InstanceAction is what may be done with an instance, or with a task of it.
export type InstanceAction = Schemas['InstanceAction']['action'] | 'DELETE'

// InstanceFilter is what lists of instances are narrowed by; project is the
// name, of lists over all.
export interface InstanceFilter {
  workflow?: number
  state?: string[]
  from?: string
  to?: string
  search?: string
  user?: string
  project?: string
}

const at = (project: string | number, id: string | number) => ({ project: String(project), instance: Number(id) })
const address = (project: string | number) => `/api/v1/projects/${encodeURIComponent(project)}`

// instances lists those of a project, or of all that the caller sees.
export function instances(project: string, filter: InstanceFilter, page: { cursor?: string; limit: number }): Promise<Feed<Instance>> {
  const { project: of, ...narrow } = filter
  return project ? data(api.GET('/projects/{project}/instances', { params: { path: { project }, query: { ...narrow, ...page } } })) : data(api.GET('/instances', { params: { query: { ...narrow, project: of, ...page } } }))
}

export const instance = (project: string, id: string) => data(api.GET('/projects/{project}/instances/{instance}', { params: { path: at(project, id) } }))
export const attempts = (project: string, id: string) => data(api.GET('/projects/{project}/instances/{instance}/tasks', { params: { path: at(project, id), query: { all: true } } }))

export async function actOn(project: string | number, id: number, action: InstanceAction, task?: string): Promise<void> {
  const path = at(project, id)
  if (action === 'DELETE') await api.DELETE('/projects/{project}/instances/{instance}', { params: { path } })
  else await api.POST('/projects/{project}/instances/{instance}/actions', { params: { path }, body: { action, task } })
}

export const instanceEvents = (project: string, id: string) => `${address(project)}/instances/${id}/events`

export const taskInstance = (project: string, id: string) => data(api.GET('/projects/{project}/tasks/{task}', { params: { path: { project, task: Number(id) } } }))
export const logRange = (project: string, task: string, offset: number, limit: number) =>
  data(api.GET('/projects/{project}/tasks/{task}/log', { params: { path: { project, task: Number(task) }, query: { offset, limit } } }))
export const logEvents = (project: string, task: string, offset: number) => `${address(project)}/tasks/${task}/log/events?offset=${offset}`
export const logFile = (project: string, task: string) => `${address(project)}/tasks/${task}/log/raw`

export const history = (project: string, workflow: number, limit: number) => data(api.GET('/projects/{project}/workflows/{workflow}/history', { params: { path: { project, workflow: String(workflow) }, query: { limit } } }))

export const schedules = (project: string, query: { workflow?: number; limit?: number; cursor?: string }) => data(api.GET('/projects/{project}/schedules', { params: { path: { project }, query } }))
export const schedule = (project: string, id: string) => data(api.GET('/projects/{project}/schedules/{schedule}', { params: { path: { project, schedule: Number(id) } } }))
export const fires = (project: string, schedule: string, query: { limit?: number; cursor?: string }) =>
  data(api.GET('/projects/{project}/schedules/{schedule}/fires', { params: { path: { project, schedule: Number(schedule) }, query } }))
export const addSchedule = (project: string, workflow: number, body: ScheduleInput) => data(api.POST('/projects/{project}/workflows/{workflow}/schedules', { params: { path: { project, workflow: String(workflow) } }, body }))
export const changeSchedule = (project: string, s: Schedule, body: ScheduleInput) =>
  data(api.PUT('/projects/{project}/schedules/{schedule}', { params: { path: { project, schedule: s.id }, header: { 'If-Match': `"${s.version}"` } }, body }))
export const switchSchedule = (project: string, schedule: number, online: boolean) => data(api.PUT('/projects/{project}/schedules/{schedule}/online', { params: { path: { project, schedule } }, body: { online } }))
export const deleteSchedule = (project: string, schedule: number) => api.DELETE('/projects/{project}/schedules/{schedule}', { params: { path: { project, schedule } } })
export const previewSchedule = (body: Schemas['PreviewInput']) => data(api.POST('/schedules:preview', { body }))

export const backfills = (project: string, query: { limit?: number; cursor?: string }) => data(api.GET('/projects/{project}/backfills', { params: { path: { project }, query } }))
export const backfill = (project: string, id: string) => data(api.GET('/projects/{project}/backfills/{backfill}', { params: { path: { project, backfill: Number(id) } } }))
export const actOnBackfill = (project: string, id: number, action: Schemas['BackfillAction']['action']) =>
  api.POST('/projects/{project}/backfills/{backfill}/actions', { params: { path: { project, backfill: id } }, body: { action } })

export const statistics = (query: { project?: string; from: string; to: string; step: string; apart?: number }) => data(api.GET('/statistics', { params: { query } }))

export const calendars = collection<Calendar, CalendarInput>('/calendars')

export const members = (project: string) => data(api.GET('/projects/{project}/members', { params: { path: { project } } }))
const member = (project: string, user: number) => `/projects/${encodeURIComponent(project)}/members/${user}`
export const setMember = (project: string, user: number, role: Member['role']) => call<Member>('PUT', member(project, user), { body: { role } })
export const removeMember = (project: string, user: number) => call<void>('DELETE', member(project, user))

export const workflow = (project: string, id: string) => data(api.GET('/projects/{project}/workflows/{workflow}', { params: { path: { project, workflow: id } } }))
export const workflowNames = (project: string, search = '') => data(api.GET('/projects/{project}/workflows', { params: { path: { project }, query: { search, limit: 200 } } }))
