import { expect, test } from 'vitest'

import { changesOf } from './changes'

test('only what differs is shown', () => {
  expect(changesOf({ name: 'a', size: 1, tags: ['x'] }, { name: 'b', size: 1, tags: ['x', 'y'] })).toEqual([
    { field: 'name', before: 'a', after: 'b' },
    { field: 'tags[1]', before: null, after: 'y' },
  ])
})

test('what was made or deleted is shown whole', () => {
  expect(changesOf(undefined, { name: 'a', empty: [] })).toEqual([
    { field: 'name', before: null, after: 'a' },
    { field: 'empty', before: null, after: '[]' },
  ])
  expect(changesOf({ on: true }, null)).toEqual([{ field: 'on', before: 'true', after: null }])
  expect(changesOf(undefined, undefined)).toEqual([])
})

test('nothing is not the text null', () => {
  expect(changesOf({ a: null }, { a: 'null' })).toEqual([])
  expect(changesOf({ a: '' }, { a: 'x' })).toEqual([{ field: 'a', before: '', after: 'x' }])
})
