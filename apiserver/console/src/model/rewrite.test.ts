import { describe, expect, test } from 'vitest'
import { isMap, isScalar, isSeq, visit } from 'yaml'

import { anyDocument, dice, seeds, type Dice } from './any'
import { alike, canonical, tasksOf, type WorkflowDoc } from './document'
import { addTask, connect, disconnect, moveTasks, removeTasks, renameTask, updateTask } from './operations'
import { flowText, printYaml } from './print'
import { rewrite } from './rewrite'
import { Source, structure } from './source'
import { parseYaml } from './yaml'

function parsed(text: string): WorkflowDoc {
  const p = parseYaml(text)
  if (!p.doc) throw new Error(`${JSON.stringify(p.problem)} in\n${text}`)
  return p.doc
}

// handwritten is a document as a person writes it: with remarks, in other forms.
function handwritten(doc: WorkflowDoc, d: Dice): string {
  let text = printYaml(doc)
  const needs = /^( +)needs:\n(?:\1  - [^\n|]*\n)+(?!\1  - )/gm
  text = text.replace(needs, (all, lead: string) => {
    if (d.chance(0.5)) return all
    const list = parsed(`name: x\ntasks:\n  - name: y\n    kind: z\n${all}`).tasks![0]!.needs!
    return `${lead}needs: ${flowText(list)}\n`
  })
  if (doc.layout && d.chance(0.3)) text = text.replace(/^layout:\n(?:  .*\n)+/m, `layout: ${flowText(doc.layout)}\n`)
  const inside = new Set<number>()
  visit(structure(text).yaml, {
    Scalar(_, n) {
      if (!n.type?.startsWith('BLOCK')) return
      const from = text.slice(0, n.range![0]).split('\n').length
      const to = text.slice(0, n.range![1]).split('\n').length
      for (let i = from; i < to; i++) inside.add(i)
    },
  })
  const out: string[] = ['# the head of the file', '']
  text.split('\n').forEach((line, i) => {
    const lead = /^ */.exec(line)![0]
    if (line !== '' && !inside.has(i) && d.chance(0.15)) out.push(`${lead}# remark ${i}`)
    out.push(line !== '' && !inside.has(i) && !/[|][+-]?$/.test(line) && d.chance(0.15) ? `${line}  # behind ${i}` : line)
  })
  return out.join('\n')
}

