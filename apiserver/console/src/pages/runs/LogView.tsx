import { ArrowDownOutlined, CloseOutlined, DownloadOutlined, SearchOutlined, UpOutlined, VerticalAlignBottomOutlined, VerticalAlignTopOutlined, DownOutlined } from '@ant-design/icons'
import { useQueryClient } from '@tanstack/react-query'
import { useVirtualizer } from '@tanstack/react-virtual'
import { App, Button, Flex, Input, Slider, Spin, Switch, Tooltip, type InputRef } from 'antd'
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'

import { logEvents, logFile, logRange } from '../../api/runs'
import { strip } from '../../run/ansi'
import { LogReader } from '../../run/logreader'
import { ErrorBox } from '../../widgets/ErrorBox'
import { ConnectionNote } from './ConnectionNote'
import { LogLine } from './LogLine'
import { bytesText } from './bytes'
import '../../widgets/crud.css'
import './log.css'

const rowHeight = 20
const near = 150 // rows from an edge at which more is read
const counted = 60_000 // rows in which matches are counted

interface Props {
  project: string
  task: string // id of the attempt
  at: number | null // the line that a link shows
  onLink: (at: number) => void
  address: (at: number) => string
}

// LogView shows the log of an attempt.
export function LogView({ project, task, at, onLink, address }: Props) {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const reader = useReader(project, task, at)
  const state = useSyncExternalStore(reader.subscribe, () => reader.of.now)
  const [wrap, setWrap] = useState(() => localStorage.getItem('porpoise.logWrap') === 'yes')
  const scroller = useRef<HTMLDivElement>(null)
  const [found, setFound] = useState<number | null>(null)
  const [text, setText] = useState('')

  const view = useVirtualizer({
    count: state.rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: useCallback((i: number) => state.rows[i]?.at ?? i, [state.rows]),
    overscan: 20,
  })
  useEffect(() => view.measure(), [wrap, view])
  useAnchor(reader.of, state, view, scroller)
  const items = view.getVirtualItems()
  const first = items[0]?.index ?? 0
  const last = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (state.loading || state.rows.length === 0) return
    if (first < near) void reader.of.before()
    if (last > state.rows.length - near) void reader.of.after()
  }, [reader, first, last, state])

  function link(place: number) {
    onLink(place)
    void navigator.clipboard?.writeText(new URL(address(place), location.href).href).then(() => message.success(t('log.linkCopied')))
  }
  const marked = found ?? at
  return (
    <section className="log" aria-label={t('log.title')}>
      <Flex className="log-tools" gap={8} align="center" wrap>
        <LogSearch reader={reader.of} state={state} text={text} setText={setText} found={found} setFound={setFound} from={state.rows[first]?.at ?? -1} />
        <Flex gap={4} align="center" className="log-side">
          <ConnectionNote connection={state.connection} />
          <label className="log-switch">
            <Switch size="small" checked={wrap} onChange={(on) => (localStorage.setItem('porpoise.logWrap', on ? 'yes' : 'no'), setWrap(on))} /> {t('log.wrap')}
          </label>
          <Tooltip title={t('log.toStart')}>
            <Button type="text" size="small" icon={<VerticalAlignTopOutlined />} aria-label={t('log.toStart')} onClick={() => void reader.of.goTo(0)} />
          </Tooltip>
          <Tooltip title={t('log.toEnd')}>
            <Button type="text" size="small" icon={<VerticalAlignBottomOutlined />} aria-label={t('log.toEnd')} onClick={() => void reader.of.toEnd()} />
          </Tooltip>
          {!state.ended && (
            <Button size="small" type={state.following ? 'primary' : 'default'} icon={<ArrowDownOutlined />} aria-pressed={state.following} onClick={() => (state.following ? reader.of.unfollow() : void reader.of.toEnd())}>
              {t('log.follow')}
            </Button>
          )}
          <Tooltip title={t('log.download')}>
            <Button type="text" size="small" icon={<DownloadOutlined />} aria-label={t('log.download')} href={logFile(project, task)} download={`task-${task}.log`} />
          </Tooltip>
        </Flex>
      </Flex>
      <ErrorBox error={state.error} onRetry={() => void reader.of.open(at)} />
      <div
        ref={scroller}
        className={wrap ? 'log-text log-wrap' : 'log-text'}
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label={t('log.title')}
        onWheel={(e) => e.deltaY < 0 && reader.of.unfollow()}
        onKeyDown={(e) => {
          if (['ArrowUp', 'PageUp'].includes(e.key)) reader.of.unfollow()
          if (e.key === 'Home') return e.preventDefault(), void reader.of.goTo(0)
          if (e.key === 'End') return e.preventDefault(), void reader.of.toEnd()
        }}
      >
        {state.loading ? (
          <Flex justify="center" className="log-empty">
            <Spin description={t('common.loading')} />
          </Flex>
        ) : (
          state.rows.length === 0 && !state.error && <p className="log-empty muted">{state.ended ? t('log.empty') : t('log.nothingYet')}</p>
        )}
        <div className="log-rows" style={{ height: view.getTotalSize() }}>
          <div style={{ transform: `translateY(${items[0]?.start ?? 0}px)` }}>
            {items.map((item) => {
              const row = state.rows[item.index]
              if (!row) return null
              return (
                <LogLine
                  key={item.key}
                  ref={wrap ? view.measureElement : undefined}
                  index={item.index}
                  rows={state.rows}
                  number={reader.of.lineOf(row)}
                  marked={marked !== null && marked >= row.at && marked < (state.rows[item.index + 1]?.at ?? state.end + 1)}
                  search={text}
                  onLink={link}
                />
              )
            })}
          </div>
        </div>
      </div>
      <Position state={state} first={state.rows[first]?.at ?? state.start} last={state.rows[last + 1]?.at ?? state.end} goTo={(place) => void reader.of.goTo(place)} />
    </section>
  )
}

