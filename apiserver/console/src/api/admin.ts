import { type Schemas } from './client'
import { call, collection, fetchRaw, type Listed } from './call'
import { upload, type Progress } from './upload'

// The nouns of the administration.

export interface Tenant { id: number; code: string; name: string; queueId: number; queue: string; description: string; created?: string | null }
export type TenantInput = Pick<Tenant, 'code' | 'name' | 'queueId' | 'description'>
export interface Queue { id: number; name: string; value: string }
export type QueueInput = Omit<Queue, 'id'>
export interface User { id: number; name: string; email: string; phone: string; admin: boolean; tenantId: number; tenant: string; queue: string; disabled: boolean; created: string | null }
export type UserInput = Omit<User, 'id' | 'created' | 'tenant'> & { password?: string }
export interface Token { id: number; userId: number; user: string; expires: string; created: string | null; value?: string }
export interface TokenInput { userId?: number; expires: string }
export interface WorkerGroup { id: number; name: string; addresses: string[]; workers: number; own: boolean }
export type WorkerGroupInput = Pick<WorkerGroup, 'name' | 'addresses'>
export interface Environment { id: number; name: string; description: string; variables: Record<string, string>; workerGroups: string[] }
export type EnvironmentInput = Omit<Environment, 'id'>
export interface SlotTask { taskId: number; task: string; instanceId: number; projectId: number; submitted: string | null; started: string | null }
export interface TaskGroup { id: number; projectId: number; name: string; description: string; size: number; closed: boolean; used: number; holders?: SlotTask[]; waiting?: SlotTask[] }
export interface TaskGroupInput { projectId?: number; name: string; description: string; size: number; closed?: boolean }
export interface AlertGroup { id: number; name: string; type: string; description: string; userIds: number[]; channelIds: number[] }
export type AlertGroupInput = Omit<AlertGroup, 'id'>
export interface AlertChannel { id: number; name: string; kind: string; description: string; enabled: boolean; settings: Record<string, string>; groupIds: number[] }
export type AlertChannelInput = Omit<AlertChannel, 'id'>
export interface ChannelSetting { name: string; title: Words; required: boolean; secret: boolean; prefix: boolean; choices?: string[] }
export interface DataSource { id: number; name: string; note: string; type: string; connection: Connection; owner: string; ownerId: number; userIds?: number[]; created: string | null }
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

export const projects = collection<Schemas['Project'], Schemas['ProjectInput']>('/projects')

// GrantAPI lets other users use a thing.
export interface GrantAPI {
  path: string
  get: () => Promise<GrantedTo>
  put: (userIds: number[]) => Promise<GrantedTo>
}

export interface GrantedTo { userIds: number[] }

export const grantsOf = (path: string): GrantAPI => ({
  path: `${path}/grants`,
  get: () => call('GET', `${path}/grants`),
  put: (userIds) => call('PUT', `${path}/grants`, { body: { userIds } }),
})

// sourceGrants are those of a data source, which tells them itself.
export const sourceGrants = (id: number): GrantAPI => ({
  ...grantsOf(`/data-sources/${id}`),
  get: async () => ({ userIds: (await dataSources.get(id)).userIds ?? [] }),
})

export const testDataSource = (id: number) => call<Tested>('POST', `/data-sources/${id}/test`)
export const tryDataSource = (body: DataSourceInput) => call<Tested>('POST', '/data-sources:test', { body })
export const databasesOf = (id: number) => call<Listed<string>>('GET', `/data-sources/${id}/databases`)
export const tablesOf = (id: number, database: string) => call<Listed<{ name: string; kind: string }>>('GET', `/data-sources/${id}/tables`, { query: { database } })
export const columnsOf = (id: number, database: string, table: string) =>
  call<Listed<{ name: string; type: string; nullable: boolean }>>('GET', `/data-sources/${id}/columns`, { query: { database, table } })

export interface ChannelKind { kind: string; settings: ChannelSetting[] }
export interface Words { en: string; zh: string }
export interface Delivery {
  id: number; alertId: number; event: string; title: string; projectId: number; instanceId: number; channelId: number; kind: string; address: string; state: string
  attempts: number; repeated: number; lastError: string; nextTry: string | null; created: string | null; ended: string | null
}

export const channelKinds = () => call<Listed<ChannelKind>>('GET', '/alert-channels/kinds')
export const testChannel = (id: number) => call<Tested>('POST', `/alert-channels/${id}/test`)
export const deliveries = collection<Delivery, never>('/alert-deliveries')

export type FileKind = 'FILE' | 'UDF'
export interface Resource {
  id: number; kind: FileKind; parentId: number; fullName: string; name: string; directory: boolean; description: string; size: number; sha256: string; editable: boolean
  owner: string; ownerId: number; created: string | null; updated: string | null
}
export interface UDF { id: number; kind: string; name: string; className: string; argTypes: string; database: string; description: string; resourceId: number; resource: string; ownerId: number; updated: string | null }
export interface UDFInput { kind: string; name: string; className: string; argTypes?: string; database?: string; description?: string; resourceId: number }

export const files = collection<Resource, { name: string; description: string }>('/files')
export const udfs = collection<UDF, UDFInput>('/udfs')

export const listFiles = (query: { kind: FileKind; parent: number; search?: string; limit?: number; cursor?: string }) => files.list(query)

