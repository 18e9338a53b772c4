import { describe, expect, test } from 'vitest'

import { canonical, seconds, tasksOf, type Task, type WorkflowDoc } from './document'
import { difference, isSame } from './diff'
import { anyDocument, seeds } from './any'
import { fromGraph, toGraph } from './graph'
import { begin, redo, step, undo } from './history'
import { arrange, grid, placesOf, skeleton } from './layout'
import { addTask, connect, copyTasks, disconnect, moveTasks, pasteTasks, readClip, refusesEdge, removeTasks, renameTask, updateTask } from './operations'
import { printYaml } from './print'
import { structure } from './source'
import { parseYaml, placeOf, taskAt } from './yaml'

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
  const text = 'name: a\ntasks:\n  - name: x\n    kind: SHELL\n    params:\n      rawScript: |\n        echo\n  - name: y\n    kind: SHELL\n'
  expect(placeOf(structure(text), 'tasks[0].params.rawScript')).toEqual({ line: 6, column: 7 })
  expect(placeOf(structure(text), 'tasks[1].nothing.there')).toEqual({ line: 8, column: 5 })
  expect([1, 3, 7, 8, 9].map((line) => taskAt(parseYaml(text).tasks, line))).toEqual([-1, 0, 0, 1, 1])
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
