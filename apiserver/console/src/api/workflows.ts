import type { Place, WorkflowDoc } from '../model/document'
import { call, fetchRaw, type Listed, type Query } from './call'
import type { Schemas } from './client'

// What belongs to the making of workflows: lists, drafts, versions, kinds.

export interface Texts {
  en: string
  zh: string
}

// Schema is the part of JSON Schema that the kinds use for their parameters.
export interface Schema {
  type?: string | string[]
  title?: string
  description?: string
  enum?: unknown[]
  const?: unknown
  default?: unknown
  format?: string
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  pattern?: string
  items?: Schema
  properties?: Record<string, Schema>
  additionalProperties?: boolean | Schema
  required?: string[]
  examples?: unknown[]
  'x-order'?: number
  'x-widget'?: string
  'x-zh'?: { title?: string; description?: string }
  oneOf?: Schema[] // values with titles
  'x-language'?: string // of a script
  'x-required'?: boolean // while it is shown
  'x-when'?: Record<string, unknown[]> // shown only where other fields have one of these values; ../ is the object around
}

export type KindGroup = 'SCRIPT' | 'DATA' | 'BIGDATA' | 'NETWORK' | 'LOGIC'

export type Kind = Omit<Schemas['Kind'], 'schema'> & { schema: Schema | null }

export type WorkflowSchedule = Schemas['WorkflowSchedule']

export type Workflow = Schemas['Workflow']

export type WorkflowDetail = Omit<Schemas['WorkflowDetail'], 'spec'> & { spec: WorkflowDoc }

export type Draft = Schemas['Draft']

export interface Checked {
  valid: boolean
  problems: Place[] | null
  spec?: WorkflowDoc
}

export type Version = Schemas['WorkflowVersion']

export type VersionDetail = Schemas['VersionDetail']

export type Outcome = Schemas['BatchResult']

export type Imported = Schemas['Imported']

const at = (project: string | number) => `/projects/${encodeURIComponent(project)}`
const workflow = (project: string | number, id: number | string) => `${at(project)}/workflows/${encodeURIComponent(id)}`

export const listWorkflows = (project: string, query: Query) => call<Listed<Workflow>>('GET', `${at(project)}/workflows`, { query })
export const getWorkflow = (project: string, id: number | string) => call<WorkflowDetail>('GET', workflow(project, id))
export const createWorkflow = (project: string, body: { document: string } | { name: string }) => call<Workflow>('POST', `${at(project)}/workflows`, { body })
export const removeWorkflow = (project: string, id: number) => call<void>('DELETE', workflow(project, id))
export const copyWorkflow = (project: string, id: number, name?: string) => call<Workflow>('POST', `${workflow(project, id)}/copy`, { body: name ? { name } : {} })
export const setOnline = (project: string, id: number, online: boolean) => call<Workflow>('PUT', `${workflow(project, id)}/online`, { body: { online } })
export const setSorting = (project: string, id: number, body: { folder: string; labels: Record<string, string> }) => call<Workflow>('PUT', `${workflow(project, id)}/sorting`, { body })
export const batch = (project: string, ids: number[], action: string) => call<Outcome>('POST', `${at(project)}/workflows:batch`, { body: { ids, action } })
export const listFolders = (project: string) => call<Listed<{ folder: string; workflows: number }>>('GET', `${at(project)}/folders`)
export const importWorkflows = (project: string, body: { document: string; format: 'yaml' | 'dolphinscheduler'; dryRun: boolean }) => call<Imported>('POST', `${at(project)}/workflows:import`, { body })
export const exportAddress = (project: string, ids: number[]) => `/api/v1${at(project)}/workflows:export?ids=${ids.join(',')}`

export const getDraft = (project: string, id: number | string) => call<Draft>('GET', `${workflow(project, id)}/draft`)
// saveDraft gives the new revision; a Problem with status 412 holds the
// other's draft in extra.current.
export async function saveDraft(project: string, id: number | string, revision: number, document: string): Promise<Draft> {
  const { data, response } = await fetchRaw<Draft>('PUT', `${workflow(project, id)}/draft`, { headers: { 'If-Match': `"${revision}"` }, body: { document } })
  const tag = Number(response.headers.get('ETag')?.replaceAll(/[^0-9]/g, ''))
  return { ...(data as Draft), revision: data?.revision ?? tag }
}
export const dropDraft = (project: string, id: number | string) => call<void>('DELETE', `${workflow(project, id)}/draft`)
export const publish = (project: string, id: number | string, revision: number, comment: string) => call<Workflow>('POST', `${workflow(project, id)}/publish`, { body: { revision, ...(comment ? { comment } : {}) } })
export const check = (project: string, document: string) => call<Checked>('POST', `${at(project)}/workflows:check`, { body: { document } })

export const listVersions = (project: string, id: number | string) => call<Listed<Version>>('GET', `${workflow(project, id)}/versions`)
export const getVersion = (project: string, id: number | string, version: number) => call<VersionDetail>('GET', `${workflow(project, id)}/versions/${version}`)
export const restoreVersion = (project: string, id: number | string, version: number) => call<Draft>('POST', `${workflow(project, id)}/versions/${version}/restore`, { body: {} })

export const listKinds = () => call<Listed<Kind>>('GET', '/kinds')

export type Preview = Omit<Schemas['ParametersInput'], '$schema'>
export const previewParameters = (project: string, body: Preview) => call<{ values: Record<string, string> | null; text: string }>('POST', `${at(project)}/parameters:preview`, { body })

// RunOptions are how a workflow is started: by hand, by a schedule, by a
// backfill.
export type RunOptions = Schemas['RunOptions']
export type Started = Schemas['Started']
export const startRun = (project: string, id: number, body: RunOptions & { scheduleTime?: string }) => call<Started>('POST', `${workflow(project, id)}/runs`, { query: { wait: '5s' }, body })
export type BackfillInput = Schemas['BackfillInput']
export const startBackfill = (project: string, id: number, body: BackfillInput) => call<Started>('POST', `${workflow(project, id)}/backfills`, { query: { wait: '5s' }, body })
