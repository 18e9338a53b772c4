import { describe, expect, test } from 'vitest'

import { canonical, seconds, tasksOf, type Task, type WorkflowDoc } from './document'
import { difference, isSame } from './diff'
import { fromGraph, toGraph } from './graph'
import { begin, redo, step, undo } from './history'
import { arrange, grid, placesOf, skeleton } from './layout'
import { addTask, connect, copyTasks, disconnect, moveTasks, pasteTasks, readClip, refusesEdge, removeTasks, renameTask, updateTask } from './operations'
import { printYaml } from './print'
import { parseYaml } from './yaml'

// dice gives the same numbers for the same seed.
function dice(seed: number) {
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
type Dice = ReturnType<typeof dice>

const texts = [
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

function anyDocument(seed: number): WorkflowDoc {
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

const seeds = Array.from({ length: 150 }, (_, i) => i * 7919 + 1)

// parsed fails with the text when it is no document.
function parsed(text: string): WorkflowDoc {
  const p = parseYaml(text)
  if (!p.doc) throw new Error(`${JSON.stringify(p.problem)} in\n${text}`)
  return p.doc
}

describe('any document', { timeout: 60_000 }, () => {
  test('is the same after text and back', () => {
    for (const seed of seeds) {
      const doc = anyDocument(seed)
      const text = printYaml(doc)
      expect(parsed(text), `seed ${seed}\n${text}`).toEqual(doc)
      expect(printYaml(parsed(text))).toBe(text)
    }
  })

  test('is the same after the canvas and back', () => {
    for (const seed of seeds) {
      const doc = anyDocument(seed)
      expect(fromGraph(toGraph(doc), doc), `seed ${seed}`).toEqual(doc)
      const rest = { ...doc, layout: undefined }
      expect(printYaml(fromGraph(toGraph(parsed(printYaml(doc))), rest))).toBe(printYaml(doc))
    }
  })

  test('has a place for every task', () => {
    for (const seed of seeds.slice(0, 100)) {
      const doc = anyDocument(seed)
      for (const places of [placesOf(doc), grid(doc), arrange(skeleton(doc))])
        expect(Object.keys(places)).toEqual(expect.arrayContaining(tasksOf(doc).map((t) => t.name)))
    }
  })

  test('survives edits that are undone by others', () => {
    for (const seed of seeds) {
      const doc = anyDocument(seed)
      const names = tasksOf(doc).map((t) => t.name)
      const first = names[0]
      if (first === undefined) continue
      expect(renameTask(renameTask(doc, first, 'a new name'), 'a new name', first), `seed ${seed}`).toEqual(doc)
      expect(canonical(removeTasks(addTask(doc, { name: 'a new name', kind: 'SHELL' }), ['a new name']))).toEqual(doc)
      const clip = readClip(JSON.stringify(copyTasks(doc, names)))!
      const pasted = pasteTasks({ name: doc.name }, clip, undefined)
      expect(pasted.names).toEqual(names)
      const twice = pasteTasks(doc, clip)
      expect(new Set(tasksOf(twice.doc).map((t) => t.name)).size).toBe(2 * names.length)
      expect(canonical(removeTasks(twice.doc, twice.names)).tasks).toEqual(doc.tasks)
      const gone = removeTasks(doc, [first])
      const left = JSON.stringify({ ...gone, tasks: tasksOf(gone).map((t) => ({ ...t, params: 0, inputs: 0, description: 0, environment: 0, subWorkflow: 0 })), name: '', description: '', params: 0, labels: 0 })
      expect(left.includes(JSON.stringify(first)), `seed ${seed}: ${first} in ${left}`).toBe(false)
    }
  })

  test('differs from itself in nothing, and from another as it says', () => {
    for (const seed of seeds.slice(0, 100)) {
      const doc = anyDocument(seed)
      expect(isSame(difference(doc, parsed(printYaml(doc))))).toBe(true)
      const more = addTask(doc, { name: 'a new name', kind: 'SHELL' }, { x: 1, y: 2 })
      expect(difference(doc, more).tasks).toEqual([{ name: 'a new name', change: 'ADDED', fields: [] }])
      expect(difference(more, doc).tasks).toEqual([{ name: 'a new name', change: 'REMOVED', fields: [] }])
    }
  })
})

describe('edges', () => {
  const doc: WorkflowDoc = { name: 'w', tasks: [{ name: 'a', kind: 'SHELL' }, { name: 'b', kind: 'SHELL', needs: ['a'] }, { name: 'c', kind: 'SHELL', needs: ['b'] }] }

  test('are refused where they make no sense', () => {
    expect(refusesEdge(doc, 'a', 'a')).toBe('self')
    expect(refusesEdge(doc, 'a', 'b')).toBe('twice')
    expect(refusesEdge(doc, 'c', 'a')).toBe('cycle')
    expect(refusesEdge(doc, 'c', 'x')).toBe('unknown')
    expect(connect(doc, 'c', 'a')).toBe(doc)
  })

  test('come and go', () => {
    const more = connect(doc, 'a', 'c')
    expect(more.tasks?.[2]?.needs).toEqual(['b', 'a'])
    expect(canonical(disconnect(more, [['a', 'c']]))).toEqual(doc)
    expect(more.tasks?.[0]).toBe(doc.tasks?.[0])
  })

  test('out of conditions and switches are branches', () => {
    let d: WorkflowDoc = { name: 'w', tasks: [{ name: 'if', kind: 'CONDITIONS' }, { name: 'sw', kind: 'SWITCH' }, { name: 'x', kind: 'SHELL' }, { name: 'y', kind: 'SHELL' }] }
    for (const [a, b] of [['if', 'x'], ['if', 'y'], ['sw', 'x'], ['sw', 'y']] as const) d = connect(d, a, b)
    expect(d.tasks?.[0]?.conditions).toMatchObject({ success: ['x'], failed: ['y'] })
    expect(d.tasks?.[1]?.switch).toEqual({ cases: [{ when: '', next: 'x' }], default: 'y' })
    expect(toGraph(d).edges.map((e) => e.branch?.when)).toEqual(['success', 'case', 'failed', 'default'])
    const less = disconnect(d, [['if', 'x'], ['sw', 'y']])
    expect(less.tasks?.[0]?.conditions).toMatchObject({ success: [], failed: ['y'] })
    expect(less.tasks?.[1]?.switch).toEqual({ cases: [{ when: '', next: 'x' }] })
  })
})

test('a text that is no document says where', () => {
  const problem = (text: string) => parseYaml(text).problem
  expect(problem('')).toMatchObject({ message: 'the document is empty' })
  expect(problem('name: a\ntasks: 3\n')).toMatchObject({ path: 'tasks', line: 2 })
  expect(problem('name: a\ntasks:\n  - kind: SHELL\n')).toMatchObject({ path: 'tasks[0].name', line: 3, column: 5 })
  expect(problem('name: a\ntasks:\n  - {name: x, kind: A}\n  - {name: x, kind: B}\n')).toMatchObject({ path: 'tasks[1].name', line: 4 })
  expect(problem('name: [\n')?.line).toBeGreaterThan(0)
  expect(problem('name: &a b\ndescription: *a\n')?.message).toContain('aliases')
})

test('lines and tasks are found in a text', () => {
  const { places } = parseYaml('name: a\ntasks:\n  - name: x\n    kind: SHELL\n    params:\n      rawScript: |\n        echo\n  - name: y\n    kind: SHELL\n')
  expect(places.at('tasks[0].params.rawScript')).toEqual({ line: 6, column: 7 })
  expect(places.at('tasks[1].nothing.there')).toEqual({ line: 8, column: 5 })
  expect([1, 3, 7, 8, 9].map(places.taskAt)).toEqual([-1, 0, 0, 1, 1])
})

test('a document is written in the order of its fields', () => {
  const text = printYaml({ tasks: [{ kind: 'SHELL', params: { z: 1, a: 'x\ny\n' }, name: 'b', priority: 'MEDIUM', disabled: false }], layout: { b: { y: 2, x: 1 } }, name: 'w', policy: 'PARALLEL' })
  expect(text).toBe('name: w\ntasks:\n  - name: b\n    kind: SHELL\n    params:\n      a: |\n        x\n        y\n      z: 1\nlayout:\n  b: {x: 1, y: 2}\n')
})

test('steps are undone and done again', () => {
  let h = begin(1)
  h = step(h, 2)
  h = step(h, 3, 'typing', 100)
  h = step(h, 4, 'typing', 200)
  expect(undo(h).now).toBe(2)
  expect(undo(undo(undo(h))).now).toBe(1)
  expect(redo(undo(h)).now).toBe(4)
  expect(step(undo(h), 9).future).toEqual([])
  expect(step(h, 5, 'typing', 5000).past).toEqual([1, 2, 4])
})

test('tasks are moved to whole places, and changed without losing their name', () => {
  const doc = addTask({ name: 'w' }, { name: 'a', kind: 'SHELL' })
  expect(moveTasks(doc, { a: { x: 1.4, y: 2.6 } }).layout).toEqual({ a: { x: 1, y: 3 } })
  expect(updateTask(doc, 'a', () => ({ name: 'b', kind: 'SQL' })).tasks).toEqual([{ name: 'a', kind: 'SQL' }])
})

test('clipboards that hold something else are left alone', () => {
  for (const text of ['', 'hello', '{', '{}', '{"porpoise":"tasks","tasks":[{"name":1}]}']) expect(readClip(text)).toBeUndefined()
})

test('durations are read as the server reads them', () => {
  expect(['90s', '1h30m', '500ms', '1.5h', '0'].map(seconds)).toEqual([90, 5400, 0.5, 5400, 0])
  expect(['', '5', '5 m', '1d', 'm'].map(seconds)).toEqual([undefined, undefined, undefined, undefined, undefined])
})

test('many tasks are arranged in time', () => {
  const tasks: Task[] = Array.from({ length: 1000 }, (_, i) => ({ name: `t${i}`, kind: 'SHELL', ...(i > 9 ? { needs: [`t${i - 10}`, `t${Math.floor(i / 2)}`] } : {}) }))
  const doc = { name: 'w', tasks }
  expect(Object.keys(grid(doc))).toHaveLength(1000)
  expect(parsed(printYaml(doc)).tasks).toHaveLength(1000)
})

// The server's tests read the same files.
const canonicals = import.meta.glob<string>('../../../../pkg/manifest/testdata/canonical/*.yaml', { query: '?raw', import: 'default', eager: true })

describe('the canonical form', () => {
  const inputs = Object.keys(canonicals).filter((file) => file.endsWith('.in.yaml'))
  test('has examples', () => expect(inputs.length).toBeGreaterThan(2))
  test.each(inputs)('of %s', (file) => {
    const want = canonicals[file.replace('.in.yaml', '.yaml')]!
    expect(printYaml(parsed(canonicals[file]!))).toBe(want)
    expect(printYaml(parsed(want))).toBe(want)
  })
})
