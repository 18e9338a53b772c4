import { chunkOf, LogBuffer, utf8Length, type Row } from './logbuffer'
import { strip } from './ansi'
import { stream, type Connection, type StreamOptions } from './stream'

// What is asked for at once, and what is held at most.
const block = 256 * 1024
const searched = 1024 * 1024
const heldBytes = 8 * 1024 * 1024
const heldRows = 150_000

export interface Range {
  offset: number
  next?: number
  text: string
  ended: boolean
  size: number
}

export interface LogServer {
  read: (offset: number, limit: number) => Promise<Range>
  events: (offset: number) => string // the address of the stream
  open?: StreamOptions['open']
  schedule?: StreamOptions['schedule']
  onLost?: () => void
}

// LogState is what a view shows; a new one for each change.
export interface LogState {
  readonly rows: readonly Row[]
  readonly start: number
  readonly end: number
  readonly size: number
  readonly ended: boolean // nothing will be added
  readonly loading: boolean
  readonly following: boolean
  readonly connection: Connection | null
  readonly error: unknown
  readonly jump: { at: number; count: number } | null // the place to be shown
}

const nothing: LogState = { rows: [], start: 0, end: 0, size: 0, ended: false, loading: true, following: false, connection: null, error: null, jump: null }

// LogReader holds a window of a log and moves it. Answers for a window that
// was left are dropped.
export class LogReader {
  private buffer = new LogBuffer()
  private state = nothing
  private window = 0 // counts the windows
  private busy = false
  private stop: (() => void) | null = null
  private closed = false

  constructor(
    private readonly server: LogServer,
    private readonly changed: () => void,
  ) {}

  get now(): LogState {
    return this.state
  }

  lineOf(row: Row): number | null {
    return this.buffer.number(row)
  }

  find(at: number): number {
    return this.buffer.find(at)
  }

  private show(part: Partial<LogState> = {}) {
    if (this.closed) return
    this.state = { ...this.state, rows: this.buffer.rows.slice(), start: this.buffer.start, end: this.buffer.end, ...part }
    this.changed()
  }

  // range reads until it has what it wants or the log ends: a server may answer
  // less. A read that need not reach its end exactly leaves out the begin of a
  // character that does not fit.
  private async range(offset: number, limit: number, exact = false): Promise<Range & { next: number }> {
    const first = await this.server.read(offset, limit)
    const all = { ...first, next: chunkOf(first).next }
    const window = this.window
    while (all.next < offset + limit - (exact ? 0 : 3) && all.next < all.size && window === this.window) {
      const more = await this.server.read(all.next, Math.max(16, offset + limit - all.next))
      const next = chunkOf(more).next
      if (next <= all.next) break
      all.text += more.text
      all.next = next
    }
    return all
  }

  // open shows a place, or the end when there is none; a log that still grows
  // is then followed.
  async open(at: number | null) {
    const window = this.leave()
    this.show({ loading: true, error: null })
    try {
      let answer = await this.range(at === null ? 0 : Math.max(0, at - block / 2), block)
      if (window !== this.window) return
      if (at === null && !answer.ended && answer.size > answer.next) answer = await this.range(Math.max(0, answer.size - block), block)
      if (window !== this.window) return
      this.begin(answer)
      this.show({ jump: this.place(at ?? (answer.ended ? 0 : this.buffer.end)) })
      if (at === null && !answer.ended) this.follow()
    } catch (error) {
      if (window === this.window) this.show({ loading: false, error })
    }
  }

  // goTo shows a place of the log; in what is held nothing is asked.
  async goTo(at: number) {
    if (at >= this.buffer.start && at < this.buffer.end) {
      this.unfollow()
      return this.show({ jump: this.place(at) })
    }
    await this.open(at)
  }

  async toEnd() {
    this.unfollow()
    if (this.buffer.end < this.state.size) {
      const window = this.leave()
      this.show({ loading: true, error: null })
      try {
        const answer = await this.range(Math.max(0, this.state.size - block), block)
        if (window !== this.window) return
        this.begin(answer)
      } catch (error) {
        if (window === this.window) this.show({ loading: false, error })
        return
      }
    }
    this.show({ jump: this.place(this.buffer.end) })
    if (!this.state.ended) this.follow()
  }

  private place(at: number) {
    return { at, count: (this.state.jump?.count ?? 0) + 1 }
  }

  private leave(): number {
    this.unfollow()
    this.busy = false
    return ++this.window
  }

  private begin(answer: Range) {
    this.buffer = new LogBuffer(answer.offset)
    this.take(answer)
    this.show({ loading: false })
  }

  private take(answer: Range) {
    this.buffer.append(chunkOf(answer))
    this.state = { ...this.state, size: Math.max(answer.size, this.buffer.end), ended: answer.ended, error: null }
  }

