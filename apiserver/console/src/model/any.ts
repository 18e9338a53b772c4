// Documents at random, for tests.
import { canonical, type Task, type WorkflowDoc } from './document'

// dice gives the same numbers for the same seed.
export function dice(seed: number) {
  let s = seed >>> 0
  const next = () => {
    s = (s + 0x6d2b79f5) >>> 0
    let t = Math.imul(s ^ (s >>> 15), 1 | s)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  const below = (n: number) => Math.floor(next() * n)
  return { below, chance: (p: number) => next() < p, pick: <T>(list: readonly T[]): T => list[below(list.length)] as T }
}
export type Dice = ReturnType<typeof dice>

export const texts = [
  'a', 'two words', 'x: y', '- 1', '行 一\n行 二', "'", '"', '#', 'yes', 'no', '007', '~', 'a\n', ' lead', 'trail ', '${day}', '1e3', 'null', '0x1f', 'on',
  'a\n\n  b\n', '\n', '\t', '{}', '[]', '*a', '&a', '!b', '%', '@', '`', '|', '>', '---', '...', '2026-01-01', '$[yyyyMMdd-1]', '\\', 'é', '🐬', 'line\r\nend',
]

// values draws parameters of a kind.
function values(d: Dice, depth = 0): unknown {
  switch (d.below(depth > 2 ? 4 : 6)) {
    case 0:
      return d.below(1_000_000) - 500_000
    case 1:
      return d.chance(0.5)
    case 2:
      return d.below(1000) / 8
    case 3:
      return d.pick([...texts, ''])
    case 4:
      return Array.from({ length: d.below(3) }, () => values(d, depth + 1))
    default:
      return Object.fromEntries(Array.from({ length: d.below(3) }, (_, i) => [`k${i}${d.pick(['', ' ', ':', 'é'])}`, values(d, depth + 1)]))
  }
}

function params(d: Dice) {
  return Array.from({ length: 1 + d.below(3) }, (_, i) => ({ name: `p${i}`, ...(d.chance(0.7) ? { value: d.pick(texts) } : {}), ...(d.chance(0.3) ? { type: 'INTEGER' } : {}), ...(d.chance(0.3) ? { direction: 'OUT' } : {}) }))
}

function anyTask(d: Dice, i: number, names: string[]): Task {
  const t: Task = { name: names[i]!, kind: d.pick(['SHELL', 'SQL', 'HTTP']) }
  const needs = names.slice(0, i).filter(() => d.chance(0.3))
  if (d.chance(0.05)) needs.push('nobody knows it')
  if (needs.length > 0) t.needs = needs
  if (d.chance(0.3)) t.description = d.pick(texts)
  if (d.chance(0.2)) t.disabled = true
  if (d.chance(0.2)) t.priority = d.pick(['HIGHEST', 'LOW'])
  if (d.chance(0.2)) t.environment = d.pick(texts)
  if (d.chance(0.3)) t.retry = { times: d.below(4), ...(d.chance(0.5) ? { interval: '1m' } : {}) }
  if (d.chance(0.2)) t.timeout = { after: '10m', action: 'FAIL' }
  if (d.chance(0.2)) t.taskGroup = { id: 3, priority: 1 }
  if (d.chance(0.3)) t.inputs = params(d)
  if (d.chance(0.6)) t.params = { rawScript: d.pick(texts), other: values(d) }
  if (d.chance(0.1)) Object.assign(t, { kind: 'SUB_WORKFLOW', subWorkflow: { project: 'far', workflow: d.pick(texts) } })
  else if (d.chance(0.1)) Object.assign(t, { kind: 'DEPENDENT', dependent: { relation: 'OR', groups: [{ relation: 'AND', items: [{ project: 'p', workflow: 'w', task: 't', cycle: 'day', date: 'today' }] }], checkInterval: '10s' } })
  else if (d.chance(0.1)) Object.assign(t, { kind: 'CONDITIONS', conditions: { groups: [{ items: [{ task: d.pick(names), status: 'SUCCESS' }] }], success: [d.pick(names)], verdict: true } })
  else if (d.chance(0.1)) Object.assign(t, { kind: 'SWITCH', switch: { cases: [{ when: '${a} > 1', next: d.pick(names) }], default: d.pick(names) } })
  return t
}

export function anyDocument(seed: number): WorkflowDoc {
  const d = dice(seed)
  const doc: WorkflowDoc = { name: 'n' + d.pick(texts) }
  if (d.chance(0.5)) doc.description = d.pick(texts)
  if (d.chance(0.2)) doc.labels = { team: d.pick(texts) }
  if (d.chance(0.2)) doc.timeout = '30m'
  if (d.chance(0.2)) doc.policy = 'SERIAL_WAIT'
  if (d.chance(0.4)) doc.params = params(d)
  const names = Array.from({ length: d.below(10) }, (_, i) => `${d.pick(texts).trim()}${i}`)
  if (names.length > 0) doc.tasks = names.map((_, i) => anyTask(d, i, names))
  if (names.length > 0 && d.chance(0.7)) doc.layout = Object.fromEntries(names.filter(() => d.chance(0.8)).map((n) => [n, { x: d.below(900) - 400, y: d.below(500) }]))
  if (doc.layout && Object.keys(doc.layout).length === 0) delete doc.layout
  return canonical(doc)
}

export const seeds = Array.from({ length: 150 }, (_, i) => i * 7919 + 1)
