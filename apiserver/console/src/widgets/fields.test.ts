import { expect, test } from 'vitest'

import { fieldErrors } from './fields'

const known = [['name'], ['connection', 'host'], ['connection', 'options'], ['days', 0, 'date']]

test('errors find their fields', () => {
  const { at, rest } = fieldErrors(
    [
      { field: 'name', message: 'is taken' },
      { field: 'name', message: 'is too long' },
      { field: 'host', message: 'is no host' },
      { field: 'connection.options.ssl', message: 'is no truth' },
      { field: 'days[0].date', message: 'is no date' },
      { field: 'elsewhere', message: 'is odd' },
    ],
    known,
  )
  expect(at).toEqual([
    { name: ['name'], errors: ['is taken', 'is too long'] },
    { name: ['connection', 'host'], errors: ['is no host'] },
    { name: ['connection', 'options'], errors: ['is no truth'] },
    { name: ['days', 0, 'date'], errors: ['is no date'] },
  ])
  expect(rest).toEqual(['is odd'])
})
