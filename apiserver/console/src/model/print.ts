import { canonical, type WorkflowDoc } from './document'
import { block, isBlock, scalarText } from './scalar'

// Place is what the keys of an object mean: fields in the order that they are
// in, a kind's own in the order of their names, or tasks that are drawn.
export type Place = 'fields' | 'free' | 'layout'

const isMap = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null && !Array.isArray(v)

// inside is the place of what is under a key.
export function inside(at: Place, key: string, v: unknown): Place {
  if (at !== 'fields') return 'free'
  if (key === 'layout') return 'layout'
  return (key === 'params' || key === 'labels') && isMap(v) ? 'free' : 'fields'
}

// byCodePoint orders texts as the server does, which is not how JavaScript does.
export function byCodePoint(a: string, b: string): number {
  const x = [...a]
  const y = [...b]
  for (let i = 0; i < Math.min(x.length, y.length); i++) if (x[i] !== y[i]) return x[i]!.codePointAt(0)! - y[i]!.codePointAt(0)!
  return x.length - y.length
}

// keysOf gives the keys of an object in the order in which they are written.
export function keysOf(v: Record<string, unknown>, at: Place): string[] {
  const keys = Object.keys(v).filter((k) => v[k] !== undefined)
  return at === 'fields' ? keys : keys.sort(byCodePoint)
}

// printYaml writes a document in its canonical form: the same one always gives
// the same text, here and on the server.
export function printYaml(doc: WorkflowDoc): string {
  return objectText(canonical(doc) as unknown as Record<string, unknown>, 'fields', 0).join('\n') + '\n'
}

// objectText gives the lines of an object, the first without its indent.
export function objectText(v: Record<string, unknown>, at: Place, indent: number): string[] {
  const lead = ' '.repeat(indent)
  return keysOf(v, at).map((k, i) => (i > 0 ? lead : '') + pairText(k, v[k], at, indent))
}

// pairText writes a key and what it has, in a line with an indent.
export function pairText(key: string, v: unknown, at: Place, indent: number): string {
  return `${scalarText(key)}:${at === 'layout' ? ` ${flowText(v)}` : valueText(v, inside(at, key, v), indent)}`
}

// valueText writes what is behind a colon of a line with an indent.
export function valueText(v: unknown, at: Place, indent: number): string {
  const lead = ' '.repeat(indent + 2)
  if (isMap(v) && keysOf(v, at).length > 0) return `\n${lead}${objectText(v, at, indent + 2).join('\n')}`
  if (Array.isArray(v) && v.length > 0) return v.map((x) => `\n${lead}- ${elementText(x, at, indent + 2)}`).join('')
  return ` ${simpleText(v, indent + 2)}`
}

// elementText writes what is behind a dash of a line with an indent.
export function elementText(v: unknown, at: Place, indent: number): string {
  const lead = ' '.repeat(indent + 2)
  if (isMap(v) && keysOf(v, at).length > 0) return objectText(v, at, indent + 2).join('\n')
  if (Array.isArray(v) && v.length > 0) return v.map((x, i) => `${i > 0 ? `\n${lead}` : ''}- ${elementText(x, at, indent + 2)}`).join('')
  return simpleText(v, indent + 2)
}

function simpleText(v: unknown, indent: number): string {
  if (typeof v === 'string') return isBlock(v) ? block(v, indent) : scalarText(v)
  return flowText(v)
}

// flowText writes a value in one line.
export function flowText(v: unknown): string {
  if (typeof v === 'string') return scalarText(v, true)
  if (Array.isArray(v)) return `[${v.map(flowText).join(', ')}]`
  if (isMap(v)) return `{${Object.keys(v).map((k) => `${scalarText(k, true)}: ${flowText(v[k])}`).join(', ')}}`
  // Not every reader takes 1e+21 for a number.
  return typeof v === 'number' ? String(v).replace(/^(-?\d+)e/, '$1.0e') : String(v)
}
