import { describe, expect, test } from 'vitest'

import { chunkOf, keepBytes, LogBuffer, longestRow, skipBytes, utf8Length, type Chunk } from './logbuffer'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

function generator(seed: number) {
  return (n: number) => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % n
  }
}

// file answers ranges as the server does: cut at characters.
function file(text: string) {
  const bytes = encoder.encode(text)
  const boundary = (i: number) => {
    while (i > 0 && i < bytes.length && (bytes[i]! & 0xc0) === 0x80) i--
    return i
  }
  return {
    size: bytes.length,
    read(offset: number, limit: number): Chunk {
      const from = boundary(offset)
      const to = boundary(Math.min(bytes.length, from + limit))
      return { offset: from, next: to, text: decoder.decode(bytes.subarray(from, to)) }
    },
  }
}

function sample(random: (n: number) => number, length: number): string {
  const pieces = ['a', 'bc', '\n', '漢', '字', '😀', 'é', ' ', '\n\n', '\r\n', 'x'.repeat(50)]
  return Array.from({ length }, () => pieces[random(pieces.length)]).join('')
}

const said = (b: LogBuffer) => b.rows.map((r) => r.text + (r.ended ? '\n' : '')).join('')

describe('lengths in bytes', () => {
  test('as the encoder counts', () => {
    const random = generator(3)
    for (let i = 0; i < 200; i++) {
      const text = sample(random, random(40))
      expect(utf8Length(text)).toBe(encoder.encode(text).length)
    }
  })
  test('skipping and keeping never cut a character', () => {
    expect(skipBytes('a漢b', 1)).toBe('漢b')
    expect(skipBytes('a漢b', 2)).toBe('b')
    expect(skipBytes('a漢b', 4)).toBe('b')
    expect(keepBytes('a漢b', 3)).toBe('a')
    expect(keepBytes('a漢b', 4)).toBe('a漢')
    expect(keepBytes('😀', 4)).toBe('😀')
    expect(keepBytes('abc', 0)).toBe('')
  })
  test('an answer without an end is measured', () => {
    expect(chunkOf({ offset: 10, text: '漢' })).toEqual({ offset: 10, next: 13, text: '漢' })
    expect(chunkOf({ offset: 10, next: 11, text: '\ufffd' }).next).toBe(11)
  })
})

describe('append', () => {
  test('lines and the open end', () => {
    const b = new LogBuffer()
    b.append({ offset: 0, next: 5, text: 'one\nt' })
    expect(b.rows.map((r) => [r.at, r.text, r.ended, b.number(r)])).toEqual([
      [0, 'one', true, 1],
      [4, 't', false, 2],
    ])
    b.append({ offset: 5, next: 8, text: 'wo\n' })
    expect(b.rows.map((r) => [r.at, r.text, r.ended])).toEqual([
      [0, 'one', true],
      [4, 'two', true],
    ])
    b.append({ offset: 8, next: 9, text: '\n' })
    expect(b.rows.at(-1)).toMatchObject({ at: 8, text: '', line: 2, ended: true })
  })

  test('what repeats is skipped, a hole is refused', () => {
    const f = file('漢字\nabc\n')
    const b = new LogBuffer()
    b.append(f.read(0, 8))
    expect(b.append(f.read(0, 7))).toBe(true)
    expect(b.append(f.read(3, 100))).toBe(true)
    expect(said(b)).toBe('漢字\nabc\n')
    expect(b.append({ offset: b.end + 1, next: b.end + 2, text: 'x' })).toBe(false)
    expect(b.end).toBe(f.size)
  })

  test('a line too long for a row is broken, and stays one line', () => {
    const long = '漢'.repeat(longestRow) + '😀'.repeat(longestRow)
    const f = file(`first\n${long}\nlast`)
    const b = new LogBuffer()
    for (let at = 0; at < f.size; at = b.end) b.append(f.read(at, 1000))
    expect(b.rows.every((r) => r.text.length <= longestRow)).toBe(true)
    expect(new Set(b.rows.map((r) => b.number(r)))).toEqual(new Set([1, 2, 3]))
    expect(b.rows.filter((r) => r.more).length).toBe(2)
    expect(said(b)).toBe(`first\n${long}\nlast`)
  })
})

describe('both ways', () => {
  test('however it was read, it is the same', () => {
    for (let seed = 1; seed < 400; seed++) {
      const random = generator(seed)
      const text = sample(random, 60 + random(60))
      const f = file(text)
      const whole = new LogBuffer()
      whole.append(f.read(0, f.size))
      const b = new LogBuffer(f.read(random(f.size), 10).offset)
      while (b.start > 0 || b.end < f.size) {
        const limit = 4 + random(60)
        if (random(2) === 0 || b.start === 0) expect(b.append(f.read(Math.max(0, b.end - random(3)), limit))).toBe(true)
        else {
          const from = f.read(Math.max(0, b.start - limit), 4).offset
          expect(b.prepend(f.read(from, b.start - from + random(8)))).toBe(true)
        }
      }
      expect(b.rows.map((r) => ({ ...r, line: b.number(r) }))).toEqual(whole.rows.map((r) => ({ ...r, line: whole.number(r) })))
    }
  })

  test('what was cut is read again', () => {
    for (let seed = 1; seed < 200; seed++) {
      const random = generator(seed * 7)
      const text = sample(random, 120)
      const f = file(text)
      const b = new LogBuffer()
      for (let i = 0; i < 60; i++) {
        if (random(2) === 0) {
          b.append(f.read(b.end, 30))
          b.cutHead(100, 8)
        } else if (b.start > 0) {
          const from = f.read(Math.max(0, b.start - 30), 4).offset
          b.prepend(f.read(from, b.start - from))
          b.cutTail(100, 8)
        }
        const held = f.read(b.start, b.end - b.start)
        expect(held.offset).toBe(b.start)
        expect(said(b)).toBe(held.text)
        const lines = f.read(0, b.start).text.split('\n').length
        if (b.rows[0]) expect(b.number(b.rows[0])).toBe(lines)
      }
    }
  })

  test('a hole before is refused', () => {
    const b = new LogBuffer(100)
    expect(b.prepend({ offset: 10, next: 99, text: 'x'.repeat(89) })).toBe(false)
    expect(b.rows.length).toBe(0)
  })

  test('numbers are unknown until the begin was seen', () => {
    const f = file('1\n2\n3\n4\n')
    const b = new LogBuffer(4)
    b.append(f.read(4, 4))
    expect(b.number(b.rows[0]!)).toBeNull()
    b.prepend(f.read(0, 4))
    expect(b.rows.map((r) => b.number(r))).toEqual([1, 2, 3, 4])
  })
})

describe('find', () => {
  test('the row that holds a byte', () => {
    const b = new LogBuffer()
    b.append({ offset: 0, next: 9, text: 'ab\ncd\nef\n' })
    expect([0, 2, 3, 5, 6, 8].map((at) => b.find(at))).toEqual([0, 0, 1, 1, 2, 2])
    expect(b.find(10)).toBe(-1)
    expect(new LogBuffer(5).find(5)).toBe(-1)
  })
})
