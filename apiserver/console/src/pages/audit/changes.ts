export interface Change {
  field: string
  before: string | null // null: it was not there
  after: string | null
}

function flat(value: unknown, path: string, out: Map<string, string>) {
  if (value !== null && typeof value === 'object') {
    const entries = Array.isArray(value) ? value.map((v, i) => [`${path}[${i}]`, v] as const) : Object.entries(value).map(([k, v]) => [path ? `${path}.${k}` : k, v] as const)
    if (entries.length === 0 && path) out.set(path, Array.isArray(value) ? '[]' : '{}')
    for (const [key, v] of entries) flat(v, key, out)
    return
  }
  if (path || value !== undefined) out.set(path, typeof value === 'string' ? value : JSON.stringify(value))
}

// changesOf compares two states of a thing, field by field. Equal fields are
// left out.
export function changesOf(before: unknown, after: unknown): Change[] {
  const was = new Map<string, string>()
  const is = new Map<string, string>()
  if (before !== undefined && before !== null) flat(before, '', was)
  if (after !== undefined && after !== null) flat(after, '', is)
  const fields = [...new Set([...was.keys(), ...is.keys()])]
  return fields.flatMap((field) => {
    const change = { field, before: was.get(field) ?? null, after: is.get(field) ?? null }
    return change.before === change.after ? [] : [change]
  })
}