// useReader makes the reader of a log, and closes it.
function useReader(project: string, task: string, at: number | null) {
  const client = useQueryClient()
  const held = useMemo(() => {
    const listeners = new Set<() => void>()
    const of = new LogReader(
      {
        read: (offset, limit) => logRange(project, task, offset, limit),
        events: (offset) => logEvents(project, task, offset),
        onLost: () => void client.invalidateQueries({ queryKey: ['session'] }),
      },
      () => listeners.forEach((f) => f()),
    )
    return {
      of,
      subscribe: (f: () => void) => {
        listeners.add(f)
        return () => void listeners.delete(f)
      },
    }
  }, [project, task, client])
  const first = useRef(at)
  useEffect(() => {
    held.of.start()
    void held.of.open(first.current)
    return () => held.of.close()
  }, [held])
  return held
}

// useAnchor keeps the lines where they are when others come or go above them,
// and goes where the reader says.
function useAnchor(reader: LogReader, state: LogReader['now'], view: ReturnType<typeof useVirtualizer<HTMLDivElement, Element>>, scroller: React.RefObject<HTMLDivElement | null>) {
  const top = useRef<{ at: number; delta: number } | null>(null)
  const start = useRef(state.start)
  const jumped = useRef(0)
  useLayoutEffect(() => {
    const moved = start.current !== state.start
    start.current = state.start
    if (state.jump && state.jump.count !== jumped.current && state.rows.length > 0) {
      jumped.current = state.jump.count
      const index = reader.find(state.jump.at)
      view.scrollToIndex(index < 0 ? state.rows.length - 1 : index, { align: state.jump.at >= state.end ? 'end' : index < 3 ? 'start' : 'center' })
      return
    }
    if (state.following) {
      view.scrollToIndex(state.rows.length - 1, { align: 'end' })
      return
    }
    if (!moved || !top.current) return
    const index = reader.find(top.current.at)
    const [offset] = (index >= 0 && view.getOffsetForIndex(index, 'start')) || []
    if (offset !== undefined) view.scrollToOffset(offset + top.current.delta)
  }, [state, reader, view])
  useEffect(() => {
    const box = scroller.current
    if (!box) return
    const note = () => {
      const item = view.getVirtualItemForOffset(box.scrollTop)
      const row = item && reader.now.rows[item.index]
      top.current = row ? { at: row.at, delta: box.scrollTop - item.start } : null
    }
    box.addEventListener('scroll', note, { passive: true })
    return () => box.removeEventListener('scroll', note)
  }, [reader, view, scroller])
}

