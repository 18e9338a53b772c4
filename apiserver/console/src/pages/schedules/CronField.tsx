import { Input, InputNumber, Select, TimePicker } from 'antd'
import dayjs from 'dayjs'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { cronOf, cronWords, planOf, type Every, type Plan } from './cron'

interface Props {
  value?: string
  onChange?: (cron: string) => void
  id?: string
}

const steps = [1, 2, 5, 10, 15, 20, 30]

// CronField makes an expression out of choices, or takes one as it is.
export function CronField({ value = '0 0 2 * * ?', onChange, id }: Props) {
  const { t, i18n } = useTranslation()
  const [own, setOwn] = useState(() => planOf(value).every === 'own')
  const plan: Plan = own ? { ...planOf(value), every: 'own', cron: value } : planOf(value)
  const set = (part: Partial<Plan>) => onChange?.(cronOf({ ...plan, ...part }))
  function choose(every: Every) {
    setOwn(every === 'own')
    if (every !== 'own') onChange?.(cronOf({ ...planOf(value), every }))
  }
  const clock = (
    <TimePicker
      value={dayjs().hour(plan.hour).minute(plan.minute)}
      format="HH:mm"
      allowClear={false}
      needConfirm={false}
      aria-label={t('schedules.atTime')}
      onChange={(at) => at && set({ hour: at.hour(), minute: at.minute() })}
    />
  )
  const weekday = (n: number) => new Intl.DateTimeFormat(i18n.language, { weekday: 'short', timeZone: 'UTC' }).format(Date.UTC(2026, 1, n)) // 1 February 2026 is a Sunday
  return (
    <div className="cron">
      <div className="cron-choices">
        <Select id={id} value={plan.every} className="filter" options={(['minutes', 'hourly', 'daily', 'weekly', 'monthly', 'own'] as const).map((e) => ({ value: e, label: t(`schedules.every.${e}`) }))} onChange={choose} />
        {plan.every === 'minutes' && <Select value={plan.step} aria-label={t('schedules.step')} options={steps.map((n) => ({ value: n, label: t('schedules.minutes', { count: n }) }))} onChange={(step) => set({ step })} />}
        {plan.every === 'hourly' && <InputNumber min={0} max={59} value={plan.minute} prefix={t('schedules.atMinute')} aria-label={t('schedules.atMinute')} onChange={(minute) => set({ minute: minute ?? 0 })} />}
        {plan.every === 'weekly' && (
          <Select mode="multiple" className="cron-days" value={plan.weekdays} aria-label={t('schedules.weekdays')} options={[2, 3, 4, 5, 6, 7, 1].map((n) => ({ value: n, label: weekday(n) }))} onChange={(weekdays: number[]) => weekdays.length > 0 && set({ weekdays })} />
        )}
        {plan.every === 'monthly' && (
          <Select
            mode="multiple"
            className="cron-days"
            value={plan.monthdays}
            aria-label={t('schedules.monthdays')}
            options={[...Array.from({ length: 31 }, (_, i) => ({ value: i + 1, label: String(i + 1) })), { value: 32, label: t('schedules.lastDay') }]}
            onChange={(days: number[]) => days.length > 0 && set({ monthdays: days.at(-1) === 32 ? [32] : days.filter((d) => d !== 32) })}
          />
        )}
        {['daily', 'weekly', 'monthly'].includes(plan.every) && clock}
      </div>
      <Input className="mono" value={value} readOnly={plan.every !== 'own'} aria-label={t('schedules.cron')} spellCheck={false} onChange={(e) => onChange?.(e.target.value)} />
      <div className="cron-words" aria-live="polite">
        {cronWords(value, i18n.language)}
      </div>
    </div>
  )
}
