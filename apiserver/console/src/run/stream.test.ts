import { describe, expect, test } from 'vitest'

import { stream, type Connection, type Source } from './stream'

class Fake implements Source {
  onopen: ((e: never) => void) | null = null
  onerror: ((e: never) => void) | null = null
  closed = false
  private listeners = new Map<string, (e: { data: string }) => void>()
  constructor(readonly url: string) {}
  addEventListener(name: string, f: (e: { data: string }) => void) {
    this.listeners.set(name, f)
  }
  close() {
    this.closed = true
  }
  opened() {
    this.onopen?.(undefined as never)
  }
  broke() {
    this.onerror?.(undefined as never)
  }
  say(name: string, data: string) {
    this.listeners.get(name)?.({ data })
  }
}

function world(handle: (data: string) => 'end' | 'again' | void = () => {}) {
  const opened: Fake[] = []
  const states: Connection[] = []
  const waits: number[] = []
  const due: (() => void)[] = []
  const got: string[] = []
  let lost = 0
  let offset = 0
  const stop = stream({
    url: () => `/log?offset=${offset}`,
    events: {
      chunk: (d) => {
        got.push(d)
        offset += d.length
        return handle(d)
      },
    },
    onState: (s) => states.push(s),
    onLost: () => lost++,
    open: (url) => {
      const f = new Fake(url)
      opened.push(f)
      return f
    },
    schedule: (f, ms) => {
      waits.push(ms)
      due.push(f)
      return () => due.splice(due.indexOf(f), due.includes(f) ? 1 : 0)
    },
  })
  return { opened, states, waits, got, stop, run: () => due.shift()?.(), due, lost: () => lost, last: () => opened.at(-1)! }
}

describe('stream', () => {
  test('goes on where it was', () => {
    const w = world()
    w.last().opened()
    w.last().say('chunk', 'abc')
    w.last().broke()
    expect(w.opened[0]!.closed).toBe(true)
    w.run()
    expect(w.last().url).toBe('/log?offset=3')
    w.last().opened()
    w.last().say('chunk', 'de')
    expect(w.got).toEqual(['abc', 'de'])
    expect(w.states).toEqual(['connecting', 'live', 'lost', 'live'])
  })

  test('a connection that broke is not heard any more', () => {
    const w = world()
    const first = w.last()
    first.broke()
    first.say('chunk', 'late')
    first.broke()
    first.opened()
    expect(w.got).toEqual([])
    expect(w.waits.length).toBe(1)
    expect(w.states).toEqual(['connecting', 'lost'])
    expect(w.lost()).toBe(1)
  })

  test('waits longer each time, and short again after it worked', () => {
    const w = world()
    for (let i = 0; i < 7; i++) {
      w.last().broke()
      w.run()
    }
    expect(w.waits).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000])
    w.last().opened()
    w.last().broke()
    expect(w.waits.at(-1)).toBe(500)
  })

  test('ends when told', () => {
    const w = world(() => 'end')
    w.last().opened()
    w.last().say('chunk', 'x')
    expect(w.states.at(-1)).toBe('ended')
    expect(w.last().closed).toBe(true)
    w.last().broke()
    expect(w.opened.length).toBe(1)
  })

  test('asks again when a listener found a hole', () => {
    const w = world(() => 'again')
    w.last().opened()
    w.last().say('chunk', 'x')
    expect(w.states.at(-1)).toBe('lost')
    w.run()
    expect(w.opened.length).toBe(2)
  })

  test('stopped, it is silent', () => {
    const w = world()
    w.last().broke()
    w.stop()
    expect(w.due.length).toBe(0)
    expect(w.opened.length).toBe(1)
    expect(w.states).toEqual(['connecting', 'lost'])
  })
})
