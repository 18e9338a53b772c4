import { expect, test } from 'vitest'

import { changed, filterOf } from './filter'

const now = Date.parse('2026-03-01T12:00:34Z')

test('an empty address narrows nothing', () => {
  expect(filterOf(new URLSearchParams(), now)).toEqual({})
})

test('states, words and a range back from now', () => {
  expect(filterOf(new URLSearchParams('state=FAILED&state=STOPPED&workflow=12&user=li&range=24h'), now)).toEqual({
    state: ['FAILED', 'STOPPED'],
    workflow: 12,
    user: 'li',
    from: '2026-02-28T12:00:00.000Z',
  })
})

test('moments, and none that are no moments', () => {
  expect(filterOf(new URLSearchParams('from=2026-01-01T00:00:00%2B08:00&to=soon'), now)).toEqual({ from: '2025-12-31T16:00:00.000Z' })
})

test('the same question stays the same within a minute', () => {
  const address = new URLSearchParams('range=1h')
  expect(filterOf(address, now)).toEqual(filterOf(address, now + 20_000))
})

test('changes leave the rest', () => {
  const next = changed(new URLSearchParams('tab=x&state=A&state=B&user=li'), { state: ['C'], user: undefined, range: '1h' })
  expect(next.toString()).toBe('tab=x&state=C&range=1h')
})
