import { expect, test } from 'vitest'

import en from './en.json'
import zh from './zh.json'

function keys(tree: object, path = ''): string[] {
  return Object.entries(tree).flatMap(([k, v]) => (typeof v === 'object' ? keys(v as object, `${path}${k}.`) : [path + k]))
}

test('both languages say everything', () => {
  expect(keys(zh).sort()).toEqual(keys(en).sort())
})
