import { memo, type ReactNode, type Ref } from 'react'
import { useTranslation } from 'react-i18next'

import { css, parse, plainStyle, strip, type Span, type Style } from '../../run/ansi'
import type { Row } from '../../run/logbuffer'

const lookBack = 30 // lines through which a colour is followed

interface Props {
  ref?: Ref<HTMLDivElement>
  rows: readonly Row[]
  index: number
  number: number | null
  marked: boolean
  search: string
  onLink: (at: number) => void
}

// LogLine shows a row. Whatever the log holds is text here.
export const LogLine = memo(function LogLine({ ref, rows, index, number, marked, search, onLink }: Props) {
  const { t } = useTranslation()
  const row = rows[index]!
  const { spans } = parse(row.text, styleAt(rows, index))
  return (
    <div ref={ref} data-index={index} className={marked ? 'log-line log-marked' : 'log-line'}>
      <button type="button" className="log-number" tabIndex={-1} aria-label={t('log.linkTo', { line: number ?? row.at })} title={number === null ? t('log.atByte', { at: row.at }) : undefined} onClick={() => onLink(row.at)}>
        {row.more ? '↳' : (number ?? '·')}
      </button>
      <span className="log-row">{highlighted(spans, strip(row.text), search)}</span>
    </div>
  )
}, same)

function same(a: Props, b: Props): boolean {
  return a.rows[a.index] === b.rows[b.index] && a.index === b.index && a.number === b.number && a.marked === b.marked && a.search === b.search && a.ref === b.ref
}

// styleAt is the style that lines before left.
function styleAt(rows: readonly Row[], index: number): Style {
  for (let i = index - 1; i >= Math.max(0, index - lookBack); i--) {
    const text = rows[i]!.text
    if (text.includes('\u001b[')) return parse(text).end
  }
  return plainStyle
}

// highlighted draws spans, and marks what was searched for, also across them.
function highlighted(spans: Span[], text: string, search: string): ReactNode[] {
  const hits = placesOf(text, search)
  const out: ReactNode[] = []
  let at = 0
  for (const span of spans) {
    const end = at + span.text.length
    const cuts = [at, ...hits.flatMap(([a, b]) => [a, b]).filter((c) => c > at && c < end), end]
    for (let i = 0; i + 1 < cuts.length; i++) {
      const [a, b] = [cuts[i]!, cuts[i + 1]!]
      if (a === b) continue
      const piece = span.text.slice(a - at, b - at)
      const hit = hits.some(([x, y]) => a >= x && b <= y)
      const look = css(span.style)
      if (hit) out.push(<mark key={a}>{piece}</mark>)
      else if (look.className || look.style) out.push(<span key={a} className={look.className} style={look.style}>{piece}</span>)
      else out.push(piece)
    }
    at = end
  }
  return out
}

function placesOf(text: string, search: string): [number, number][] {
  if (!search) return []
  const all = text.toLowerCase()
  const wanted = search.toLowerCase()
  if (all.length !== text.length) return []
  const hits: [number, number][] = []
  for (let i = all.indexOf(wanted); i >= 0 && hits.length < 500; i = all.indexOf(wanted, i + wanted.length)) hits.push([i, i + wanted.length])
  return hits
}
