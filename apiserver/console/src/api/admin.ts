import { type Schemas } from './client'
import { call, collection, fetchRaw, type Listed } from './call'
import { upload, type Progress } from './upload'

// The nouns of the administration, as the API's document has them.

export type AlertChannel = Schemas['AlertChannel']
export type AlertChannelInput = Schemas['AlertChannelInput']
export type AlertGroup = Schemas['AlertGroup']
export type AlertGroupInput = Schemas['AlertGroupInput']
export type AuditEntry = Schemas['AuditEntry']
export type ChannelKind = Schemas['ChannelKind']
export type ChannelSetting = Schemas['ChannelSetting']
export type Connection = Schemas['Connection']
export type DataSource = Schemas['DataSource']
export type DataSourceInput = Schemas['DataSourceInput']
export type Delivery = Schemas['AlertDelivery']
export type Environment = Schemas['Environment']
export type EnvironmentInput = Schemas['EnvironmentInput']
export type Expiry = Schemas['Expiry']
export type GrantedTo = Schemas['Grants']
export type MasterServer = Schemas['MasterServer']
export type OpenCommand = Schemas['OpenCommand']
export type Providers = Schemas['Providers']
export type Queue = Schemas['Queue']
export type QueueInput = Schemas['QueueInput']
export type Resource = Schemas['File']
export type Retention = Schemas['Retention']
export type CommonRetention = Schemas['CommonRetention']
export type Server = Schemas['Server']
export type Servers = Schemas['Servers']
export type Shard = Schemas['ShardOwner']
export type SlotTask = Schemas['SlotTask']
export type TaskGroupInput = Schemas['TaskGroupInput']
export type Tenant = Schemas['Tenant']
export type TenantInput = Schemas['TenantInput']
export type Tested = Schemas['Tried']
export type TokenInput = Schemas['TokenInput']
export type UDF = Schemas['UDF']
export type UDFInput = Schemas['UDFInput']
export type User = Schemas['User']
export type UserInput = Schemas['UserInput']
export type WorkerGroup = Schemas['WorkerGroup']
export type WorkerGroupInput = Schemas['WorkerGroupInput']
export type WorkerServer = Schemas['WorkerServer']
export type Token = Schemas['Token'] & Partial<Pick<Schemas['NewToken'], 'value'>>
export type TaskGroup = Schemas['TaskGroupRow'] & Partial<Pick<Schemas['TaskGroupDetail'], 'holders' | 'waiting'>>

export const tenants = collection<Tenant, TenantInput>('/tenants')
export const queues = collection<Queue, QueueInput>('/queues')
export const users = collection<User, UserInput>('/users')
export const tokens = collection<Token, TokenInput>('/tokens')
export const workerGroups = collection<WorkerGroup, WorkerGroupInput>('/worker-groups')
export const environments = collection<Environment, EnvironmentInput>('/environments')
export const taskGroups = collection<TaskGroup, TaskGroupInput>('/task-groups')
export const forceStart = (group: number, taskId: number) => call<void>('POST', `/task-groups/${group}/start`, { body: { taskId } })
export const alertGroups = collection<AlertGroup, AlertGroupInput>('/alert-groups')
export const alertChannels = collection<AlertChannel, AlertChannelInput>('/alert-channels')
export const dataSources = collection<DataSource, DataSourceInput>('/data-sources')

// findWorkflows finds workflows of a project by name.
export const findWorkflows = (project: string, search: string) =>
  call<Listed<{ id: number; name: string }>>('GET', `/projects/${encodeURIComponent(project)}/workflows`, { query: { search, limit: 12 } })

export const changePassword = (old: string, next: string) => call<void>('PUT', '/session/password', { body: { old, new: next } })
export const providers = () => call<Providers>('GET', '/session/providers')

export const projects = collection<Schemas['Project'], Schemas['ProjectInput']>('/projects')

// GrantAPI lets other users use a thing.
export interface GrantAPI {
  path: string
  get: () => Promise<GrantedTo>
  put: (userIds: number[]) => Promise<GrantedTo>
}

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

export const channelKinds = () => call<Listed<ChannelKind>>('GET', '/alert-channels/kinds')
export const testChannel = (id: number) => call<Tested>('POST', `/alert-channels/${id}/test`)
export const deliveries = collection<Delivery, never>('/alert-deliveries')

export type FileKind = 'FILE' | 'UDF'

export const files = collection<Resource, { name: string; description: string; parentId?: number }>('/files')
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

export const servers = () => call<Servers>('GET', '/servers')
export const shards = () => call<Listed<Shard>>('GET', '/servers/shards')
export const openCommands = () => call<{ waiting: OpenCommand[]; failed: OpenCommand[] }>('GET', '/servers/commands')

export const audit = collection<AuditEntry, never>('/audit')

export const retentions = () => call<Listed<Retention>>('GET', '/retention')
export const setRetention = (project: number, body: CommonRetention) => call<Listed<Retention>>('PUT', project ? `/retention/${project}` : '/retention', { body })
export const deleteRetention = (project: number) => call<void>('DELETE', `/retention/${project}`)
export const tryRetention = (projectId: number, input: CommonRetention) => call<Expiry>('POST', '/retention:dry-run', { body: { ...input, projectId } })