// listFolders gives the folders in a folder.
export async function listFolders(kind: FileKind, parent: number): Promise<Resource[]> {
  const found: Resource[] = []
  let cursor: string | undefined
  do {
    const page = await listFiles({ kind, parent, limit: 1000, cursor })
    found.push(...page.items.filter((r) => r.directory))
    cursor = page.next
  } while (cursor)
  return found
}

const mostFolders = 200

// archives are the files that functions can come from, in all folders.
export const archives = {
  path: '/files#archives',
  async list({ search = '' }: { search?: string }): Promise<Listed<Resource>> {
    const items: Resource[] = []
    const folders = [0]
    for (let i = 0; i < folders.length && i < mostFolders; i++) {
      const { items: inside } = await listFiles({ kind: 'UDF', parent: folders[i] ?? 0, limit: 1000 })
      for (const r of inside) {
        if (r.directory) folders.push(r.id)
        else if (r.fullName.toLowerCase().includes(search.toLowerCase())) items.push(r)
      }
    }
    return { items }
  },
}

// foldersTo gives the folders from the root to one, itself included.
export async function foldersTo(id: number): Promise<Resource[]> {
  const way: Resource[] = []
  for (let at = id; at > 0; ) {
    const folder = await files.get(at)
    way.unshift(folder)
    at = folder.parentId
  }
  return way
}

export const createFolder = (body: { kind: FileKind; parentId: number; name: string; description: string }) => call<Resource>('POST', '/files/folders', { body })

export const uploadFile = (kind: FileKind, folder: number, file: File, onProgress: (p: Progress) => void, signal: AbortSignal, description = '') =>
  upload<Resource>('/files', { kind, parentId: String(folder), name: file.name, description }, file, onProgress, signal)

// createText makes a file of a text.
export const createText = (folder: number, name: string, description: string, content: string) =>
  uploadFile('FILE', folder, new File([content], name), () => {}, new AbortController().signal, description)

// replaceContent puts another content into a file.
export const replaceContent = (id: number, file: File, onProgress: (p: Progress) => void, signal: AbortSignal) =>
  upload<Resource>(`/files/${id}/content`, {}, file, onProgress, signal)

// readContent gives a text and the tag that a change of it must name.
export async function readContent(id: number): Promise<{ text: string; tag: string }> {
  const { data, response } = await fetchRaw<{ content: string }>('GET', `/files/${id}/content`)
  return { text: data?.content ?? '', tag: response.headers.get('ETag') ?? '' }
}

// writeContent replaces a text and gives its new tag.
export async function writeContent(id: number, content: string, tag: string): Promise<string> {
  const { response } = await fetchRaw('PUT', `/files/${id}/content`, { body: { content }, headers: { 'If-Match': tag } })
  return response.headers.get('ETag') ?? ''
}

// ownTokens are those of one person: admins are given everybody's.
export const ownTokens = (user: { id: number; name: string }): typeof tokens => ({
  ...tokens,
  async list(query) {
    const found = await tokens.list({ ...query, search: user.name })
    return { items: found.items.filter((x) => x.userId === user.id), next: found.next }
  },
})

export interface Server { id: string; addr: string; started: string | null; seen: string | null; cpu: number; memory: number; load: number }
export type MasterServer = Server & { shards: number[] }
export type WorkerServer = Server & { groups: string[]; slots: number; running: number; freeBytes: number }
export interface Servers {
  masters: MasterServer[]
  workers: WorkerServer[]
  apiservers: Server[]
  database: { up: boolean; kind: string; schema: number; connections: number; maxConnections: number; roundTripMs: number; sizeBytes: number }
  etcd: { healthy: boolean; members: number; roundTripMs: number }
}
export interface Shard { id: number; owner: string; epoch: number }
export interface OpenCommand {
  id: number; type: string; shard: number; project: number | null; workflowId: number | null; instanceId: number | null; backfillId: number | null; scheduleId: number | null
  userId: number | null; created: string | null; attempts: number; error?: string
}

export const servers = () => call<Servers>('GET', '/servers')
export const shards = () => call<Listed<Shard>>('GET', '/servers/shards')
export const openCommands = () => call<{ waiting: OpenCommand[]; failed: OpenCommand[] }>('GET', '/servers/commands')

export interface AuditEntry {
  id: number; time: string | null; userId: number; user: string; ip: string; action: string; resource: string; resourceId: string; name: string; projectId: number; before?: unknown; after?: unknown
}
export const audit = collection<AuditEntry, never>('/audit')

export interface Retention { projectId: number; instanceDays: number; logDays: number; updated: string | null }
export interface RetentionInput { instanceDays: number; logDays: number }
export interface Expiry { instances: number; tasks: number; alerts: number; fires: number; commands: number }
export const retentions = () => call<Listed<Retention>>('GET', '/retention')
export const setRetention = (project: number, body: RetentionInput) => call<Listed<Retention>>('PUT', project ? `/retention/${project}` : '/retention', { body })
export const deleteRetention = (project: number) => call<void>('DELETE', `/retention/${project}`)
export const tryRetention = (projectId: number, input: RetentionInput) => call<Expiry>('POST', '/retention:dry-run', { body: { ...input, projectId } })