  // before and after read on at an edge of what is held, and forget at the
  // other.
  before(): Promise<void> {
    const from = Math.max(0, this.buffer.start - block)
    if (this.buffer.start === 0 || this.state.following) return Promise.resolve()
    return this.load(from, this.buffer.start - from, (answer) => {
      this.buffer.prepend(answer)
      this.buffer.cutTail(heldBytes, heldRows)
    })
  }

  after(): Promise<void> {
    if (this.buffer.end >= this.state.size) return Promise.resolve()
    return this.load(this.buffer.end, block, (answer) => {
      this.take(answer)
      this.buffer.cutHead(heldBytes, heldRows)
    })
  }

  private async load(offset: number, limit: number, use: (answer: Range & { next: number }) => void) {
    if (this.busy || this.closed) return
    this.busy = true
    const window = this.window
    try {
      const answer = await this.range(offset, limit, offset < this.buffer.start)
      if (window !== this.window) return
      use(answer)
      this.show()
    } catch (error) {
      if (window === this.window) this.show({ error })
    } finally {
      if (window === this.window) this.busy = false
    }
  }

  // follow shows what is added from now on, from exactly where the held part
  // ends.
  follow() {
    if (this.stop || this.closed) return
    this.show({ following: true })
    this.stop = stream({
      url: () => this.server.events(this.buffer.end),
      events: {
        chunk: (data, id) => this.grow(data, id),
        end: () => {
          this.show({ ended: true, following: false })
          return 'end'
        },
      },
      onState: (connection) => this.show({ connection }),
      onLost: this.server.onLost,
      open: this.server.open,
      schedule: this.server.schedule,
    })
  }

  // grow takes a chunk; its id is the place behind it.
  private grow(data: string, id: string): 'again' | void {
    const said = JSON.parse(data) as { offset: number; text: string }
    const chunk = chunkOf({ ...said, next: /^\d+$/.test(id) ? Number(id) : undefined })
    if (!this.buffer.append(chunk)) return 'again'
    this.buffer.cutHead(heldBytes, heldRows)
    this.show({ size: Math.max(this.state.size, this.buffer.end) })
  }

  unfollow() {
    if (!this.stop) return
    this.stop()
    this.stop = null
    this.show({ following: false, connection: null })
  }

  // start makes a reader that was closed usable again.
  start() {
    this.closed = false
  }

  close() {
    this.unfollow()
    this.closed = true
    this.window++
  }

  // search finds the next line with a text, from a row on (not in it), in what
  // is held and then in the whole log; progress is told in bytes. It gives the
  // place of the line, null when there is none.
  async search(text: string, from: number, forward: boolean, signal: AbortSignal, progress: (at: number) => void): Promise<number | null> {
    const wanted = text.toLowerCase()
    const rows = this.buffer.rows
    const here = this.buffer.find(from)
    for (let i = here + (forward ? 1 : -1); i >= 0 && i < rows.length; i += forward ? 1 : -1)
      if (matches(rows[i]!.text, wanted)) return rows[i]!.at
    return forward ? this.searchOn(wanted, signal, progress) : this.searchBack(wanted, signal, progress)
  }

  private async searchOn(wanted: string, signal: AbortSignal, progress: (at: number) => void): Promise<number | null> {
    let at = this.buffer.end
    let open = { at, text: '' }
    while (at < this.state.size && !signal.aborted) {
      const chunk = await this.range(at, searched)
      if (chunk.next <= at) return null
      const lines = (open.text + chunk.text).split('\n')
      let place = open.at
      for (const [i, line] of lines.entries()) {
        if (matches(line, wanted)) return place
        if (i === lines.length - 1) open = { at: place, text: line.slice(-4096) }
        else place += utf8Length(line) + 1
      }
      at = chunk.next
      progress(at)
    }
    return null
  }

  private async searchBack(wanted: string, signal: AbortSignal, progress: (at: number) => void): Promise<number | null> {
    let end = this.buffer.start
    let open = ''
    while (end > 0 && !signal.aborted) {
      const from = Math.max(0, end - searched)
      const chunk = await this.range(from, end - from, true)
      if (chunk.offset >= end) return null
      const lines = (chunk.text + open).split('\n')
      let place = chunk.offset
      let found: number | null = null
      for (const [i, line] of lines.entries()) {
        if ((i > 0 || chunk.offset === 0) && matches(line, wanted)) found = place
        place += utf8Length(line) + 1
      }
      if (found !== null) return found
      open = (lines[0] ?? '').slice(0, 4096)
      end = chunk.offset
      progress(end)
    }
    return null
  }
}

function matches(line: string, wanted: string): boolean {
  return strip(line).toLowerCase().includes(wanted)
}
