import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml'

// Source is a text with the places of what it says, and the changes that are
// being made to it.
export class Source {
  private readonly changes: { from: number; to: number; text: string }[] = []
  constructor(
    readonly text: string,
    readonly root: Node | null,
  ) {}

  // with gives the text with all changes; undefined: two of them meet.
  with(): string | undefined {
    const ordered = this.changes.map((c, i) => ({ ...c, i })).sort((a, b) => a.from - b.from || a.to - b.to || a.i - b.i)
    let out = ''
    let at = 0
    for (const c of ordered) {
      if (c.from < at) return undefined
      out += this.text.slice(at, c.from) + c.text
      at = c.to
    }
    return out + this.text.slice(at)
  }

  replace(from: number, to: number, text: string) {
    this.changes.push({ from, to, text })
  }

  lineStart(at: number): number {
    return this.text.lastIndexOf('\n', at - 1) + 1
  }

  lineEnd(at: number): number {
    const end = this.text.indexOf('\n', at)
    return end < 0 ? this.text.length : end
  }

  column(at: number): number {
    return at - this.lineStart(at)
  }

  // isFirst says whether nothing is before a place in its line.
  isFirst(at: number): boolean {
    return this.text.slice(this.lineStart(at), at).trim() === ''
  }

  // removeLines takes lines away, with the comments right above them that are
  // as far in: they speak of what goes.
  removeLines(from: number, to: number, comments: boolean) {
    const column = this.column(from)
    let start = this.lineStart(from)
    while (comments && start > 0) {
      const above = this.lineStart(start - 1)
      const line = this.text.slice(above, start)
      if (line.search(/\S/) !== column || line[column] !== '#') break
      start = above
    }
    // Of two empty lines around them one stays.
    const next = this.lineEnd(to) + 1
    const before = this.lineStart(start - 1)
    if (start > 0 && this.text.slice(before, start).trim() === '' && this.text.slice(next, this.lineEnd(next)).trim() === '') start = before
    // With the line break before them: what is put behind them stays behind.
    if (start > 0) this.replace(start - 1, this.lineEnd(to), '')
    else this.replace(0, Math.min(this.lineEnd(to) + 1, this.text.length), '')
  }

  // endOf is where the content of a node ends, without what follows in its line.
  endOf(node: Node): number {
    if (isBlockMap(node)) {
      const last = node.items.at(-1)
      if (last) return this.endOfPair(last)
    } else if (isBlockSeq(node)) {
      const last = node.items.at(-1) as Node | undefined
      if (last && (last.range![1] > last.range![0] || !isScalar(last))) return this.endOf(last)
      return this.dashOf(node, node.items.length - 1) + 1
    }
    const [start, end] = node.range!
    return isScalar(node) && node.type?.startsWith('BLOCK') ? start + this.text.slice(start, end).trimEnd().length : end
  }

  endOfPair(pair: Pair): number {
    const value = pair.value as Node | null
    return value && value.range![1] > value.range![0] ? this.endOf(value) : this.colonOf(pair)
  }

  // colonOf is right behind the colon of a field.
  colonOf(pair: Pair): number {
    const token = pair.srcToken as { sep?: { type: string; offset: number }[] } | undefined
    const colon = token?.sep?.find((t) => t.type === 'map-value-ind')
    if (!colon) throw new Unclear('a field without a colon')
    return colon.offset + 1
  }

  dashOf(seq: YAMLSeq, i: number): number {
    const token = seq.srcToken as { items?: { start: { type: string; offset: number }[] }[] } | undefined
    const dash = token?.items?.[i]?.start.find((t) => t.type === 'seq-item-ind')
    if (!dash) throw new Unclear('an element without a dash')
    return dash.offset
  }
}

// Unclear is thrown where a text is too odd to be changed in place.
export class Unclear extends Error {}

export const isBlockMap = (n: unknown): n is YAMLMap<Node, Node | null> => isMap(n) && !n.flow
export const isBlockSeq = (n: unknown): n is YAMLSeq<Node> => isSeq(n) && !n.flow

export const startOf = (n: Node) => n.range![0]
export const keyOf = (p: Pair) => (isScalar(p.key) ? String(p.key.value) : undefined)

// Structure is what a text is made of, and where its lines are.
export interface Structure {
  yaml: Document.Parsed
  lines: LineCounter
}

const known: { text: string; structure: Structure }[] = []

// structure parses a text; of the last few it is known, as what follows an edit
// begins with the same. Whether keys are unique is not looked at: the library
// compares each with all before it.
export function structure(text: string): Structure {
  const found = known.find((p) => p.text === text)
  if (found) return found.structure
  const lines = new LineCounter()
  const made = { yaml: parseDocument(text, { keepSourceTokens: true, lineCounter: lines, prettyErrors: false, uniqueKeys: false }), lines }
  known.unshift({ text, structure: made })
  known.length = Math.min(known.length, 3)
  return made
}
