import { describe, expect, test } from 'vitest'

import { barOf, extent, precision, scaleOf } from './gantt'

const at = (text: string) => Date.parse(text)

describe('scale', () => {
  test('marks are round and few', () => {
    const s = scaleOf(at('2026-01-01T00:00:03Z'), at('2026-01-01T00:07:00Z'), 8)
    expect(s.step).toBe(60_000)
    expect(s.ticks.map((t) => new Date(t.at).toISOString().slice(14, 19))).toEqual(['01:00', '02:00', '03:00', '04:00', '05:00', '06:00', '07:00'])
  })

  test('from milliseconds to years, never more than asked, always inside', () => {
    for (let span = 1; span < 2e12; span = Math.ceil(span * 1.7)) {
      const from = 1_767_225_600_123
      const s = scaleOf(from, from + span, 10)
      expect(s.ticks.length).toBeLessThanOrEqual(span > 10 * 364 * 86_400_000 ? 70 : 11)
      for (const t of s.ticks) {
        expect(t.at).toBeGreaterThanOrEqual(from)
        expect(t.place).toBeGreaterThanOrEqual(0)
        expect(t.place).toBeLessThanOrEqual(1)
      }
      for (let i = 1; i < s.ticks.length; i++) expect(s.ticks[i]!.at - s.ticks[i - 1]!.at).toBe(s.step)
    }
  })

  test('marks of days are at local midnight', () => {
    const shanghai = 8 * 3_600_000
    const s = scaleOf(at('2026-01-01T03:00:00Z'), at('2026-01-04T03:00:00Z'), 4, shanghai)
    expect(s.ticks.map((t) => new Date(t.at).toISOString())).toEqual(['2026-01-01T16:00:00.000Z', '2026-01-02T16:00:00.000Z', '2026-01-03T16:00:00.000Z'])
  })

  test('an instant has a scale too', () => {
    const s = scaleOf(5, 5, 10)
    expect(s.place(5)).toBe(0)
    expect(s.to).toBeGreaterThan(s.from)
  })

  test('places outside are at the edges', () => {
    const s = scaleOf(100, 200, 5)
    expect([50, 100, 150, 200, 300].map(s.place)).toEqual([0, 0, 0.5, 1, 1])
  })

  test('how much a mark shows', () => {
    expect([200, 5000, 120_000, 7_200_000, 172_800_000].map(precision)).toEqual(['millisecond', 'second', 'minute', 'minute', 'date'])
  })
})

describe('bars', () => {
  const scale = scaleOf(0, 1000, 5)
  const iso = (ms: number) => new Date(ms).toISOString()

  test('waited, then ran', () => {
    expect(barOf({ submitted: iso(100), started: iso(300), ended: iso(900) }, scale, 1000)).toEqual({ waitFrom: 0.1, runFrom: 0.3, to: 0.9 })
  })
  test('still runs', () => {
    expect(barOf({ submitted: iso(100), started: iso(300), ended: null }, scale, 500)).toEqual({ waitFrom: 0.1, runFrom: 0.3, to: 0.5 })
  })
  test('still waits', () => {
    expect(barOf({ submitted: iso(100), started: null, ended: null }, scale, 500)).toEqual({ waitFrom: 0.1, runFrom: 0.5, to: 0.5 })
  })
  test('not begun', () => {
    expect(barOf({ submitted: null, started: null, ended: null }, scale, 500)).toBeNull()
  })
  test('clocks that disagree never turn a bar around', () => {
    const bar = barOf({ submitted: iso(500), started: iso(400), ended: iso(450) }, scale, 1000)!
    expect(bar.waitFrom).toBeLessThanOrEqual(bar.runFrom)
    expect(bar.runFrom).toBeLessThanOrEqual(bar.to)
  })

  test('extent of all', () => {
    expect(extent([{ submitted: iso(100), started: null, ended: iso(200) }, { submitted: null, started: iso(50), ended: null }], 700)).toEqual({ from: 50, to: 700 })
    expect(extent([{ submitted: null, started: null, ended: null }], 700)).toBeNull()
  })
})