interface SearchProps {
  reader: LogReader
  state: LogReader['now']
  text: string
  setText: (s: string) => void
  found: number | null
  setFound: (at: number | null) => void
  from: number // the first line that is seen
}

// LogSearch finds in the whole log, the held part first.
function LogSearch({ reader, state, text, setText, found, setFound, from }: SearchProps) {
  const { t } = useTranslation()
  const input = useRef<InputRef>(null)
  const [progress, setProgress] = useState<number | null>(null)
  const [none, setNone] = useState(false)
  const running = useRef<AbortController>(null)
  useEffect(() => () => running.current?.abort(), [])
  const count = useMemo(() => {
    if (!text || state.rows.length > counted) return null
    const wanted = text.toLowerCase()
    return state.rows.reduce((n, r) => n + (strip(r.text).toLowerCase().includes(wanted) ? 1 : 0), 0)
  }, [text, state.rows])

  async function go(forward: boolean) {
    if (!text) return
    running.current?.abort()
    const abort = new AbortController()
    running.current = abort
    setNone(false)
    reader.unfollow()
    try {
      const at = await reader.search(text, found ?? (forward ? from - 1 : from), forward, abort.signal, setProgress)
      if (abort.signal.aborted) return
      if (at === null) setNone(true)
      else {
        setFound(at)
        await reader.goTo(at)
      }
    } catch {
      setNone(true)
    } finally {
      if (running.current === abort) setProgress(null)
    }
  }
  return (
    <Flex gap={4} align="center" className="log-search" role="search">
      <Input
        ref={input}
        allowClear
        size="small"
        prefix={<SearchOutlined />}
        value={text}
        placeholder={t('log.search')}
        aria-label={t('log.search')}
        onChange={(e) => (setText(e.target.value), setFound(null), setNone(false))}
        onKeyDown={(e) => e.key === 'Enter' && void go(!e.shiftKey)}
      />
      <Button type="text" size="small" icon={<UpOutlined />} disabled={!text} aria-label={t('log.previous')} onClick={() => void go(false)} />
      <Button type="text" size="small" icon={<DownOutlined />} disabled={!text} aria-label={t('log.next')} onClick={() => void go(true)} />
      <span className="muted log-count" aria-live="polite">
        {progress !== null ? (
          <>
            {t('log.searching', { done: bytesText(progress) })}
            <Button type="text" size="small" icon={<CloseOutlined />} aria-label={t('common.cancel')} onClick={() => (running.current?.abort(), setProgress(null))} />
          </>
        ) : none ? (
          t('log.noMore')
        ) : (
          text && count !== null && t(state.start > 0 || state.end < state.size ? 'log.linesHeld' : 'log.lines', { count })
        )}
      </span>
    </Flex>
  )
}

// Position says which part of the log is seen, and goes to any other.
function Position({ state, first, last, goTo }: { state: LogReader['now']; first: number; last: number; goTo: (at: number) => void }) {
  const { t } = useTranslation()
  const [dragged, setDragged] = useState<number | null>(null)
  const large = state.size > 1024 * 1024
  return (
    <Flex className="log-position muted" gap={12} align="center">
      <span>{t('log.position', { from: bytesText(first), to: bytesText(last), size: bytesText(state.size) })}</span>
      {large && (
        <Slider
          className="log-slider"
          min={0}
          max={state.size}
          step={Math.max(1, Math.floor(state.size / 1000))}
          value={dragged ?? first}
          tooltip={{ formatter: (n) => bytesText(n ?? 0) }}
          ariaLabelForHandle={t('log.goTo')}
          onChange={(n) => setDragged(n)}
          onChangeComplete={(n) => (setDragged(null), goTo(n))}
        />
      )}
      {state.ended && <span>{t('log.complete')}</span>}
    </Flex>
  )
}
