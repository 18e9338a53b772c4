import { describe, expect, test } from 'vitest'

import { LogReader, type Range } from './logreader'
import type { Source } from './stream'

const decoder = new TextDecoder()

class Fake implements Source {
  onopen: ((e: never) => void) | null = null
  onerror: ((e: never) => void) | null = null
  handlers = new Map<string, (e: { data: string; lastEventId?: string }) => void>()
  closed = false
  constructor(readonly url: string) {}
  addEventListener(name: string, f: (e: { data: string; lastEventId?: string }) => void) {
    this.handlers.set(name, f)
  }
  close() {
    this.closed = true
  }
  say(name: string, data: object, id = '') {
    this.handlers.get(name)?.({ data: JSON.stringify(data), lastEventId: id })
  }
}

// world is a log of a server that may answer as little as it likes.
function world(text: string, ended = true, most = Infinity) {
  const bytes = new TextEncoder().encode(text)
  const boundary = (i: number) => {
    while (i > 0 && i < bytes.length && (bytes[i]! & 0xc0) === 0x80) i--
    return i
  }
  const sources: Fake[] = []
  const due: (() => void)[] = []
  const asked: [number, number][] = []
  const server = {
    async read(offset: number, limit: number): Promise<Range> {
      asked.push([offset, limit])
      const from = boundary(Math.min(offset, bytes.length))
      const to = boundary(Math.min(bytes.length, from + Math.min(limit, most)))
      return { offset: from, next: to, text: decoder.decode(bytes.subarray(from, to)), ended, size: bytes.length }
    },
    events: (offset: number) => `?offset=${offset}`,
    open: (url: string) => {
      const f = new Fake(url)
      sources.push(f)
      return f
    },
    schedule: (f: () => void) => {
      due.push(f)
      return () => {}
    },
  }
  let changes = 0
  const reader = new LogReader(server, () => changes++)
  return { reader, sources, due, asked, size: bytes.length, changes: () => changes }
}

const held = (r: LogReader) => r.now.rows.map((row) => row.text + (row.ended ? '\n' : '')).join('')
const never = new AbortController().signal
const quiet = () => {}

