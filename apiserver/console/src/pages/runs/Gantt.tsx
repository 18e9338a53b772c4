import { useVirtualizer } from '@tanstack/react-virtual'
import { Empty, Tooltip } from 'antd'
import dayjs from 'dayjs'
import { useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'

import type { TaskInstance } from '../../api/runs'
import { barOf, extent, precision, scaleOf, type Scale } from '../../run/gantt'
import { stateIcon, useStateColours } from '../../widgets/StateTag'
import { durationText, timeText } from '../../widgets/TimeText'
import { lasted, useNow } from './useNow'

interface Props {
  order: string[] // names of tasks
  attempts: TaskInstance[]
  selected: string
  onSelect: (task: string) => void
}

const formats = { date: 'MM-DD', minute: 'HH:mm', second: 'HH:mm:ss', millisecond: 'ss.SSS' }

// Gantt shows when each attempt waited and ran.
export function Gantt({ order, attempts, selected, onSelect }: Props) {
  const { t } = useTranslation()
  const now = useNow(attempts.some((a) => a.ended === null))
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  const rows = useMemo(() => rowsOf(order, attempts), [order, attempts])
  const span = extent(attempts, now)
  const scale = scaleOf(span?.from ?? now, span ? span.to + Math.max(1, (span.to - span.from) * 0.02) : now + 1, Math.max(2, Math.floor((width - 220) / 100)), dayjs().utcOffset() * 60_000)
  const view = useVirtualizer({ count: rows.length, getScrollElement: () => box.current, estimateSize: () => 34, overscan: 12 })
  if (!span) return <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('runs.nothingStarted')} />
  return (
    <>
      <Legend />
      <div className="gantt" ref={box} tabIndex={0} aria-label={t('runs.gantt')} role="region">
        <div className="gantt-head" aria-hidden>
          <span className="gantt-name" />
          <span className="gantt-lane">
            {scale.ticks.map((k) => (
              <span key={k.at} className="gantt-tick" style={{ insetInlineStart: `${k.place * 100}%` }}>
                {dayjs(k.at).format(formats[precision(scale.step)])}
              </span>
            ))}
          </span>
        </div>
        <div style={{ height: view.getTotalSize(), position: 'relative' }}>
          {view.getVirtualItems().map((item) => {
            const row = rows[item.index]!
            return (
              <div key={row.task} className={row.task === selected ? 'gantt-row gantt-selected' : 'gantt-row'} style={{ transform: `translateY(${item.start}px)` }}>
                <button type="button" className="gantt-name" title={row.task} onClick={() => onSelect(row.task)}>
                  {row.task}
                </button>
                <span className="gantt-lane">
                  {scale.ticks.map((k) => (
                    <i key={k.at} className="gantt-line" style={{ insetInlineStart: `${k.place * 100}%` }} />
                  ))}
                  {row.attempts.map((a) => (
                    <BarOf key={a.id} attempt={a} scale={scale} now={now} onSelect={() => onSelect(row.task)} />
                  ))}
                </span>
              </div>
            )
          })}
        </div>
      </div>
    </>
  )
}

// Legend says what the bars are made of.
function Legend() {
  const { t } = useTranslation()
  return (
    <p className="gantt-legend muted">
      <span className="gantt-wait" aria-hidden /> {t('runs.waited')}
      <span className="gantt-ran" aria-hidden /> {t('runs.ran')}
    </p>
  )
}

function BarOf({ attempt: a, scale, now, onSelect }: { attempt: TaskInstance; scale: Scale; now: number; onSelect: () => void }) {
  const { t } = useTranslation()
  const c = useStateColours()(a.state)
  const bar = barOf(a, scale, now)
  if (!bar) return null
  const percent = (n: number) => `${n * 100}%`
  const took = lasted(a, now)
  const state = t(`state.${a.state}`, { defaultValue: a.state })
  const words = (
    <>
      <strong>{a.task}</strong> · {t('runs.attemptNumber', { n: a.attempt })} · {state}
      <br />
      {t('runs.submitted')} {timeText(a.submitted)}
      {a.started && (
        <>
          <br />
          {t('runs.started')} {timeText(a.started)}
        </>
      )}
      {took !== null && (
        <>
          <br />
          {t('runs.took')} {durationText(took)}
        </>
      )}
      {a.worker && (
        <>
          <br />
          {t('runs.worker')} {a.worker}
        </>
      )}
    </>
  )
  return (
    <Tooltip title={words}>
      <button type="button" className="gantt-bars" onClick={onSelect} style={{ insetInlineStart: percent(bar.waitFrom), width: percent(bar.to - bar.waitFrom) }} aria-label={`${a.task}, ${t('runs.attemptNumber', { n: a.attempt })}: ${state}, ${durationText(took)}`}>
        <span className="gantt-wait" style={{ width: bar.to > bar.waitFrom ? percent((bar.runFrom - bar.waitFrom) / (bar.to - bar.waitFrom)) : 0 }} />
        <span className="gantt-run" style={{ background: c.line }}>
          <span className="gantt-mark" aria-hidden>
            {stateIcon(a.state)}
          </span>
        </span>
      </button>
    </Tooltip>
  )
}

// rowsOf gives a row for each task that was begun, by when that was.
function rowsOf(order: string[], attempts: TaskInstance[]) {
  const by = new Map<string, TaskInstance[]>()
  for (const a of attempts) by.set(a.task, [...(by.get(a.task) ?? []), a])
  const first = (all: TaskInstance[]) => Math.min(...all.map((a) => Date.parse(a.submitted ?? a.started ?? '') || Infinity))
  const place = new Map(order.map((n, i) => [n, i]))
  return [...by]
    .map(([task, all]) => ({ task, attempts: all.sort((a, b) => a.attempt - b.attempt), at: first(all) }))
    .sort((a, b) => a.at - b.at || (place.get(a.task) ?? 0) - (place.get(b.task) ?? 0))
}

function useWidth(box: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(900)
  useEffect(() => {
    if (!box.current) return
    const watch = new ResizeObserver(([e]) => e && setWidth(e.contentRect.width))
    watch.observe(box.current)
    return () => watch.disconnect()
  }, [box])
  return width
}
