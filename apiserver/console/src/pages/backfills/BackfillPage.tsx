import { useQuery } from '@tanstack/react-query'
import { Empty, Tooltip } from 'antd'
import dayjs from 'dayjs'
import { useTranslation } from 'react-i18next'
import { Link, useParams } from 'react-router'

import { backfill, type BackfillDetail } from '../../api/runs'
import '../../widgets/crud.css'
import { ErrorBox } from '../../widgets/ErrorBox'
import { Fact } from '../../widgets/Fact'
import { Page } from '../../widgets/Page'
import { PageAwaited } from '../../widgets/PageAwaited'
import { stateIcon, StateTag, useStateColours } from '../../widgets/StateTag'
import { timeText, TimeText } from '../../widgets/TimeText'
import { useProject } from '../../widgets/useProject'
import '../runs/runs.css'
import { BackfillActions, BackfillBar, going } from './BackfillBar'
import './backfills.css'

// BackfillPage tells of one backfill, date by date.
export function BackfillPage() {
  const { t } = useTranslation()
  const { name: project, base } = useProject()
  const { backfill: id = '' } = useParams()
  const query = useQuery({ queryKey: ['backfill', project, id], queryFn: () => backfill(project, id), refetchInterval: (q) => (q.state.data && going(q.state.data) ? 2000 : 15_000) })
  const b = query.data
  const trail = [{ title: project, to: base }, { title: t('nav.backfills'), to: `${base}/backfills` }]
  if (!b) return <PageAwaited title={`${t('runs.backfill')} #${id}`} trail={trail} query={query} />
  return (
    <Page title={`${t('runs.backfill')} #${b.id}`} trail={trail} extra={<StateTag state={b.state} />} actions={<BackfillActions project={project} of={b} />}>
      <ErrorBox error={query.error} />
      <dl className="panel run-facts">
        <Fact label={t('runs.workflow')}><Link to={`${base}/workflows/${b.workflowId}`}>{b.workflow}</Link></Fact>
        <Fact label={t('runs.progress')}>
          <BackfillBar of={b} />
        </Fact>
        <Fact label={t('backfills.failed')}>{b.failed}</Fact>
        <Fact label={t('backfills.parallel')}>{b.parallel === 0 ? t('backfills.all') : b.parallel}</Fact>
        {b.created && (
          <Fact label={t('runs.started')}>
            <TimeText at={b.created} />
          </Fact>
        )}
      </dl>
      <section className="panel">
        <h2 className="block-title">{t('backfills.dates', { count: b.dates.length })}</h2>
        <Dates of={b} base={base} />
      </section>
    </Page>
  )
}

// Dates shows each date as a tile, in the colour of how it went.
function Dates({ of, base }: { of: BackfillDetail; base: string }) {
  const { t } = useTranslation()
  const colours = useStateColours()
  const dates = of.dates.map((d) => ({ ...d, state: d.state || (going(of) ? 'WAITING' : 'SKIPPED') }))
  if (dates.length === 0) return <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('backfills.noDates')} />
  const days = dates.every((d) => dayjs(d.date).format('HH:mm:ss') === '00:00:00')
  return (
    <ul className="dates">
      {dates.map((d) => {
        const c = colours(d.state)
        const state = t(`state.${d.state}`, { defaultValue: d.state })
        const body = (
          <>
            <span aria-hidden>{stateIcon(d.state)}</span> {days ? dayjs(d.date).format('YYYY-MM-DD') : dayjs(d.date).format('MM-DD HH:mm')}
          </>
        )
        const look = { color: c.text, background: c.back, borderColor: c.line }
        return (
          <li key={d.date}>
            <Tooltip title={`${timeText(d.date)} · ${state}`}>
              {d.instanceId ? (
                <Link to={`${base}/instances/${d.instanceId}`} className="date" style={look} aria-label={`${timeText(d.date)}: ${state}`}>
                  {body}
                </Link>
              ) : (
                <span className="date" style={look}>
                  {body}
                  <span className="unseen">: {state}</span>
                </span>
              )}
            </Tooltip>
          </li>
        )
      })}
    </ul>
  )
}