// blocks gives the lines of every task, with the remarks above them.
function blocks(text: string): Map<string, string> {
  const out = new Map<string, string>()
  const root = structure(text).yaml.contents
  const list = isMap(root) ? root.get('tasks', true) : undefined
  if (!isSeq(list)) return out
  const s = new Source(text, root)
  list.items.forEach((item, i) => {
    if (!isMap(item)) return
    const name = item.get('name', true)
    let from = s.lineStart(s.dashOf(list, i))
    for (let above = s.lineStart(from - 1); /^ +#/.test(text.slice(above, from)); above = s.lineStart(from - 1)) from = above
    if (isScalar(name)) out.set(String(name.value), text.slice(from, s.lineEnd(s.endOf(item))))
  })
  return out
}

type Edit = [string, (doc: WorkflowDoc, d: Dice) => WorkflowDoc]

const edits: Edit[] = [
  ['adds a task', (doc) => addTask(doc, { name: 'fresh', kind: 'SHELL', params: { rawScript: 'echo\ndone' } }, { x: 1, y: 2 })],
  ['renames a task', (doc, d) => renameTask(doc, d.pick(tasksOf(doc)).name, 'renamed: now')],
  ['moves a task', (doc, d) => moveTasks(doc, { [d.pick(tasksOf(doc)).name]: { x: 77, y: -5 } })],
  ['removes a task', (doc, d) => removeTasks(doc, [d.pick(tasksOf(doc)).name])],
  ['connects tasks', (doc, d) => connect(doc, d.pick(tasksOf(doc)).name, d.pick(tasksOf(doc)).name)],
  [
    'cuts edges',
    (doc, d) => {
      const t = d.pick(tasksOf(doc))
      return disconnect(doc, (t.needs ?? []).slice(0, 1).map((n): [string, string] => [n, t.name]))
    },
  ],
  ['describes a task', (doc, d) => updateTask(doc, d.pick(tasksOf(doc)).name, (t) => ({ ...t, description: 'one\ntwo', retry: { times: 7 }, params: { ...t.params, rawScript: 'a: b', fresh: [1, { a: 'x' }] } }))],
  ['empties a task', (doc, d) => updateTask(doc, d.pick(tasksOf(doc)).name, (t) => ({ name: t.name, kind: t.kind }))],
  ['changes the workflow', (doc) => ({ ...doc, name: 'another', description: undefined, timeout: '2h', params: [...(doc.params ?? []), { name: 'fresh', value: '1' }] })],
]

const some = seeds.slice(0, 40)

describe('an edit of the drawing', { timeout: 120_000 }, () => {
  test.each(edits)('that %s leaves the rest as it is', (what, edit) => {
    for (const seed of some) {
      const d = dice(seed + what.length)
      const doc = anyDocument(seed)
      if (tasksOf(doc).length === 0) continue
      const text = handwritten(doc, d)
      const before = parsed(text)
      expect(alike(canonical(before), canonical(doc)), `seed ${seed}`).toBe(true)
      const after = edit(before, d)
      const now = rewrite(text, before, after)
      const said = `seed ${seed}\n${text}\nis now\n${now}`
      expect(canonical(parsed(now)), said).toEqual(canonical(after))
      expect(now.startsWith('# the head of the file\n'), said).toBe(true)
      const was = blocks(text)
      const is = blocks(now)
      for (const t of tasksOf(after)) {
        const old = tasksOf(before).find((x) => x.name === t.name)
        if (old && alike(canonical({ name: '', tasks: [old] }), canonical({ name: '', tasks: [t] }))) expect(is.get(t.name), said).toBe(was.get(t.name))
      }
      expect(rewrite(now, after, after)).toBe(now)
    }
  })

  test('and back gives the text that was', () => {
    for (const seed of some) {
      const doc = anyDocument(seed)
      if (tasksOf(doc).length === 0) continue
      const text = handwritten(doc, dice(seed))
      const before = parsed(text)
      const name = tasksOf(doc)[0]!.name
      const there = renameTask(before, name, 'for a moment')
      const back = renameTask(there, 'for a moment', name)
      expect(printYaml(parsed(rewrite(rewrite(text, before, there), there, back)))).toBe(printYaml(before))
      const more = addTask(before, { name: 'for a moment', kind: 'SHELL' })
      expect(rewrite(rewrite(text, before, more), more, before), `seed ${seed}`).toBe(text)
    }
  })
})

test('a person finds his own words again', () => {
  // The text but for its layout, with a name for the first task.
  const written = (first: string) => `# What we load every night.
name: orders    # not order

tasks:
  # From the shop.
  - name: ${first}
    kind: SHELL
    retry: {times: 2}   # it stutters
    params:
      rawScript: |      # mind the quotes
        ./extract.sh "$day"

  # Into the warehouse.
  - {name: load, kind: SHELL, needs: [${first}],  # after the shop
     params: {rawScript: ./load.sh}}
`
  const text = `${written('extract')}
layout: {extract: {x: 0, y: 0}, load: {x: 300, y: 0}}   # by hand
`
  const doc = parsed(text)
  let now = addTask(doc, { name: 'report', kind: 'SHELL', needs: ['load'] }, { x: 600, y: 0 })
  now = moveTasks(now, { load: { x: 310, y: 5 } })
  now = renameTask(now, 'extract', 'fetch')
  expect(rewrite(text, doc, now)).toBe(`${written('fetch')}
  - name: report
    kind: SHELL
    needs:
      - load

layout: {fetch: {x: 0, y: 0}, load: {x: 310, y: 5}, report: {x: 600, y: 0}}   # by hand
`)
  expect(rewrite(text, doc, removeTasks(doc, ['extract']))).toBe(`# What we load every night.
name: orders    # not order

tasks:

  # Into the warehouse.
  - {name: load, kind: SHELL,  # after the shop
     params: {rawScript: ./load.sh}}

layout: {load: {x: 300, y: 0}}   # by hand
`)
})
