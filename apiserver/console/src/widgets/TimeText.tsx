import { Tooltip } from 'antd'
import dayjs from 'dayjs'
import utc from 'dayjs/plugin/utc'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'

dayjs.extend(utc)

// timeText is a time in the browser's zone.
export function timeText(at: string | null | undefined, seconds = true): string {
  return at ? dayjs(at).format(seconds ? 'YYYY-MM-DD HH:mm:ss' : 'YYYY-MM-DD HH:mm') : ''
}

// zoneText is the browser's zone by its offset.
export function zoneText(): string {
  return `UTC${dayjs().format('Z')}`
}

const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000], ['month', 2_592_000], ['day', 86_400], ['hour', 3600], ['minute', 60], ['second', 1],
]

// ago says how far away a time is: "3 minutes ago", "in 2 hours".
export function ago(at: string, language: string, now = Date.now()): string {
  const seconds = (Date.parse(at) - now) / 1000
  const [unit, size] = units.find(([, s]) => Math.abs(seconds) >= s) ?? ['second', 1]
  return new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(Math.round(seconds / size), unit)
}

// TimeText shows a time of the server, local to the browser, with UTC and the
// zone on hover; with relative it says how far away it is.
export function TimeText({ at, relative, seconds }: { at: string | null | undefined; relative?: boolean; seconds?: boolean }) {
  const { t, i18n } = useTranslation()
  const [, tick] = useState(0)
  useEffect(() => {
    if (!relative || !at) return
    const timer = setInterval(() => tick((n) => n + 1), 30_000)
    return () => clearInterval(timer)
  }, [relative, at])
  if (!at) return <span className="muted">–</span>
  const hover = (
    <>
      {timeText(at)} ({zoneText()})<br />
      {dayjs(at).utc().format('YYYY-MM-DD HH:mm:ss')} ({t('time.utc')})
    </>
  )
  return (
    <Tooltip title={hover}>
      <time dateTime={at} className="time">
        {relative ? ago(at, i18n.language) : timeText(at, seconds ?? true)}
      </time>
    </Tooltip>
  )
}

// durationText writes milliseconds short: 850ms, 12.3s, 4m 05s, 2h 03m, 3d 4h.
export function durationText(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return ''
  if (ms < 1000) return `${Math.round(ms)}ms`
  const s = ms / 1000
  if (s < 60) return `${s < 10 ? s.toFixed(1) : Math.round(s)}s`
  const whole = Math.floor(s)
  const two = (n: number) => String(n).padStart(2, '0')
  if (s < 3600) return `${Math.floor(whole / 60)}m ${two(whole % 60)}s`
  if (s < 86_400) return `${Math.floor(whole / 3600)}h ${two(Math.floor((whole % 3600) / 60))}m`
  return `${Math.floor(whole / 86_400)}d ${Math.floor((whole % 86_400) / 3600)}h`
}
