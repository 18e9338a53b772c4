import type { InstanceFilter } from '../../api/runs'

// What a list of instances is narrowed by is in the address, so that a list
// can be sent to somebody else.

const plain = ['search', 'user', 'project'] as const

// ranges are times back from now, in hours.
export const ranges: Record<string, number> = { '1h': 1, '24h': 24, '7d': 168, '30d': 720 }

// filterOf reads an address; now is when "the last hour" ends, rounded so that
// the same question stays the same for a while.
export function filterOf(address: URLSearchParams, now: number): InstanceFilter {
  const filter: InstanceFilter = {}
  for (const key of plain) {
    const value = address.get(key)
    if (value) filter[key] = value
  }
  const workflow = Number(address.get('workflow') ?? '')
  if (Number.isSafeInteger(workflow) && workflow > 0) filter.workflow = workflow
  const states = address.getAll('state').filter(Boolean)
  if (states.length > 0) filter.state = states
  const hours = ranges[address.get('range') ?? '']
  if (hours) filter.from = new Date(Math.floor(now / 60_000) * 60_000 - hours * 3_600_000).toISOString()
  else {
    const from = moment(address.get('from'))
    const to = moment(address.get('to'))
    if (from) filter.from = from
    if (to) filter.to = to
  }
  return filter
}

function moment(text: string | null): string | undefined {
  return text && !Number.isNaN(Date.parse(text)) ? new Date(text).toISOString() : undefined
}

// changed gives an address with some words replaced; empty ones are left out.
export function changed(address: URLSearchParams, part: Record<string, string | string[] | undefined>): URLSearchParams {
  const next = new URLSearchParams(address)
  for (const [key, value] of Object.entries(part)) {
    next.delete(key)
    for (const v of Array.isArray(value) ? value : value ? [value] : []) next.append(key, v)
  }
  return next
}
