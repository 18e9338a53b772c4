import { expect, test } from 'vitest'

import en from '../i18n/runs.en.json'
import zh from '../i18n/runs.zh.json'
import { reasonKeys, reasonText } from './reasons'

const say = (texts: Record<string, string>) => (key: string, values: Record<string, string>) =>
  (texts[key.replace('reasons.', '')] ?? key).replace(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? '')

const inEnglish = say(en.reasons)
const inChinese = say(zh.reasons)

const sentences = [
  'task clean failed: exit status 3',
  'waits for a worker of the group default',
  'waits for a worker of group gpu: none is connected',
  'waits for a free slot in group default: all 8 slots of 1 worker are taken',
  'waits for a slot of task group 12',
  'waits for instance 12 of its workflow',
  'waits for extract, clean',
  'timed out after 10m0s',
]

test('every known reason is told, with all that it names', () => {
  for (const s of sentences) {
    const names = s.match(/\d+|clean|gpu|extract|10m0s/g) ?? []
    for (const t of [inEnglish, inChinese]) {
      const told = reasonText(s, t)
      expect(told).not.toContain('reasons.')
      expect(told).not.toContain('{{')
      for (const n of names) expect(told).toContain(n)
    }
    expect(reasonText(s, inChinese)).not.toBe(s)
  }
})

test('both languages know every reason', () => {
  expect(Object.keys(en.reasons).sort()).toEqual([...reasonKeys].sort())
})

test('what is not known stays', () => {
  expect(reasonText('connection refused: no route', inChinese)).toBe('connection refused: no route')
})
