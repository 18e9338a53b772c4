// Server-Sent Events that come back: the browser's own reconnection asks the
// same address again, gives up on a refusal, and does not say what it does.

// Connection is what a live view says about itself.
export type Connection = 'connecting' | 'live' | 'lost' | 'ended'

export interface Source {
  addEventListener(name: string, f: (e: { data: string; lastEventId?: string }) => void): void
  close(): void
  onopen: ((e: never) => void) | null
  onerror: ((e: never) => void) | null
}

export interface StreamOptions {
  // url is asked anew for every connection: it says where to go on.
  url: () => string
  // events are called with the data and the id of each event of their name;
  // one that answers 'end' closes the stream for good, 'again' opens it anew.
  events: Record<string, (data: string, id: string) => 'end' | 'again' | void>
  onState: (s: Connection) => void
  // onLost is called once for each connection that broke, or was refused.
  onLost?: () => void
  open?: (url: string) => Source
  schedule?: (f: () => void, ms: number) => () => void
}

const shortest = 500
const longest = 10_000

function later(f: () => void, ms: number): () => void {
  const timer = setTimeout(f, ms)
  return () => clearTimeout(timer)
}

// stream listens until it is ended or stopped; the function it returns stops
// it. A connection that breaks is opened again, sooner at first.
export function stream(o: StreamOptions): () => void {
  const open = o.open ?? ((url) => new EventSource(url) as unknown as Source)
  const schedule = o.schedule ?? later
  let source: Source | null = null
  let cancel = () => {}
  let failures = 0
  let over = false

  const close = () => {
    source?.close()
    source = null
    cancel()
  }
  const end = () => {
    over = true
    close()
  }
  const reconnect = (s: Source) => {
    if (over || s !== source) return
    close()
    o.onState('lost')
    o.onLost?.()
    const wait = Math.min(longest, shortest * 2 ** failures)
    failures++
    cancel = schedule(connect, wait)
  }
  const connect = () => {
    if (over) return
    const s = open(o.url())
    source = s
    s.onopen = () => {
      if (s !== source) return
      failures = 0
      o.onState('live')
    }
    s.onerror = () => reconnect(s)
    for (const [name, handle] of Object.entries(o.events))
      s.addEventListener(name, (e) => {
        if (over || s !== source) return
        const verdict = handle(e.data, e.lastEventId ?? '')
        if (verdict === 'end') {
          end()
          o.onState('ended')
        } else if (verdict === 'again') reconnect(s)
      })
  }
  o.onState('connecting')
  connect()
  return end
}
