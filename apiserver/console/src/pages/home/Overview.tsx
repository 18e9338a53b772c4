import { CheckCircleFilled, ClockCircleOutlined, CloseCircleFilled, ExclamationCircleFilled, FieldTimeOutlined, SyncOutlined } from '@ant-design/icons'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Empty, Flex, Segmented, Skeleton, Typography } from 'antd'
import dayjs from 'dayjs'
import { useMemo, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate, useSearchParams } from 'react-router'

import { useTheme } from '../../app/theme'
import { statistics, type Instance, type Statistics } from '../../api/runs'
import { reasonText } from '../../run/reasons'
import { ErrorBox } from '../../widgets/ErrorBox'
import { StateTag } from '../../widgets/StateTag'
import { ago, durationText, TimeText } from '../../widgets/TimeText'
import '../../widgets/crud.css'
import { changed } from '../runs/filter'
import { lasted, useNow } from '../runs/useNow'
import '../runs/runs.css'
import { stepFormat, useBars } from './bars'
import { Chart } from './charts'
import './home.css'
import { PerProject } from './PerProject'
import { grouped, healthOf, rate, shown, spans, sum, windowOf, type Span } from './series'

const every = 10_000
const apart = 8 // projects

// toldBefore are problems that the page says in the language of its reader.
const toldBefore = new Set(['no master is alive', 'no worker is alive', 'the registry does not answer', 'the database does not answer'])

// Overview is what runs, failed, is due, of a project or of all.
export function Overview({ project }: { project: string }) {
  const { t } = useTranslation()
  const [address, setAddress] = useSearchParams()
  const span = (Object.keys(spans) as Span[]).find((s) => s === address.get('span')) ?? '24h'
  const charts = useQuery({
    queryKey: ['statistics', project, span],
    queryFn: () => statistics({ project: project || undefined, apart: project ? undefined : apart, ...windowOf(span, Date.now()) }),
    refetchInterval: every,
    placeholderData: keepPreviousData,
  })
  const today = useQuery({
    queryKey: ['statistics', project, 'today'],
    queryFn: () => statistics({ project: project || undefined, from: dayjs().startOf('day').toISOString(), to: dayjs().add(1, 'minute').toISOString(), step: '1h' }),
    refetchInterval: every,
    placeholderData: keepPreviousData,
  })
  const s = today.data
  return (
    <>
      <ErrorBox error={charts.error ?? today.error} onRetry={() => (void charts.refetch(), void today.refetch())} />
      <Tiles s={s} project={project} />
      <section className="panel block">
        <Flex justify="space-between" align="center" wrap gap={8}>
          <Typography.Title level={2} className="block-title">
            {t('home.overTime')}
          </Typography.Title>
          <Segmented value={span} aria-label={t('home.span')} options={(Object.keys(spans) as Span[]).map((v) => ({ value: v, label: t(`home.spans.${v}`) }))} onChange={(v) => setAddress((now) => changed(now, { span: v === '24h' ? undefined : v }), { replace: true })} />
        </Flex>
        {charts.data ? <OverTime s={charts.data} span={span} project={project} /> : !charts.error && <Skeleton active />}
      </section>
      <div className="thirds">
        <Panel title={t('home.running')} more={`${listOf(project)}?state=RUNNING`}>
          <Runs rows={s?.running} none={t('home.nothingRuns')} project={project} />
        </Panel>
        <Panel title={t('home.failedToday')} more={`${listOf(project)}?state=FAILED&range=24h`}>
          <Runs rows={s?.failed} none={t('home.nothingFailed')} project={project} />
        </Panel>
        <Panel title={t('home.due')} more={project ? `/projects/${encodeURIComponent(project)}/schedules` : undefined}>
          <Due s={s} />
        </Panel>
      </div>
      {!project && charts.data && <PerProject s={charts.data} span={span} />}
    </>
  )
}

const listOf = (project: string) => (project ? `/projects/${encodeURIComponent(project)}/instances` : '/instances')

function Tiles({ s, project }: { s: Statistics | undefined; project: string }) {
  const { t, i18n } = useTranslation()
  const g = grouped(s?.instances ?? {})
  const share = s ? rate(s.instances) : null
  const next = s?.due[0]
  const number = (n: number) => n.toLocaleString(i18n.language)
  return (
    <div className="tiles-home">
      <Tile to={`${listOf(project)}?state=RUNNING`} icon={<SyncOutlined spin={g.RUNNING > 0} />} label={t('home.running')} value={s && number(g.RUNNING)} note={s && t('home.waiting', { count: g.SUBMITTED })} />
      <Tile to={`${listOf(project)}?state=FAILED&range=24h`} icon={<CloseCircleFilled />} label={t('home.failedToday')} value={s && number(g.FAILED)} tone={g.FAILED > 0 ? 'bad' : undefined} note={s && (share === null ? t('home.nothingEnded') : t('home.share', { share: share.toLocaleString(i18n.language, { style: 'percent', maximumFractionDigits: 1 }) }))} />
      <Tile to={`${listOf(project)}?range=24h`} icon={<CheckCircleFilled />} label={t('home.doneToday')} value={s && number(g.SUCCEEDED)} tone="good" note={s && t('home.tasksToday', { count: sum(s.tasks), number: number(sum(s.tasks)) })} />
      <Tile
        to={next ? `/projects/${encodeURIComponent(next.projectName)}/schedules` : undefined}
        icon={<FieldTimeOutlined />}
        label={t('home.nextDue')}
        value={s && <span className="tile-words">{next?.at ? ago(next.at, i18n.language) : '–'}</span>}
        note={next ? next.workflow : s && t('home.nothingDue')}
      />
      <HealthTile s={s} />
    </div>
  )
}

