import cronstrue from 'cronstrue'
import 'cronstrue/locales/zh_CN'

// cronWords says a Quartz expression in words; what it cannot say it gives as
// it is.
export function cronWords(cron: string, language: string): string {
  try {
    return cronstrue.toString(cron, { locale: language === 'zh' ? 'zh_CN' : 'en', use24HourTimeFormat: true, dayOfWeekStartIndexZero: false, throwExceptionOnParseError: true })
  } catch {
    return cron
  }
}

// Plan is what the builder can say; an expression it cannot is 'own'.
export type Every = 'minutes' | 'hourly' | 'daily' | 'weekly' | 'monthly' | 'own'

export interface Plan {
  every: Every
  step: number // minutes
  minute: number
  hour: number
  weekdays: number[] // 1 is Sunday, as in Quartz
  monthdays: number[] // 32 is the last
  cron: string // as it is, of 'own'
}

export const firstPlan: Plan = { every: 'daily', step: 15, minute: 0, hour: 2, weekdays: [2, 3, 4, 5, 6], monthdays: [1], cron: '0 0 2 * * ?' }

const list = (numbers: number[]) => [...new Set(numbers)].sort((a, b) => a - b).join(',')

// cronOf writes a plan as an expression.
export function cronOf(p: Plan): string {
  switch (p.every) {
    case 'minutes':
      return `0 0/${p.step} * * * ?`
    case 'hourly':
      return `0 ${p.minute} * * * ?`
    case 'daily':
      return `0 ${p.minute} ${p.hour} * * ?`
    case 'weekly':
      return `0 ${p.minute} ${p.hour} ? * ${list(p.weekdays) || '2'}`
    case 'monthly': {
      // The last day and days by number cannot be said together.
      const days = p.monthdays.includes(32) ? 'L' : list(p.monthdays) || '1'
      return `0 ${p.minute} ${p.hour} ${days} * ?`
    }
    case 'own':
      return p.cron
  }
}

const names = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']

function weekdays(text: string): number[] | null {
  const number = (s: string) => (names.includes(s.toUpperCase()) ? names.indexOf(s.toUpperCase()) + 1 : /^[1-7]$/.test(s) ? Number(s) : null)
  const out: number[] = []
  for (const part of text.split(',')) {
    const [a, b, more] = part.split('-')
    const from = number(a ?? '')
    const to = b === undefined ? from : number(b)
    if (more !== undefined || from === null || to === null || to < from) return null
    for (let d = from; d <= to; d++) out.push(d)
  }
  return out
}

// planOf reads an expression, as far as the builder knows it.
export function planOf(cron: string): Plan {
  const own: Plan = { ...firstPlan, every: 'own', cron }
  const [second, minute, hour, day, month, week, year] = cron.trim().split(/\s+/)
  if (second !== '0' || month !== '*' || (year !== undefined && year !== '*') || week === undefined) return own
  const step = /^(?:0|\*)\/(\d+)$/.exec(minute ?? '')?.[1]
  const anyDay = (day === '*' || day === '?') && (week === '?' || week === '*')
  if (step && hour === '*' && anyDay && 60 % Number(step) === 0) return { ...own, every: 'minutes', step: Number(step) }
  if (!/^\d+$/.test(minute ?? '') || Number(minute) > 59) return own
  const at = { ...own, minute: Number(minute) }
  if (hour === '*' && anyDay) return { ...at, every: 'hourly' }
  if (!/^\d+$/.test(hour ?? '') || Number(hour) > 23) return own
  const timed = { ...at, hour: Number(hour) }
  if (anyDay) return { ...timed, every: 'daily' }
  if (day === '?' || day === '*') {
    const days = weekdays(week)
    return days ? { ...timed, every: 'weekly', weekdays: days } : own
  }
  if (week !== '?' && week !== '*') return own
  if (day === 'L') return { ...timed, every: 'monthly', monthdays: [32] }
  if (/^\d+(,\d+)*$/.test(day ?? '')) return { ...timed, every: 'monthly', monthdays: day!.split(',').map(Number) }
  return own
}
