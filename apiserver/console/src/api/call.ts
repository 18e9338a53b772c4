import { api } from './client'
import type { paths } from './schema'

export type Query = Record<string, string | number | boolean | string[] | null | undefined>

interface Init {
  params: { query: Query; header?: Record<string, string> }
  body?: unknown
}

interface Answer<T> {
  data?: T
  response: Response
}

type Request = (method: string, path: string, init: Init) => Promise<Answer<unknown>>

// fetchRaw is the client for addresses that are put together at run time. What
// the server refuses is thrown as a Problem.
export function fetchRaw<T>(method: string, path: string, init: { query?: Query; body?: unknown; headers?: Record<string, string> } = {}): Promise<Answer<T>> {
  const request = api.request as unknown as Request
  const query = Object.fromEntries(Object.entries(init.query ?? {}).filter(([, v]) => v !== undefined && v !== null && v !== ''))
  return request(method.toLowerCase(), path, { params: { query, header: init.headers }, body: init.body }) as Promise<Answer<T>>
}

// call gives the answer's body.
export async function call<T>(method: string, path: string, init: { query?: Query; body?: unknown; headers?: Record<string, string> } = {}): Promise<T> {
  return (await fetchRaw<T>(method, path, init)).data as T
}

// Listed is a page of a list; next is the cursor of the page after.
export interface Listed<T> {
  items: T[]
  total?: number
  next?: string
}

export interface Paging {
  limit?: number
  cursor?: string
  search?: string
}

// Collection is a resource that is listed, made, changed and deleted.
export interface Collection<T, I = unknown> {
  path: string
  list: (query: Paging & Query) => Promise<Listed<T>>
  get: (id: number | string) => Promise<T>
  create: (input: I) => Promise<T>
  update: (id: number | string, input: I) => Promise<T>
  remove: (id: number | string) => Promise<void>
}

export function collection<T, I = unknown>(path: keyof paths): Collection<T, I> {
  return {
    path,
    list: (query) => call('GET', path, { query }),
    get: (id) => call('GET', `${path}/${encodeURIComponent(id)}`),
    create: (body) => call('POST', path, { body }),
    update: (id, body) => call('PUT', `${path}/${encodeURIComponent(id)}`, { body }),
    remove: (id) => call('DELETE', `${path}/${encodeURIComponent(id)}`),
  }
}
