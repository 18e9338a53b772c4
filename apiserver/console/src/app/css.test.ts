import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const src = join(import.meta.dirname, '..')

// Sheets stay when their page has gone: a class that two pages give a look to
// would make one page look as the way to it was.
test('no class gets its look from two sheets', () => {
  const from = new Map<string, Set<string>>()
  for (const file of readdirSync(src, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.css') || file.startsWith('app')) continue // the frame's are always there
    const text = readFileSync(join(src, file), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '')
    for (const [, heads] of text.matchAll(/([^{}]+)\{/g))
      for (const one of heads!.split(',').map((s) => s.trim()))
        if (/^\.[a-z][\w-]*$/.test(one)) from.set(one, (from.get(one) ?? new Set()).add(file))
  }
  expect(from.size).toBeGreaterThan(100)
  expect([...from].filter(([, files]) => files.size > 1)).toEqual([])
})
