import { CalendarOutlined, LeftOutlined, RightOutlined } from '@ant-design/icons'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Flex, Select } from 'antd'
import { useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useBlocker, useParams, useSearchParams } from 'react-router'

import { calendars, type Calendar } from '../../api/runs'
import { useSession } from '../../app/session'
import '../../widgets/crud.css'
import { ErrorBox } from '../../widgets/ErrorBox'
import { Page } from '../../widgets/Page'
import { PageAwaited } from '../../widgets/PageAwaited'
import './calendars.css'
import { weekdayName } from './CalendarsPage'
import { dateText, isException, monthOf, moved, toggled, workingDays, works } from './days'

// CalendarPage shows a year of a business calendar; a click on a day makes it
// free, or a working day.
export function CalendarPage() {
  const { t } = useTranslation()
  const { calendar: id = '' } = useParams()
  const query = useQuery({ queryKey: [calendars.path, 'one', id], queryFn: () => calendars.get(id), staleTime: Infinity, refetchOnMount: 'always' })
  const trail = [{ title: t('nav.calendars'), to: '/calendars' }]
  if (!query.data) return <PageAwaited title={t('calendars.one')} trail={trail} query={query} />
  return <Year key={id} saved={query.data} trail={trail} />
}

function Year({ saved, trail }: { saved: Calendar; trail: { title: string; to: string }[] }) {
  const { t, i18n } = useTranslation()
  const { me } = useSession()
  const { message, modal } = App.useApp()
  const client = useQueryClient()
  const [address, setAddress] = useSearchParams()
  const year = Number(address.get('year')) || new Date().getFullYear()
  const [calendar, setCalendar] = useState(saved)
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<unknown>(null)
  const touched = JSON.stringify([calendar.weekend, calendar.days]) !== JSON.stringify([saved.weekend, saved.days])
  const blocker = useBlocker(({ currentLocation, nextLocation }) => touched && currentLocation.pathname !== nextLocation.pathname)
  useEffect(() => {
    if (blocker.state !== 'blocked') return
    modal.confirm({ title: t('crud.discardAsk'), okText: t('crud.discard'), okButtonProps: { danger: true }, onOk: () => blocker.proceed(), onCancel: () => blocker.reset() })
  }, [blocker, modal, t])
  const go = (to: number) => setAddress({ year: String(to) }, { replace: true })

  async function save() {
    setBusy(true)
    setRefusal(null)
    try {
      const { id, name, description, weekend, days } = calendar
      const now = await calendars.update(id, { name, description, weekend, days })
      client.setQueryData([calendars.path, 'one', String(id)], now)
      setCalendar(now)
      await client.invalidateQueries({ queryKey: [calendars.path] })
      void message.success(t('crud.saved'))
    } catch (e) {
      setRefusal(e)
    }
    setBusy(false)
  }
  return (
    <Page
      title={calendar.name}
      icon={<CalendarOutlined />}
      about={calendar.description || t('calendars.hint')}
      trail={trail}
      actions={
        me.admin && (
          <>
            <Button disabled={!touched} onClick={() => setCalendar(saved)}>
              {t('calendars.undo')}
            </Button>
            <Button type="primary" disabled={!touched} loading={busy} onClick={() => void save()}>
              {t('common.save')}
            </Button>
          </>
        )
      }
    >
      <ErrorBox error={refusal} onClose={() => setRefusal(null)} />
      <div className="panel">
        <Flex justify="space-between" align="center" wrap gap={12} className="crud-tools">
          <Flex align="center" gap={8}>
            <Button icon={<LeftOutlined />} aria-label={t('calendars.yearBefore')} onClick={() => go(year - 1)} />
            <h2 className="year">{year}</h2>
            <Button icon={<RightOutlined />} aria-label={t('calendars.yearAfter')} onClick={() => go(year + 1)} />
            <span className="muted" aria-live="polite">
              {t('calendars.count', { count: workingDays(calendar, year) })}
            </span>
          </Flex>
          <Flex align="center" gap={8} wrap>
            <label htmlFor="weekend">{t('calendars.weekend')}</label>
            <Select
              id="weekend"
              mode="multiple"
              className="weekend"
              disabled={!me.admin}
              value={calendar.weekend}
              options={[1, 2, 3, 4, 5, 6, 0].map((d) => ({ value: d, label: weekdayName(d, i18n.language) }))}
              onChange={(weekend: number[]) => setCalendar({ ...calendar, weekend: [...weekend].sort() })}
            />
            <Legend />
          </Flex>
        </Flex>
        <Months calendar={calendar} year={year} onToggle={me.admin ? (date) => setCalendar((c) => ({ ...c, days: toggled(c, date) })) : undefined} onYear={go} />
      </div>
    </Page>
  )
}