describe('LogReader', () => {
  test('a log that ended is shown from its begin', async () => {
    const w = world('one\ntwo\n')
    await w.reader.open(null)
    expect(held(w.reader)).toBe('one\ntwo\n')
    expect(w.reader.now).toMatchObject({ loading: false, ended: true, following: false, jump: { at: 0 } })
    expect(w.sources.length).toBe(0)
  })

  test('a log that grows is followed without a gap or a repeat', async () => {
    const w = world('one\n', false)
    await w.reader.open(null)
    expect(w.sources[0]!.url).toBe('?offset=4')
    w.sources[0]!.onopen?.(undefined as never)
    w.sources[0]!.say('chunk', { offset: 4, text: 'two\n' }, '8')
    w.sources[0]!.onerror?.(undefined as never)
    expect(w.reader.now.connection).toBe('lost')
    w.due.shift()!()
    expect(w.sources[1]!.url).toBe('?offset=8')
    w.sources[1]!.say('chunk', { offset: 4, text: 'two\nthree\n' })
    expect(held(w.reader)).toBe('one\ntwo\nthree\n')
    w.sources[1]!.say('end', {})
    expect(w.reader.now).toMatchObject({ ended: true, following: false, connection: 'ended' })
  })

  test('damaged bytes are as long as the server says', async () => {
    const w = world('one\n', false)
    await w.reader.open(null)
    w.sources[0]!.say('chunk', { offset: 4, text: '\ufffd\n' }, '6')
    expect(w.reader.now.end).toBe(6)
    w.sources[0]!.say('chunk', { offset: 6, text: 'x\n' }, '8')
    expect(held(w.reader)).toBe('one\n\ufffd\nx\n')
  })

  test('a hole is asked for again', async () => {
    const w = world('one\n', false)
    await w.reader.open(null)
    w.sources[0]!.say('chunk', { offset: 6, next: 8, text: 'o\n' })
    expect(held(w.reader)).toBe('one\n')
    w.due.shift()!()
    expect(w.sources[1]!.url).toBe('?offset=4')
  })

  test('of a large log only a window is held, and it moves both ways', async () => {
    const lines = Array.from({ length: 60_000 }, (_, i) => `line ${i} 漢字 ${'.'.repeat(300)}`)
    const w = world(lines.join('\n') + '\n')
    await w.reader.open(null)
    while (w.reader.now.end < w.size) {
      await w.reader.after()
      expect(w.reader.now.end - w.reader.now.start).toBeLessThanOrEqual(8 * 1024 * 1024 + 512 * 1024)
    }
    expect(w.reader.now.start).toBeGreaterThan(0)
    expect(w.reader.now.rows.at(-1)!.text).toBe(lines.at(-1))
    expect(w.reader.lineOf(w.reader.now.rows.at(-1)!)).toBe(60_000)
    while (w.reader.now.start > 0) await w.reader.before()
    expect(w.reader.now.rows[0]!.text).toBe(lines[0])
    expect(w.reader.lineOf(w.reader.now.rows[0]!)).toBe(1)
    expect(w.reader.now.end).toBeLessThan(w.size)
  })

  test('a place far away is jumped to, not read up to', async () => {
    const w = world(Array.from({ length: 100_000 }, (_, i) => `line ${i}`).join('\n'))
    await w.reader.open(null)
    const asked = w.asked.length
    await w.reader.goTo(1_000_000)
    expect(w.asked.length).toBe(asked + 1)
    expect(w.reader.now.start).toBeGreaterThan(0)
    expect(w.reader.find(w.reader.now.jump!.at)).toBeGreaterThan(0)
    await w.reader.toEnd()
    expect(w.reader.now.rows.at(-1)!.text).toBe('line 99999')
  })

  test('searches what is held, then the rest, both ways, across ranges', async () => {
    const lines = Array.from({ length: 400_000 }, (_, i) => (i === 7 || i === 333_333 ? `the \u001b[31mNee\u001b[0mdle ${i}` : `漢 hay ${i}`))
    const w = world(lines.join('\n'), true, 70_001)
    await w.reader.open(null)
    const first = await w.reader.search('needle', -1, true, never, quiet)
    expect(w.reader.now.rows[w.reader.find(first!)]!.text).toContain('7')
    const second = await w.reader.search('needle', first!, true, never, quiet)
    await w.reader.goTo(second!)
    const row = w.reader.now.rows[w.reader.find(second!)]!
    expect(row.at).toBe(second)
    expect(row.text).toContain('333333')
    expect(await w.reader.search('needle', second!, true, never, quiet)).toBeNull()
    expect(await w.reader.search('needle', second!, false, never, quiet)).toBe(first)
  })

  test('a search stops when told', async () => {
    const w = world('x\n'.repeat(2_000_000))
    await w.reader.open(null)
    const abort = new AbortController()
    const asked = w.asked.length
    expect(await w.reader.search('y', 0, true, abort.signal, () => abort.abort())).toBeNull()
    expect(w.asked.length).toBe(asked + 1)
  })

  test('a refusal is shown, and trying again works', async () => {
    const w = world('one\n')
    const reader = new LogReader({ read: () => Promise.reject(new Error('gone')), events: () => '' }, () => {})
    await reader.open(null)
    expect(reader.now).toMatchObject({ loading: false, error: new Error('gone') })
    await w.reader.open(null)
    expect(w.reader.now.error).toBeNull()
  })

  test('closed, it says nothing more', async () => {
    const w = world('one\n', false)
    const opening = w.reader.open(null)
    w.reader.close()
    const before = w.changes()
    await opening
    expect(w.changes()).toBe(before)
    expect(w.sources.length).toBe(0)
  })
})
