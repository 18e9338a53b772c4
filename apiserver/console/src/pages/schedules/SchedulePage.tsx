import { FieldTimeOutlined, HistoryOutlined, ReloadOutlined } from '@ant-design/icons'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Button, Flex, Tag, Tooltip } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link, useParams } from 'react-router'

import { fires, schedule, type Fire, type Schedule } from '../../api/runs'
import '../../widgets/crud.css'
import { ErrorBox } from '../../widgets/ErrorBox'
import { Fact } from '../../widgets/Fact'
import { ListTable } from '../../widgets/ListTable'
import { OnlineTag } from '../../widgets/OnlineTag'
import { Page } from '../../widgets/Page'
import { PageAwaited } from '../../widgets/PageAwaited'
import { Pager, usePager } from '../../widgets/Pager'
import { StateTag } from '../../widgets/StateTag'
import { ago, TimeText } from '../../widgets/TimeText'
import { useProject } from '../../widgets/useProject'
import '../runs/runs.css'
import { cronWords } from './cron'
import './schedules.css'

// SchedulePage tells of one schedule, and what became of its due times.
export function SchedulePage() {
  const { t, i18n } = useTranslation()
  const { name: project, base } = useProject()
  const { schedule: id = '' } = useParams()
  const query = useQuery({ queryKey: ['schedules', project, 'one', id], queryFn: () => schedule(project, id), refetchInterval: 30_000 })
  const s = query.data
  const trail = [{ title: project, to: base }, { title: t('nav.schedules'), to: `${base}/schedules` }]
  if (!s) return <PageAwaited title={`${t('schedules.one')} #${id}`} trail={trail} query={query} />
  return (
    <Page title={`${s.workflow}: ${cronWords(s.cron, i18n.language)}`} icon={<FieldTimeOutlined />} trail={trail} extra={<OnlineTag online={s.online} />}>
      <ErrorBox error={query.error} />
      <Facts of={s} base={base} />
      <History project={project} base={base} of={s} />
    </Page>
  )
}

function Facts({ of: s, base }: { of: Schedule; base: string }) {
  const { t, i18n } = useTranslation()
  return (
    <dl className="panel run-facts">
      <Fact label={t('runs.workflow')}>
        <Link to={`${base}/workflows/${s.workflowId}`}>{s.workflow}</Link>
      </Fact>
      <Fact label={t('schedules.cron')}>
        <code>{s.cron}</code> · {s.timezone}
      </Fact>
      {s.calendarRule && <Fact label={t('schedules.calendar')}>{t(`schedules.rules.${s.calendarRule}`)}</Fact>}
      <Fact label={t('schedules.misfire')}>{t(`schedules.misfires.${s.misfire}`)}</Fact>
      {s.nextDue && (
        <Fact label={t('schedules.next')}>
          <TimeText at={s.nextDue} /> <span className="muted">({ago(s.nextDue, i18n.language)})</span>
        </Fact>
      )}
      <Fact label={t('runs.user')}>{s.user}</Fact>
    </dl>
  )
}

function History({ project, base, of }: { project: string; base: string; of: Schedule }) {
  const { t } = useTranslation()
  const id = String(of.id)
  const pager = usePager(`${project} ${id}`)
  const asked = { limit: pager.limit, cursor: pager.cursor }
  const query = useQuery({ queryKey: ['schedules', project, id, 'fires', asked], queryFn: () => fires(project, id, asked), placeholderData: keepPreviousData, refetchInterval: 10_000 })
  const rows = query.data?.items ?? []
  return (
    <section className="panel block">
      <Flex justify="space-between" align="center">
        <h2 className="block-title">
          <HistoryOutlined aria-hidden /> {t('schedules.history')}
        </h2>
        <Tooltip title={t('crud.reload')}>
          <Button type="text" icon={<ReloadOutlined spin={query.isFetching} />} aria-label={t('crud.reload')} onClick={() => void query.refetch()} />
        </Tooltip>
      </Flex>
      <ErrorBox error={query.error} onRetry={() => void query.refetch()} />
      <ListTable<Fire>
        rowKey={(f) => `${f.due} ${f.outcome}`}
        loading={query.isPending}
        dataSource={rows}
        none={t('schedules.noHistory')}
        columns={[
          { title: t('schedules.due'), dataIndex: 'due', render: (_, f) => <Due of={f} /> },
          { title: t('schedules.outcome'), dataIndex: 'outcome', render: (_, f) => <Outcome of={f} rule={of.calendarRule} /> },
          { title: t('runs.instance'), dataIndex: 'instanceId', render: (run: number | null, f) => (run ? <Run id={run} state={f.state} base={base} /> : null) },
          { title: t('schedules.decided'), dataIndex: 'decided', render: (at: string | null) => at && <TimeText at={at} /> },
        ]}
      />
      <Pager pager={pager} shown={rows.length} next={query.data?.next} />
    </section>
  )
}

function Due({ of: f }: { of: Fire }) {
  if (!f.first || f.count < 2) return <TimeText at={f.due} />
  return (
    <>
      <TimeText at={f.first} /> – <TimeText at={f.due} />
    </>
  )
}

const colours = { FIRED: 'success', SKIPPED: 'warning', LEFT_OUT: 'default', WAITING: 'processing' } as const

// Outcome says what became of a due time, and why.
function Outcome({ of: f, rule }: { of: Fire; rule?: Schedule['calendarRule'] }) {
  const { t } = useTranslation()
  const late = f.outcome === 'WAITING' && Date.parse(f.due) < Date.now()
  const why = f.outcome === 'LEFT_OUT' && rule === 'NEXT_WORKDAY' ? 'MOVED' : late ? 'LATE' : f.outcome
  return (
    <>
      <Tag color={late ? 'warning' : colours[f.outcome]}>{t(`schedules.outcomes.${f.outcome}`)}</Tag>
      {(late || f.outcome === 'SKIPPED' || f.outcome === 'LEFT_OUT') && <span className="muted">{t(`schedules.why.${why}`, { count: f.count })}</span>}
    </>
  )
}

function Run({ id, state, base }: { id: number; state: Fire['state']; base: string }) {
  const { t } = useTranslation()
  if (!state) return <span className="muted">{t('schedules.deleted', { id })}</span>
  return (
    <Flex gap={8} align="center">
      <Link to={`${base}/instances/${id}`}>#{id}</Link>
      <StateTag state={state} />
    </Flex>
  )
}