function Legend() {
  const { t } = useTranslation()
  return (
    <ul className="legend">
      {(['work', 'free', 'holiday', 'extra'] as const).map((k) => (
        <li key={k}>
          <span className={`day-sample day-${k}`} aria-hidden>
            1
          </span>
          {t(`calendars.kind.${k}`)}
        </li>
      ))}
    </ul>
  )
}

interface MonthsProps {
  calendar: Calendar
  year: number
  onToggle?: (date: string) => void
  onYear: (year: number) => void
}

// Months is the year. Arrows go from day to day, also into other years.
function Months({ calendar, year, onToggle, onYear }: MonthsProps) {
  const { t, i18n } = useTranslation()
  const now = new Date()
  const today = dateText(now.getFullYear(), now.getMonth(), now.getDate())
  const [at, setAt] = useState(() => (today.startsWith(String(year)) ? today : `${year}-01-01`))
  const days = useMemo(() => new Intl.DateTimeFormat(i18n.language, { dateStyle: 'full', timeZone: 'UTC' }), [i18n.language])
  const box = useRef<HTMLDivElement>(null)
  const focus = useRef(false)
  const current = at.startsWith(String(year)) ? at : `${year}-01-01`
  useEffect(() => {
    if (focus.current) box.current?.querySelector<HTMLElement>(`[data-date="${current}"]`)?.focus()
    focus.current = false
  }, [current])
  const first = i18n.language === 'zh' ? 1 : 0
  function keys(e: React.KeyboardEvent) {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[e.key]
    if (!step) return
    e.preventDefault()
    const to = moved(current, step)
    focus.current = true
    setAt(to)
    if (Number(to.slice(0, 4)) !== year) onYear(Number(to.slice(0, 4)))
  }
  return (
    <div className="months" ref={box} onKeyDown={keys}>
      {Array.from({ length: 12 }, (_, month) => (
        <table key={month} className="month">
          <caption>{new Intl.DateTimeFormat(i18n.language, { month: 'long', timeZone: 'UTC' }).format(Date.UTC(year, month, 1))}</caption>
          <thead>
            <tr>
              {Array.from({ length: 7 }, (_, i) => (
                <th key={i} scope="col" abbr={weekdayName((first + i) % 7, i18n.language, 'long')}>
                  {weekdayName((first + i) % 7, i18n.language, 'narrow')}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {monthOf(year, month, first).map((week, w) => (
              <tr key={w}>
                {week.map((cell, i) => {
                  if (!cell) return <td key={i} />
                  const kind = kindOf(calendar, cell.date)
                  return (
                    <td key={i}>
                      <button
                        type="button"
                        data-date={cell.date}
                        tabIndex={cell.date === current ? 0 : -1}
                        className={`day-cell day-${kind}${cell.date === today ? ' day-today' : ''}`}
                        aria-pressed={works(calendar, cell.date)}
                        aria-label={`${days.format(new Date(`${cell.date}T00:00:00Z`))}, ${t(`calendars.kind.${kind}`)}`}
                        title={t(`calendars.kind.${kind}`)}
                        aria-disabled={!onToggle}
                        onFocus={() => setAt(cell.date)}
                        onClick={() => onToggle?.(cell.date)}
                      >
                        {cell.day}
                      </button>
                    </td>
                  )
                })}
              </tr>
            ))}
          </tbody>
        </table>
      ))}
    </div>
  )
}

function kindOf(c: Calendar, date: string): 'work' | 'free' | 'holiday' | 'extra' {
  const work = works(c, date)
  if (!isException(c, date)) return work ? 'work' : 'free'
  return work ? 'extra' : 'holiday'
}
