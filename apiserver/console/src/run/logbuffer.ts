// The part of a log that is held: one run of bytes without a hole, cut into
// rows. It grows at both ends, is cut at both ends, and knows the place of
// every row, so that a log of any size is read in ranges and nothing shows
// twice or is left out.

// Chunk is a range of the log: text holds its bytes from offset up to next.
export interface Chunk {
  readonly offset: number
  readonly next: number
  readonly text: string
}

export interface Row {
  readonly at: number // its first byte
  readonly text: string // without the newline
  readonly line: number // counted from the first line that was ever held
  readonly more: boolean // goes on a line that was too long for one row
  readonly ended: boolean // a newline is behind it
}

// longestRow is where a line without newlines is broken.
export const longestRow = 4096

// utf8Length is how many bytes a text has.
export function utf8Length(text: string, from = 0, to = text.length): number {
  let n = 0
  for (let i = from; i < to; i++) {
    const c = text.charCodeAt(i)
    if (c < 0x80) n += 1
    else if (c < 0x800) n += 2
    else if (c >= 0xd800 && c < 0xdc00 && i + 1 < to) {
      n += 4
      i++
    } else n += 3
  }
  return n
}

// skipBytes gives the text behind its first n bytes; a character that n cuts
// is left out.
export function skipBytes(text: string, n: number): string {
  let i = 0
  while (n > 0 && i < text.length) {
    const width = text.codePointAt(i)! > 0xffff ? 2 : 1
    n -= utf8Length(text, i, i + width)
    i += width
  }
  return text.slice(i)
}

// keepBytes gives the first n bytes of the text; a character that n cuts is
// left out.
export function keepBytes(text: string, n: number): string {
  let i = 0
  while (i < text.length) {
    const width = text.codePointAt(i)! > 0xffff ? 2 : 1
    n -= utf8Length(text, i, i + width)
    if (n < 0) break
    i += width
  }
  return text.slice(0, i)
}

// chunkOf reads what a server answered, which may not say where its text ends.
export function chunkOf(a: { offset: number; next?: number; text: string }): Chunk {
  return { offset: a.offset, next: a.next ?? a.offset + utf8Length(a.text), text: a.text }
}

export class LogBuffer {
  private list: Row[] = []
  private from: number
  private to: number
  private firstLine: number | null

  // at is where reading begins.
  constructor(at = 0) {
    this.from = at
    this.to = at
    this.firstLine = at === 0 ? 1 : null
  }

  get rows(): readonly Row[] {
    return this.list
  }
  get start() {
    return this.from
  }
  get end() {
    return this.to
  }

  // number is the number of a row's line in the file, null as long as the
  // file's begin was never seen.
  number(row: Row): number | null {
    return this.firstLine === null ? null : this.firstLine + row.line
  }

  // append takes what follows; what it holds already is skipped. It refuses a
  // chunk that would leave a hole.
  append(chunk: Chunk): boolean {
    if (chunk.offset > this.to) return false
    if (chunk.next <= this.to) return true
    const text = chunk.offset < this.to ? skipBytes(chunk.text, this.to - chunk.offset) : chunk.text
    this.extend(text, chunk.next)
    return true
  }

  private extend(text: string, next: number) {
    const last = this.list.at(-1)
    let at = this.to
    let line = last ? last.line + (last.ended ? 1 : 0) : 0
    let more = false
    if (last && !last.ended) {
      this.list.pop()
      at = last.at
      more = last.more
      text = last.text + text
      line = last.line
    }
    cut(text, { at, line, more, limit: next }, this.list)
    this.to = next
  }

  // prepend takes what is before; it refuses a chunk that does not reach what
  // it holds.
  prepend(chunk: Chunk): boolean {
    if (chunk.next < this.from) return false
    if (chunk.offset >= this.from) return true
    let text = chunk.next > this.from ? keepBytes(chunk.text, this.from - chunk.offset) : chunk.text
    const joined = text.endsWith('\n') ? 0 : this.rowsOfFirstLine()
    const rest = this.list.slice(joined)
    const open = joined > 0 ? this.list[joined - 1] : undefined
    for (let i = 0; i < joined; i++) text += this.list[i]!.text
    if (open?.ended) text += '\n'
    const before: Row[] = []
    const limit = rest[0]?.at ?? this.to
    cut(text, { at: chunk.offset, line: 0, more: false, limit }, before)
    const newest = before.at(-1)
    const anchor = this.list[0]?.line ?? 0
    const shift = newest ? anchor - newest.line - (joined > 0 || !newest.ended || this.list.length === 0 ? 0 : 1) : 0
    this.list = before.map((r) => ({ ...r, line: r.line + shift })).concat(rest)
    this.from = chunk.offset
    if (this.from === 0 && this.list[0]) this.firstLine = 1 - this.list[0].line
    return true
  }

  private rowsOfFirstLine(): number {
    const first = this.list[0]
    if (!first) return 0
    let n = 0
    while (n < this.list.length && this.list[n]!.line === first.line) n++
    return n
  }

  // cutHead and cutTail forget rows until neither limit is passed, and say how
  // many went.
  cutHead(bytes: number, rows: number): number {
    let n = 0
    while (n < this.list.length - 1 && (this.to - this.list[n]!.at > bytes || this.list.length - n > rows)) n++
    if (n > 0) {
      this.list.splice(0, n)
      this.from = this.list[0]!.at
    }
    return n
  }

  cutTail(bytes: number, rows: number): number {
    let n = 0
    while (this.list.length - n > 1) {
      if (this.endOf(n) - this.from <= bytes && this.list.length - n <= rows) break
      n++
    }
    if (n > 0) {
      this.to = this.list[this.list.length - n]!.at
      this.list.length -= n
    }
    return n
  }

  // endOf is where the rows end when the last n are gone.
  private endOf(n: number): number {
    return n === 0 ? this.to : this.list[this.list.length - n]!.at
  }

  // find gives the index of the row that holds a byte, -1 if none does.
  find(at: number): number {
    if (at < this.from || at > this.to || this.list.length === 0) return -1
    let low = 0
    let high = this.list.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.list[middle]!.at <= at) low = middle
      else high = middle - 1
    }
    return low
  }
}

interface Place {
  at: number
  line: number
  more: boolean
  limit: number // no row begins behind it, whatever a damaged text's length says
}

// cut appends the rows of a text to a list. A text that ends without a newline
// ends in an open row.
function cut(text: string, place: Place, list: Row[]) {
  let { at, line, more } = place
  let begin = 0
  while (begin < text.length) {
    const newline = text.indexOf('\n', begin)
    let end = newline < 0 ? text.length : newline
    const whole = end - begin <= longestRow
    if (!whole) end = boundary(text, begin + longestRow)
    const ended = whole && newline >= 0
    list.push({ at: Math.min(at, place.limit), text: text.slice(begin, end), line, more, ended })
    at += utf8Length(text, begin, end) + (ended ? 1 : 0)
    begin = end + (ended ? 1 : 0)
    more = !ended
    if (ended) line++
  }
}

// boundary is i, or the place before it when i is inside a character.
function boundary(text: string, i: number): number {
  const c = text.charCodeAt(i)
  return c >= 0xdc00 && c < 0xe000 ? i - 1 : i
}
