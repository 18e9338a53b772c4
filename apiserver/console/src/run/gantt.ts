// The arithmetic of the Gantt chart: a scale of time with marks at round
// moments, and the bars of attempts on it.

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

const steps = [
  1, 2, 5, 10, 20, 50, 100, 200, 500,
  second, 2 * second, 5 * second, 10 * second, 15 * second, 30 * second,
  minute, 2 * minute, 5 * minute, 10 * minute, 15 * minute, 30 * minute,
  hour, 2 * hour, 3 * hour, 6 * hour, 12 * hour,
  day, 2 * day, 7 * day, 14 * day, 28 * day, 91 * day, 364 * day,
]

export interface Tick {
  readonly at: number
  readonly place: number // 0 at the left, 1 at the right
}

export interface Scale {
  readonly from: number
  readonly to: number
  readonly step: number
  readonly ticks: readonly Tick[]
  place(at: number): number
}

// scaleOf spans from and to (ms) with at most `marks` marks. Its marks are at
// round local times: offset is how far local time is ahead of UTC (ms).
export function scaleOf(from: number, to: number, marks: number, offset = 0): Scale {
  const end = Math.max(to, from + 1)
  const step = steps.find((s) => (end - from) / s <= Math.max(1, marks)) ?? steps.at(-1)!
  const place = (at: number) => Math.min(1, Math.max(0, (at - from) / (end - from)))
  const ticks: Tick[] = []
  for (let at = Math.ceil((from + offset) / step) * step - offset; at <= end; at += step) ticks.push({ at, place: place(at) })
  return { from, to: end, step, ticks, place }
}

// labelled says how much of a moment a mark has to show.
export function precision(step: number): 'date' | 'minute' | 'second' | 'millisecond' {
  if (step >= day) return 'date'
  if (step >= minute) return 'minute'
  return step >= second ? 'second' : 'millisecond'
}

export interface Attempt {
  readonly submitted: string | null
  readonly started: string | null
  readonly ended: string | null
}

export interface Bar {
  readonly waitFrom: number // places, 0 to 1
  readonly runFrom: number
  readonly to: number
}

const time = (text: string | null) => (text ? Date.parse(text) : null)

// extent is the time that attempts span; what still runs goes on until now.
export function extent(attempts: readonly Attempt[], now: number): { from: number; to: number } | null {
  let from = Infinity
  let to = -Infinity
  for (const a of attempts) {
    const begin = time(a.submitted) ?? time(a.started)
    if (begin === null) continue
    from = Math.min(from, begin)
    to = Math.max(to, time(a.ended) ?? now, begin)
  }
  return from === Infinity ? null : { from, to }
}

// barOf places an attempt; one that has not begun has none. An attempt that
// was never started only waited.
export function barOf(a: Attempt, scale: Scale, now: number): Bar | null {
  const submitted = time(a.submitted) ?? time(a.started)
  if (submitted === null) return null
  const end = Math.max(time(a.ended) ?? now, submitted)
  const started = Math.min(Math.max(time(a.started) ?? end, submitted), end)
  return { waitFrom: scale.place(submitted), runFrom: scale.place(started), to: scale.place(end) }
}
