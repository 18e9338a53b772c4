import { expect, test } from 'vitest'

import { cronOf, cronWords, firstPlan, planOf, type Plan } from './cron'

test('words of Quartz expressions, whose Sunday is 1', () => {
  expect(cronWords('0 0 2 * * ?', 'en')).toBe('At 02:00')
  expect(cronWords('0 30 6 ? * 2-6', 'en')).toBe('At 06:30, Monday through Friday')
  expect(cronWords('0 0 2 * * ?', 'zh')).toContain('02:00')
  expect(cronWords('nonsense', 'en')).toBe('nonsense')
})

const plans: Partial<Plan>[] = [
  { every: 'minutes', step: 15 },
  { every: 'hourly', minute: 7 },
  { every: 'daily', minute: 5, hour: 23 },
  { every: 'weekly', minute: 0, hour: 8, weekdays: [1, 7] },
  { every: 'monthly', minute: 0, hour: 3, monthdays: [1, 15] },
  { every: 'monthly', minute: 0, hour: 3, monthdays: [32] },
]

test('what the builder writes it reads again', () => {
  for (const p of plans) {
    const plan = { ...firstPlan, ...p }
    const again = planOf(cronOf(plan))
    expect(again).toMatchObject(p)
    expect(cronOf(again)).toBe(cronOf(plan))
  }
})

test('other ways to write the same', () => {
  expect(planOf('0 */10 * * * ?')).toMatchObject({ every: 'minutes', step: 10 })
  expect(planOf('0 30 6 ? * MON-FRI')).toMatchObject({ every: 'weekly', weekdays: [2, 3, 4, 5, 6] })
  expect(planOf('0 0 2 * * ? *')).toMatchObject({ every: 'daily' })
})

test('what it does not know stays as it is', () => {
  for (const cron of ['5 0 2 * * ?', '0 0 2 1W * ?', '0 0 2 ? * 6#3', '0 0 2 * 1-6 ?', '0 0 2 * * ? 2027', '0 0/7 * * * ?', '', 'x', '0 99 2 * * ?', '0 0 2 ? * FRI-MON']) {
    expect(planOf(cron).every).toBe('own')
    expect(cronOf(planOf(cron))).toBe(cron)
  }
})
