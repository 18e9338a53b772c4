import type { Counts, Statistics } from '../../api/runs'

// shown are the states of the charts, the good at the bottom, and which others
// count as them.
export const shown = ['SUCCEEDED', 'FAILED', 'STOPPED', 'PAUSED', 'RUNNING', 'SUBMITTED'] as const

const as: Record<string, (typeof shown)[number]> = {
  FORCED_SUCCESS: 'SUCCEEDED', LOST: 'FAILED', KILLED: 'STOPPED', STOPPING: 'STOPPED', PAUSING: 'PAUSED', DISPATCHED: 'RUNNING', SERIAL_WAIT: 'SUBMITTED', DELAYED: 'SUBMITTED',
}

// grouped adds the counts of states that are shown as one.
export function grouped(counts: Counts): Record<(typeof shown)[number], number> {
  const out = { SUCCEEDED: 0, FAILED: 0, STOPPED: 0, PAUSED: 0, RUNNING: 0, SUBMITTED: 0 }
  for (const [state, n] of Object.entries(counts)) {
    const to = as[state] ?? state
    if (to in out) out[to as (typeof shown)[number]] += n
  }
  return out
}

export const sum = (counts: Counts) => Object.values(counts).reduce((a, b) => a + b, 0)

// Span is a choice of how far back the charts go: hours, and the step.
export const spans = { '24h': { hours: 24, step: '1h' }, '7d': { hours: 168, step: '6h' }, '30d': { hours: 720, step: '24h' } } as const
export type Span = keyof typeof spans

// window gives the times of a span: until the end of the step that now is in.
export function windowOf(span: Span, now: number): { from: string; to: string; step: string } {
  const { hours, step } = spans[span]
  const hour = 3_600_000
  const to = Math.ceil(now / hour) * hour
  return { from: new Date(to - hours * hour).toISOString(), to: new Date(to).toISOString(), step }
}

// rate is the share of successes among what ended, null when nothing did.
export function rate(counts: Counts): number | null {
  const g = grouped(counts)
  const ended = g.SUCCEEDED + g.FAILED + g.STOPPED
  return ended === 0 ? null : g.SUCCEEDED / ended
}

export type Health = 'good' | 'warn' | 'bad'

// healthOf is how the servers are as a whole.
export function healthOf(h: Statistics['health']): Health {
  if (!h.database || !h.etcd || h.masters === 0 || h.workers === 0) return 'bad'
  return h.problems.length > 0 ? 'warn' : 'good'
}
