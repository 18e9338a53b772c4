import { call, collection, type Listed } from './call'

// The nouns of the administration.

export interface Tenant { id: number; code: string; name: string; queueId: number; queue: string; description: string; created?: string | null }
export type TenantInput = Pick<Tenant, 'code' | 'name' | 'queueId' | 'description'>
export interface Queue { id: number; name: string; value: string }
export type QueueInput = Omit<Queue, 'id'>
export interface User { id: number; name: string; email: string; phone: string; admin: boolean; tenantId: number; tenant: string; queue: string; disabled: boolean; created: string | null }
export type UserInput = Omit<User, 'id' | 'created' | 'tenant'> & { password?: string }
export interface Token { id: number; userId: number; user: string; expires: string; created: string | null; value?: string }
export interface TokenInput { userId?: number; expires: string }
export interface WorkerGroup { id: number; name: string; addresses: string[]; workers: string[]; own: boolean }
export type WorkerGroupInput = Pick<WorkerGroup, 'name' | 'addresses'>
export interface Environment { id: number; name: string; description: string; variables: Record<string, string>; workerGroups: string[] }
export type EnvironmentInput = Omit<Environment, 'id'>
export interface SlotUser { taskId: number; task: string; instanceId: number; instance?: string; projectId?: number; project?: string; since?: string | null; priority?: number }
export interface TaskGroup { id: number; project: string; projectId?: number; name: string; description: string; size: number; closed: boolean; used: number; holders?: SlotUser[]; waiting?: SlotUser[] }
export interface TaskGroupInput { project?: string; name: string; description: string; size: number; closed?: boolean }
export interface AlertGroup { id: number; name: string; type: string; description: string; userIds: number[]; channelIds: number[] }
export type AlertGroupInput = Omit<AlertGroup, 'id'>
export interface AlertChannel { id: number; name: string; kind: string; description: string; enabled: boolean; settings: Record<string, string>; groupIds: number[] }
export type AlertChannelInput = Omit<AlertChannel, 'id'>
export interface Field { name: string; secret?: boolean; required?: boolean; values?: string[]; title?: { en: string; zh: string }; help?: { en: string; zh: string } }
export interface DataSource { id: number; name: string; note: string; type: string; connection: Connection; owner: string; ownerId?: number; created: string | null }
export interface Connection { host?: string; port?: number; database?: string; user?: string; principal?: string; connectType?: string; options?: Record<string, string> }
export interface DataSourceInput { name: string; note: string; type: string; connection: Connection; password?: string }
export interface Tested { ok: boolean; message: string; tookMs: number }

export const tenants = collection<Tenant, TenantInput>('/tenants')
export const queues = collection<Queue, QueueInput>('/queues')
export const users = collection<User, UserInput>('/users')
export const tokens = collection<Token, TokenInput>('/tokens')
export const workerGroups = collection<WorkerGroup, WorkerGroupInput>('/worker-groups')
export const environments = collection<Environment, EnvironmentInput>('/environments')
export const taskGroups = collection<TaskGroup, TaskGroupInput>('/task-groups')
export const alertGroups = collection<AlertGroup, AlertGroupInput>('/alert-groups')
export const alertChannels = collection<AlertChannel, AlertChannelInput>('/alert-channels')
export const dataSources = collection<DataSource, DataSourceInput>('/data-sources')

// findWorkflows finds workflows of a project by name.
export const findWorkflows = (project: string, search: string) =>
  call<Listed<{ id: number; name: string }>>('GET', `/projects/${encodeURIComponent(project)}/workflows`, { query: { search, limit: 12 } })

export interface Providers { password: boolean; ldap: boolean; oidc: { name: string; url: string }[] }

export const changePassword = (old: string, next: string) => call<void>('PUT', '/session/password', { body: { old, new: next } })
export const providers = () => call<Providers>('GET', '/session/providers')
