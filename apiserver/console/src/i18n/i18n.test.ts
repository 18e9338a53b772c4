import { expect, test } from 'vitest'

import { textsOf } from '.'

function keys(tree: object, path = ''): string[] {
  return Object.entries(tree).flatMap(([k, v]) => (typeof v === 'object' ? keys(v as object, `${path}${k}.`) : [path + k]))
}

test('both languages say everything', () => {
  expect(keys(textsOf('zh')).length).toBeGreaterThan(20)
  expect(keys(textsOf('zh')).sort()).toEqual(keys(textsOf('en')).sort())
})
