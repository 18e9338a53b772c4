import { expect, test } from 'vitest'

import { grouped, healthOf, rate, sum, windowOf } from './series'

test('states that are shown as one are added, none is lost', () => {
  const counts = { SUCCEEDED: 3, FORCED_SUCCESS: 1, LOST: 2, FAILED: 1, SERIAL_WAIT: 5, KILLED: 1, STOPPING: 1, DISPATCHED: 1 }
  const g = grouped(counts)
  expect(g).toEqual({ SUCCEEDED: 4, FAILED: 3, STOPPED: 2, PAUSED: 0, RUNNING: 1, SUBMITTED: 5 })
  expect(sum(g)).toBe(sum(counts))
})

test('the share of successes is of what ended', () => {
  expect(rate({ SUCCEEDED: 3, FAILED: 1, RUNNING: 100 })).toBe(0.75)
  expect(rate({ RUNNING: 1 })).toBeNull()
})

test('windows end with the hour and are as long as they say', () => {
  const w = windowOf('7d', Date.parse('2026-03-01T12:34:56Z'))
  expect(w).toEqual({ from: '2026-02-22T13:00:00.000Z', to: '2026-03-01T13:00:00.000Z', step: '6h' })
})

test('health in one word', () => {
  const good = { masters: 1, workers: 1, apiservers: 1, database: true, etcd: true, problems: [] }
  expect(healthOf(good)).toBe('good')
  expect(healthOf({ ...good, problems: ['x'] })).toBe('warn')
  expect(healthOf({ ...good, workers: 0 })).toBe('bad')
  expect(healthOf({ ...good, database: false })).toBe('bad')
})
