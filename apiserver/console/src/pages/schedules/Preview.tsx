import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Alert, Skeleton } from 'antd'
import { useDeferredValue } from 'react'
import { useTranslation } from 'react-i18next'

import { previewSchedule, type ScheduleInput } from '../../api/runs'
import { problemText } from '../../widgets/ErrorBox'
import { ago } from '../../widgets/TimeText'
import { inZone } from './zones'

type Rule = Pick<ScheduleInput, 'cron' | 'timezone' | 'start' | 'end' | 'calendarId' | 'calendarRule'>

// Preview says when a rule would fire next, as the server sees it.
export function Preview({ rule }: { rule: Rule }) {
  const { t, i18n } = useTranslation()
  const asked = useDeferredValue(JSON.stringify(rule))
  const query = useQuery({
    queryKey: ['schedulePreview', asked],
    queryFn: () => previewSchedule({ ...(JSON.parse(asked) as Rule), count: 8 }),
    placeholderData: keepPreviousData,
    retry: false,
  })
  const problems = query.error ? [problemText(query.error, t)] : (query.data?.problems ?? []).map((p) => p.message)
  return (
    <section className="fire-preview" aria-label={t('schedules.preview')} aria-busy={query.isFetching}>
      <h3>{t('schedules.preview')}</h3>
      {problems.map((p) => (
        <Alert key={p} type="error" showIcon title={p} />
      ))}
      {problems.length === 0 && !query.data && <Skeleton active title={false} />}
      {problems.length === 0 && query.data?.times.length === 0 && <p className="muted">{t('schedules.never')}</p>}
      {problems.length === 0 && (
        <ol>
          {query.data?.times.map((at) => (
            <li key={at}>
              <span className="time">{inZone(at, rule.timezone ?? 'UTC', i18n.language)}</span> <span className="muted">{ago(at, i18n.language)}</span>
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}
