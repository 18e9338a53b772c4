// History keeps what was, for undo and redo.
export interface History<T> {
  past: T[]
  now: T
  future: T[]
  tag: string // what the last step was; equal tags in a row become one step
  at: number // when, in ms
}

const most = 200 // steps that are kept
const together = 800 // ms within which equal steps are one

export function begin<T>(now: T): History<T> {
  return { past: [], now, future: [], tag: '', at: 0 }
}

// step goes on to a next state. Steps of the same tag in quick succession are
// undone together; those with an empty tag each alone.
export function step<T>(h: History<T>, next: T, tag = '', at = Date.now()): History<T> {
  if (next === h.now) return h
  if (tag !== '' && tag === h.tag && at - h.at < together && h.past.length > 0) return { past: h.past, now: next, future: [], tag, at }
  return { past: [...h.past.slice(-most + 1), h.now], now: next, future: [], tag, at }
}

export function undo<T>(h: History<T>): History<T> {
  const last = h.past.at(-1)
  if (last === undefined) return h
  return { past: h.past.slice(0, -1), now: last, future: [h.now, ...h.future], tag: '', at: 0 }
}

export function redo<T>(h: History<T>): History<T> {
  const next = h.future[0]
  if (next === undefined) return h
  return { past: [...h.past, h.now], now: next, future: h.future.slice(1), tag: '', at: 0 }
}
