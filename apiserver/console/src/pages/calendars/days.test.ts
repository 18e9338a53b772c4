import { expect, test } from 'vitest'

import { isException, monthOf, moved, toggled, workingDays, works } from './days'

const week = { weekend: [0, 6], days: {} }

test('weekends are free, exceptions win', () => {
  expect(works(week, '2026-02-06')).toBe(true)
  expect(works(week, '2026-02-07')).toBe(false)
  const c = { ...week, days: { '2026-02-06': false, '2026-02-07': true } }
  expect(works(c, '2026-02-06')).toBe(false)
  expect(works(c, '2026-02-07')).toBe(true)
})

test('a click turns a day around, a second one back, without a trace', () => {
  const days = toggled(week, '2026-02-06')
  expect(days).toEqual({ '2026-02-06': false })
  expect(toggled({ ...week, days }, '2026-02-06')).toEqual({})
  expect(toggled(week, '2026-02-07')).toEqual({ '2026-02-07': true })
})

test('an exception that says what the week says is none', () => {
  expect(isException({ ...week, days: { '2026-02-07': false } }, '2026-02-07')).toBe(false)
  expect(isException({ ...week, days: { '2026-02-07': true } }, '2026-02-07')).toBe(true)
  expect(isException(week, '2026-02-07')).toBe(false)
})

test('months have all of their days, in weeks', () => {
  for (let year = 2020; year < 2030; year++)
    for (let month = 0; month < 12; month++)
      for (const first of [0, 1]) {
        const weeks = monthOf(year, month, first)
        const days = weeks.flat().filter((c) => c !== null)
        expect(weeks.every((w) => w.length === 7)).toBe(true)
        expect(days.map((c) => c.day)).toEqual(days.map((_, i) => i + 1))
        for (const w of weeks) w.forEach((c, i) => c && expect(new Date(`${c.date}T00:00:00Z`).getUTCDay()).toBe((first + i) % 7))
      }
  expect(monthOf(2024, 1, 1).flat().filter(Boolean).length).toBe(29)
})

test('working days of a year', () => {
  expect(workingDays(week, 2026)).toBe(261)
  expect(workingDays({ ...week, days: { '2026-01-01': false, '2026-01-03': true, '2027-01-04': false } }, 2026)).toBe(261)
  expect(workingDays({ weekend: [], days: {} }, 2024)).toBe(366)
})

test('days away cross years', () => {
  expect(moved('2026-12-31', 1)).toBe('2027-01-01')
  expect(moved('2024-03-01', -1)).toBe('2024-02-29')
})
