import { isMap, isSeq, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml'

import { alike, canonical, type WorkflowDoc } from './document'
import { elementText, flowText, inside, keysOf, pairText, printYaml, valueText, type Place } from './print'
import { scalarText } from './scalar'
import { isBlockMap, isBlockSeq, keyOf, Source, startOf, structure, Unclear } from './source'
import { parseYaml } from './yaml'

type Fields = Record<string, unknown>

const isFields = (v: unknown): v is Fields => typeof v === 'object' && v !== null && !Array.isArray(v)

// rewrite gives the text of a document after an edit: the text before, in which
// only what was edited is written anew. Comments, order and form of everything
// else stay, byte by byte. A text that is too odd for that is written in its
// canonical form.
export function rewrite(text: string, before: WorkflowDoc, after: WorkflowDoc): string {
  const was = canonical(before)
  const want = canonical(after)
  if (alike(was, want)) return text
  const out = inPlace(text, was as unknown as Fields, want as unknown as Fields)
  const read = out === undefined ? undefined : parseYaml(out).doc
  return out !== undefined && read && alike(canonical(read), want) ? out : printYaml(after)
}

function inPlace(text: string, before: Fields, after: Fields): string | undefined {
  const s = new Source(text, structure(text).yaml.contents)
  if (!isMap(s.root)) return undefined
  try {
    if (s.root.flow) flowMap(s, s.root as YAMLMap<Node, Node>, before, after)
    else blockMap(s, s.root as YAMLMap<Node, Node | null>, before, after, 'fields')
    return s.with()
  } catch (e) {
    if (e instanceof Unclear) return undefined
    throw e
  }
}

// renamed finds keys whose value is under another key now.
function renamed(before: Fields, after: Fields): Map<string, string> {
  const fresh = Object.keys(after).filter((k) => !(k in before))
  const out = new Map<string, string>()
  for (const old of Object.keys(before)) {
    if (old in after) continue
    const i = fresh.findIndex((k) => alike(before[old], after[k]))
    if (i >= 0) out.set(old, fresh.splice(i, 1)[0]!)
  }
  return out
}

// edits tells what becomes of the fields of an object.
function edits(pairs: Pair[], before: Fields, after: Fields, free: boolean) {
  const at = new Map(pairs.map((p, i) => [keyOf(p), i]))
  const names = free ? renamed(before, after) : new Map<string, string>()
  const moved = new Set(names.values())
  const changed: [number, string][] = []
  const removed: number[] = []
  const added: string[] = []
  for (const k of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (names.has(k) || moved.has(k) || alike(before[k], after[k])) continue
    const i = at.get(k)
    if (!(k in after)) i !== undefined && removed.push(i)
    else if (i !== undefined) changed.push([i, k])
    else added.push(k)
  }
  return { at, names, changed, removed: removed.sort((a, b) => a - b), added: new Set(added) }
}

function blockMap(s: Source, map: YAMLMap<Node, Node | null>, before: Fields, after: Fields, at: Place) {
  const pairs = map.items
  const first = pairs[0]
  if (!first) throw new Unclear('an empty block')
  const indent = s.column(startOf(first.key))
  const e = edits(pairs, before, after, at !== 'fields')
  for (const [old, now] of e.names) {
    const pair = pairs[e.at.get(old) ?? -1]
    if (!pair) throw new Unclear('a field that is not there')
    s.replace(pair.key.range![0], pair.key.range![1], scalarText(now))
  }
  for (const [i, k] of e.changed) fieldValue(s, pairs[i]!, before[k], after[k], at === 'layout' ? 'free' : inside(at, k, after[k]), indent, at === 'layout')
  for (const i of e.removed) {
    const from = startOf(pairs[i]!.key)
    const next = pairs[i + 1]
    if (!s.isFirst(from)) {
      if (!next) throw new Unclear('the only field beside a dash')
      s.replace(from, startOf(next.key), '')
    } else s.removeLines(from, s.endOfPair(pairs[i]!), i > 0 || indent > 0)
  }
  insertFields(s, pairs, e.added, after, at, indent)
}

// insertFields writes new fields behind those that come before them.
function insertFields(s: Source, pairs: Pair<Node, Node | null>[], added: ReadonlySet<string>, after: Fields, at: Place, indent: number) {
  if (added.size === 0) return
  const lead = ' '.repeat(indent)
  const there = pairs.map((p) => keyOf(p) ?? '')
  const order = keysOf(after, at)
  const places = there.map((k) => order.indexOf(k)).filter((i) => i >= 0)
  const inOrder = places.every((p, i) => i === 0 || places[i - 1]! < p)
  let anchor = inOrder || at === 'fields' ? -1 : pairs.length - 1
  for (const k of order) {
    const i = there.indexOf(k)
    if (i >= 0) {
      if (inOrder || at === 'fields') anchor = i
    } else if (added.has(k)) {
      const text = pairText(k, after[k], at, indent)
      if (anchor < 0) s.replace(startOf(pairs[0]!.key), startOf(pairs[0]!.key), `${text}\n${lead}`)
      else {
        const end = s.lineEnd(s.endOfPair(pairs[anchor]!))
        s.replace(end, end, `\n${lead}${text}`)
      }
    }
  }
}

// fieldValue changes what is behind a colon.
function fieldValue(s: Source, pair: Pair<Node, Node | null>, before: unknown, after: unknown, at: Place, indent: number, oneLine: boolean) {
  if (pair.value && within(s, pair.value, before, after, at)) return
  anew(s, s.colonOf(pair), s.endOfPair(pair), oneLine ? ` ${flowText(after)}` : valueText(after, at, indent))
}

// anew replaces a value that is written in lines; what is said behind it in its
// line stays there.
function anew(s: Source, from: number, to: number, text: string) {
  const end = s.lineEnd(to)
  const oneLine = s.lineEnd(from) === end
  const rest = oneLine ? s.text.slice(to, end) : ''
  const first = text.split('\n', 1)[0]!
  s.replace(from, end, first + rest + text.slice(first.length))
}

// within changes parts of a value; false: it is to be written anew.
function within(s: Source, node: Node, before: unknown, after: unknown, at: Place): boolean {
  if (isMap(node) && isFields(after) && node.items.length > 0 && Object.keys(after).length > 0) {
    const was = isFields(before) ? before : {}
    if (isBlockMap(node)) blockMap(s, node, was, after, at)
    else flowMap(s, node as YAMLMap<Node, Node>, was, after)
    return true
  }
  if (isSeq(node) && Array.isArray(after) && Array.isArray(before) && node.items.length === before.length && after.length > 0 && before.length > 0) {
    const m = matches(before, after)
    if (!m) return false
    if (isBlockSeq(node)) blockSeq(s, node, before, after, m, at)
    else flowSeq(s, node as YAMLSeq<Node>, before, after, m)
    return true
  }
  return false
}

// matches gives for every element the one that it was, -1 for new ones;
// undefined: they changed places.
function matches(before: unknown[], after: unknown[]): number[] | undefined {
  const out = after.map(() => -1)
  const name = (v: unknown) => (isFields(v) && typeof v.name === 'string' ? v.name : undefined)
  const named = [...before, ...after].every((v) => name(v) !== undefined)
  if (named) {
    const at = new Map(before.map((v, i) => [name(v), i]))
    after.forEach((v, j) => (out[j] = at.get(name(v)) ?? -1))
  } else {
    let start = 0
    while (start < before.length && start < after.length && alike(before[start], after[start])) out[start] = start++
    let end = 1
    while (before.length - end >= start && after.length - end >= start && alike(before.at(-end), after.at(-end))) out[after.length - end] = before.length - end++
  }
  return increasing(out) ? pairUp(out, before.length) : undefined
}

const increasing = (list: number[]) => list.filter((i) => i >= 0).every((i, k, all) => k === 0 || all[k - 1]! < i)

// pairUp takes new elements for what went between the same two, when they are as
// many: they were renamed.
function pairUp(m: number[], before: number): number[] {
  const out = [...m]
  let was = 0
  for (let j = 0; j <= m.length; ) {
    let end = j
    while (end < m.length && m[end]! < 0) end++
    const next = end < m.length ? m[end]! : before
    if (end > j && next - was === end - j) for (let k = j; k < end; k++) out[k] = was + k - j
    was = next + 1
    j = end + 1
  }
  return out
}

function blockSeq(s: Source, seq: YAMLSeq<Node>, before: unknown[], after: unknown[], m: number[], at: Place) {
  const dash = (i: number) => s.dashOf(seq, i)
  const end = (i: number) => (seq.items[i]!.range![1] > startOf(seq.items[i]!) ? s.endOf(seq.items[i]!) : dash(i) + 1)
  const indent = s.column(dash(0))
  const lead = ' '.repeat(indent)
  const kept = new Set(m)
  for (let i = 0; i < before.length; i++) {
    if (kept.has(i)) continue
    if (!s.isFirst(dash(i))) throw new Unclear('two dashes in a line')
    s.removeLines(dash(i), end(i), true)
  }
  // Where there are empty lines between elements, there is one before a new one.
  const airy = before.length > 1 && /\n[ \t]*\n/.test(s.text.slice(end(before.length - 2), dash(before.length - 1)))
  let anchor = -1
  for (const [j, i] of m.entries()) {
    if (i < 0) {
      const text = `- ${elementText(after[j], at, indent)}`
      if (anchor < 0) s.replace(dash(0), dash(0), `${text}\n${lead}`)
      else s.replace(s.lineEnd(end(anchor)), s.lineEnd(end(anchor)), `\n${airy ? '\n' : ''}${lead}${text}`)
      continue
    }
    anchor = i
    if (!alike(before[i], after[j]) && !within(s, seq.items[i]!, before[i], after[j], at)) anew(s, dash(i) + 1, end(i), ` ${elementText(after[j], at, indent)}`)
  }
}

// cut takes elements out of brackets, with their commas.
function cut(s: Source, spans: [number, number][], removed: number[]): void {
  if (removed.length === 0) return
  if (removed.length === spans.length) throw new Unclear('brackets with other content')
  let head = 0
  while (removed[head] === head) head++
  if (head > 0) s.replace(spans[0]![0], spans[head]![0], '')
  for (const i of removed.slice(head)) s.replace(spans[i - 1]![1], spans[i]![1], '')
}

function flowMap(s: Source, map: YAMLMap<Node, Node>, before: Fields, after: Fields) {
  const pairs = map.items
  const spans = pairs.map((p): [number, number] => [startOf(p.key), p.value && p.value.range![1] > startOf(p.value) ? p.value.range![1] : p.key.range![1]])
  const e = edits(pairs, before, after, true)
  for (const [old, now] of e.names) {
    const key = pairs[e.at.get(old) ?? -1]?.key
    if (!key) throw new Unclear('a field that is not there')
    s.replace(key.range![0], key.range![1], scalarText(now, true))
  }
  for (const [i, k] of e.changed) flowValue(s, pairs[i]!.value, before[k], after[k])
  cut(s, spans, e.removed)
  const last = spans.at(-1)
  if (!last && e.added.size > 0) throw new Unclear('empty brackets')
  for (const k of e.added) s.replace(last![1], last![1], `, ${scalarText(k, true)}: ${flowText(after[k])}`)
}

function flowSeq(s: Source, seq: YAMLSeq<Node>, before: unknown[], after: unknown[], m: number[]) {
  const spans = seq.items.map((n): [number, number] => [n.range![0], n.range![1]])
  const kept = new Set(m)
  cut(s, spans, before.map((_, i) => i).filter((i) => !kept.has(i)))
  let anchor = -1
  for (const [j, i] of m.entries()) {
    if (i >= 0) {
      anchor = i
      if (!alike(before[i], after[j])) flowValue(s, seq.items[i]!, before[i], after[j])
    } else if (anchor < 0) s.replace(spans[0]![0], spans[0]![0], `${flowText(after[j])}, `)
    else s.replace(spans[anchor]![1], spans[anchor]![1], `, ${flowText(after[j])}`)
  }
}

function flowValue(s: Source, node: Node | null, before: unknown, after: unknown) {
  if (!node || node.range![1] === startOf(node)) throw new Unclear('a field without a value')
  if (!within(s, node, before, after, 'free')) s.replace(startOf(node), node.range![1], flowText(after))
}
