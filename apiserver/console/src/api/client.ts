import i18next from 'i18next'
import createClient, { type Middleware } from 'openapi-fetch'

import type { components, paths } from './schema'

export type Schemas = components['schemas']

// Problem is a refusal of the server, RFC 9457.
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
    message: string,
    readonly fields: { field: string; message: string; value?: unknown }[] = [],
    readonly extra: Record<string, unknown> = {}, // what else the answer says
  ) {
    super(message)
  }
}

let csrf = ''

// setCSRF notes what the login answered; requests that change something carry it.
export function setCSRF(token: string) {
  csrf = token
}

// languageHeader asks for refusals in the language of the page, whatever the
// browser prefers.
function languageHeader(): Record<string, string> {
  return i18next.language ? { 'Accept-Language': i18next.language } : {}
}

// writingHeaders are for requests that change something and do not go through
// the client: uploads.
export function writingHeaders(): Record<string, string> {
  return csrf ? { ...languageHeader(), 'X-CSRF-Token': csrf } : languageHeader()
}

// onSignedOut is called when the server no longer knows us.
let onSignedOut = () => {}
export function whenSignedOut(f: () => void) {
  onSignedOut = f
}

const guard: Middleware = {
  onRequest({ request }) {
    const headers = ['GET', 'HEAD'].includes(request.method) ? languageHeader() : writingHeaders()
    for (const [name, value] of Object.entries(headers)) request.headers.set(name, value)
    return request
  },
  async onResponse({ response, request }) {
    if (response.ok) return
    const problem = await readProblem(response)
    if (problem.status === 401 && !(request.method === 'POST' && request.url.endsWith('/session'))) onSignedOut()
    throw problem
  },
  onError() {
    return new Problem(0, 'network', 'network')
  },
}

export async function readProblem(response: Response): Promise<Problem> {
  try {
    const p = (await response.json()) as { detail?: string; title?: string; reason?: string; errors?: { message?: string; location?: string; value?: unknown }[] }
    const fields = (p.errors ?? []).map((e) => ({ field: (e.location ?? '').replace(/^body\./, ''), message: e.message ?? '', value: e.value }))
    return new Problem(response.status, p.reason ?? '', p.detail ?? p.title ?? response.statusText, fields, p as Record<string, unknown>)
  } catch {
    return new Problem(response.status, '', response.statusText)
  }
}

// api calls the server; what it refuses is thrown as a Problem.
export const api = createClient<paths>({ baseUrl: '/api/v1', credentials: 'same-origin' })
api.use(guard)

// data gives the body of an answer that has one.
export async function data<T>(call: Promise<{ data?: T }>): Promise<T> {
  const { data } = await call
  return data as T
}
