import { writingHeaders, Problem } from './client'

export interface Progress {
  sent: number
  total: number
}

// upload sends a form with a file, streaming it from disk, and says how far it
// is. The signal ends it.
export function upload<T>(path: string, fields: Record<string, string>, file: File, onProgress: (p: Progress) => void, signal: AbortSignal): Promise<T> {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  form.append('file', file) // last: what comes before says where it goes
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', `/api/v1${path}`)
    for (const [name, value] of Object.entries(writingHeaders())) request.setRequestHeader(name, value)
    request.upload.onprogress = (e) => onProgress({ sent: e.loaded, total: e.lengthComputable ? e.total : file.size })
    request.onload = () => (request.status < 300 ? resolve(read(request.responseText) as T) : reject(problemOf(request)))
    request.onerror = () => reject(new Problem(0, 'network', 'network'))
    request.onabort = () => reject(new DOMException('stopped', 'AbortError'))
    signal.addEventListener('abort', () => request.abort(), { once: true })
    request.send(form)
  })
}

function read(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function problemOf(request: XMLHttpRequest): Problem {
  const p = (read(request.responseText) ?? {}) as { detail?: string; title?: string; reason?: string }
  return new Problem(request.status, p.reason ?? '', p.detail ?? p.title ?? request.statusText)
}