function Tile({ to, icon, label, value, note, tone }: { to?: string; icon: ReactNode; label: string; value: ReactNode; note: ReactNode; tone?: string }) {
  const body = (
    <>
      <span className="tile-label">
        <span className="tile-icon" aria-hidden>
          {icon}
        </span>
        {label}
      </span>
      <span className="tile-value">{value ?? ' '}</span>
      <span className="tile-note">{note ?? ' '}</span>
    </>
  )
  const name = `panel tile ${tone ? `tile-${tone}` : ''}`
  return to ? (
    <Link to={to} className={name}>
      {body}
    </Link>
  ) : (
    <div className={name}>{body}</div>
  )
}

// HealthTile says how the servers are, in words.
function HealthTile({ s }: { s: Statistics | undefined }) {
  const { t } = useTranslation()
  if (!s) return <Tile icon={<ClockCircleOutlined />} label={t('home.health')} value=" " note=" " />
  const h = s.health
  const health = healthOf(h)
  const problems = [
    ...(h.database ? [] : [t('home.noDatabase')]),
    ...(h.etcd ? [] : [t('home.noEtcd')]),
    ...(h.masters > 0 ? [] : [t('home.noMaster')]),
    ...(h.workers > 0 ? [] : [t('home.noWorker')]),
    ...h.problems.filter((p) => !toldBefore.has(p)).map((p) => (/^(\d+) commands could not be obeyed$/.test(p) ? t('home.refusedCommands', { count: parseInt(p) }) : p)),
  ]
  const servers = t('home.servers', { masters: h.masters, workers: h.workers, apiservers: h.apiservers })
  return (
    <Tile
      to="/monitor"
      icon={health === 'good' ? <CheckCircleFilled /> : <ExclamationCircleFilled />}
      label={t('home.health')}
      tone={health === 'good' ? 'good' : health}
      value={<span className="tile-words">{t(`home.healthIs.${health}`)}</span>}
      note={
        <>
          {problems.slice(0, 2).map((p) => (
            <span key={p} className="tile-problem">
              {p}
            </span>
          ))}
          {servers}
        </>
      }
    />
  )
}

function Panel({ title, more, children }: { title: string; more?: string; children: ReactNode }) {
  const { t } = useTranslation()
  return (
    <section className="panel">
      <Flex justify="space-between" align="center">
        <Typography.Title level={2} className="block-title">
          {title}
        </Typography.Title>
        {more && (
          <Link to={more} aria-label={`${title}: ${t('home.all')}`}>
            {t('home.all')}
          </Link>
        )}
      </Flex>
      {children}
    </section>
  )
}

function Runs({ rows, none, project }: { rows: Instance[] | undefined; none: string; project: string }) {
  const { t } = useTranslation()
  const now = useNow(rows?.some((r) => !r.ended) ?? false)
  if (!rows) return <Skeleton active title={false} />
  if (rows.length === 0) return <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={none} />
  return (
    <ul className="rows">
      {rows.map((r) => (
        <li key={r.id}>
          <span className="rows-main">
            <Link to={`/projects/${encodeURIComponent(project || (r.projectName))}/instances/${r.id}`}>{r.name}</Link>
            <span className="rows-note">{(r.reason && reasonText(r.reason, t)) || (project ? '' : r.projectName)}</span>
          </span>
          <span className="rows-side">
            <StateTag state={r.state} />
            <span className="muted">
              <span className="time">{durationText(lasted(r, now))}</span> · <TimeText at={r.ended ?? r.started} relative />
            </span>
          </span>
        </li>
      ))}
    </ul>
  )
}

function Due({ s }: { s: Statistics | undefined }) {
  const { t } = useTranslation()
  if (!s) return <Skeleton active title={false} />
  if (s.due.length === 0) return <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('home.nothingDue')} />
  return (
    <ul className="rows">
      {s.due.map((d) => {
        const base = `/projects/${encodeURIComponent(d.projectName)}`
        return (
          <li key={d.scheduleId}>
            <span className="rows-main">
              <Link to={d.workflowId ? `${base}/workflows/${d.workflowId}` : `${base}/schedules`}>{d.workflow}</Link>
              <span className="rows-note">{d.projectName}</span>
            </span>
            <span className="rows-side">
              <TimeText at={d.at} seconds={false} />
              <span className="muted">
                <TimeText at={d.at} relative />
              </span>
            </span>
          </li>
        )
      })}
    </ul>
  )
}

function OverTime({ s, span, project }: { s: Statistics; span: Span; project: string }) {
  const { t, i18n } = useTranslation()
  const { dark } = useTheme()
  const navigate = useNavigate()
  const bars = useBars()
  const format = stepFormat(span)
  const option = useMemo(
    () => bars({ type: 'category', data: s.series.map((p) => dayjs(p.at).format(format)) }, { type: 'value', minInterval: 1 }, (state) => s.series.map((p) => grouped(p.counts)[state])),
    // The texts and colours change with the language and the theme.
    [s, span, i18n.language, dark],
  )
  function open(name: string) {
    const i = s.series.findIndex((p) => dayjs(p.at).format(format) === name)
    const from = s.series[i]?.at
    if (!from) return
    const to = s.series[i + 1]?.at ?? dayjs().toISOString()
    void navigate(`${listOf(project)}?from=${encodeURIComponent(from)}&to=${encodeURIComponent(to)}`)
  }
  if (sum(s.instances) === 0 && s.series.every((p) => sum(p.counts) === 0)) return <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('runs.noRuns')} />
  const g = grouped(s.instances)
  return <Chart option={option} height={260} onPick={open} label={`${t('home.overTime')}: ${shown.map((v) => `${t(`state.${v}`)} ${g[v]}`).join(', ')}`} />
}
