import { useQueries } from '@tanstack/react-query'
import { Calendar, Tooltip } from 'antd'
import dayjs, { type Dayjs } from 'dayjs'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { previewSchedule, type Schedule, type ScheduleInput } from '../../api/runs'
import { ErrorBox } from '../../widgets/ErrorBox'
import { MonthHead } from '../../widgets/MonthHead'

const ruleOf = (s: Schedule) => (s.calendarRule || undefined) as ScheduleInput['calendarRule']

const most = 200 // fire times asked for of each schedule
const named = 3

// FireCalendar shows on which days schedules fire, as the browser's clock has
// them.
export function FireCalendar({ schedules, onOpen }: { schedules: Schedule[]; onOpen: (s: Schedule) => void }) {
  const { t } = useTranslation()
  const [month, setMonth] = useState(() => dayjs())
  const online = schedules.filter((s) => s.online)
  const from = month.startOf('month').subtract(7, 'day')
  const to = month.endOf('month').add(14, 'day')
  const answers = useQueries({
    queries: online.map((s) => {
      const begin = s.start && dayjs(s.start).isAfter(from) ? s.start : from.toISOString()
      return {
        queryKey: ['schedulePreview', s.id, s.version, month.format('YYYY-MM')],
        queryFn: () => previewSchedule({ cron: s.cron, timezone: s.timezone, start: s.start ?? undefined, end: s.end ?? undefined, calendarId: s.calendarId ?? undefined, calendarRule: ruleOf(s), count: most, from: begin }),
        staleTime: 60_000,
      }
    }),
  })
  const days = useMemo(() => {
    const map = new Map<string, Map<Schedule, string[]>>()
    answers.forEach((a, i) => {
      for (const at of a.data?.times ?? []) {
        const moment = dayjs(at)
        if (moment.isAfter(to)) break
        const day = moment.format('YYYY-MM-DD')
        const of = map.get(day) ?? new Map<Schedule, string[]>()
        of.set(online[i]!, [...(of.get(online[i]!) ?? []), moment.format('HH:mm')])
        map.set(day, of)
      }
    })
    return map
    // The answers are as new as the times that they were given.
  }, [answers.map((a) => a.dataUpdatedAt).join(), month.format('YYYY-MM')])
  function cell(d: Dayjs, info: { type: string }) {
    if (info.type !== 'date') return null
    const of = [...(days.get(d.format('YYYY-MM-DD')) ?? [])].sort(([, a], [, b]) => (a[0] ?? '').localeCompare(b[0] ?? ''))
    if (of.length === 0) return null
    return (
      <ul className="fire-day">
        {of.slice(0, named).map(([s, times]) => (
          <li key={s.id}>
            <Tooltip title={`${s.workflow}: ${times.slice(0, 12).join(', ')}${times.length > 12 ? ' …' : ''}`}>
              <button type="button" onClick={(e) => (e.stopPropagation(), onOpen(s))}>
                <span className="time">{times.length > 1 ? t('schedules.times', { count: times.length }) : times[0]}</span> {s.workflow}
              </button>
            </Tooltip>
          </li>
        ))}
        {of.length > named && <li className="muted">{t('runs.more', { count: of.length - named })}</li>}
      </ul>
    )
  }
  const cut = answers.some((a) => (a.data?.times.length ?? 0) >= most && !dayjs(a.data!.times.at(-1)).isAfter(month.endOf('month')))
  return (
    <>
      <ErrorBox error={answers.find((a) => a.error)?.error} />
      {cut && <p className="muted">{t('schedules.calendarCut', { count: most })}</p>}
      <Calendar className="fire-calendar" mode="month" value={month} onPanelChange={setMonth} onSelect={setMonth} headerRender={MonthHead} cellRender={cell} />
    </>
  )
}
