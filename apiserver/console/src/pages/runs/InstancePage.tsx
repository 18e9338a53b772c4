import { Alert, Button, Empty, Flex, Table, Tabs, Tag, Typography } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate, useParams, useSearchParams } from 'react-router'

import type { InstanceDetail } from '../../api/runs'
import { reasonText } from '../../run/reasons'
import { Page } from '../../widgets/Page'
import { PageAwaited } from '../../widgets/PageAwaited'
import { StateTag } from '../../widgets/StateTag'
import { durationText, TimeText } from '../../widgets/TimeText'
import { useProject } from '../../widgets/useProject'
import { actionIcons, offered, useActions } from './actions'
import { ConnectionNote } from './ConnectionNote'
import { Gantt } from './Gantt'
import { HistoryGrid } from './HistoryGrid'
import { RunGraph } from './RunGraph'
import { over } from './states'
import { TaskPanel } from './TaskPanel'
import { TaskTable } from './TaskTable'
import { useInstance } from './useInstance'
import { lasted, useNow } from './useNow'
import { Why } from './Why'
import '../../widgets/crud.css'
import './runs.css'

// InstancePage is one run of a workflow, live.
export function InstancePage() {
  const { t } = useTranslation()
  const { name: project, base } = useProject()
  const { instance: id = '' } = useParams()
  const navigate = useNavigate()
  const [address, setAddress] = useSearchParams()
  const { query, attempts, connection } = useInstance(project, id)
  const { act, busy } = useActions((action) => action === 'DELETE' && void navigate(`${base}/instances`))
  const run = query.data
  const tab = address.get('tab') ?? 'graph'
  const task = address.get('task') ?? ''
  const set = (key: string, value: string) =>
    setAddress(
      (now) => {
        if (value) now.set(key, value)
        else now.delete(key)
        return now
      },
      { replace: true },
    )
  const trail = [
    { title: project, to: `${base}/workflows` },
    { title: t('nav.instances'), to: `${base}/instances` },
    ...(run ? [{ title: run.workflow, to: `${base}/workflows/${run.workflowId}` }] : []),
  ]
  if (!run) return <PageAwaited title={`${t('runs.instance')} ${id}`} trail={trail} query={query} />
  const select = (name: string) => set('task', name === task ? '' : name)
  const actTask = (action: Parameters<typeof act>[0], name: string) => act(action, [run], name)
  return (
    <Page
      title={run.name}
      trail={trail}
      extra={
        <>
          <StateTag state={run.state} />
          <ConnectionNote connection={over(run.state) && connection === 'live' ? null : connection} />
        </>
      }
      actions={offered
        .filter((a) => run.actions?.includes(a))
        .map((a) => (
          <Button key={a} icon={actionIcons[a]} danger={a === 'STOP' || a === 'DELETE'} loading={busy === a} onClick={() => act(a, [run])}>
            {t(`runs.action.${a}`)}
          </Button>
        ))}
    >
      <Facts run={run} base={base} />
      {connection === 'lost' && <Alert type="warning" showIcon className="error-box" title={t('runs.lostTitle')} description={t('runs.lost')} />}
      {run.reason && !run.waiting.some((w) => w.why === run.reason) && <Alert type={run.state === 'FAILED' ? 'error' : 'info'} showIcon className="error-box" title={reasonText(run.reason, t)} />}
      <Waiting run={run} onSelect={(name) => set('task', name)} />
      <div className={task ? 'run-split' : ''}>
        <div className="panel run-main">
          <Tabs
            activeKey={tab}
            onChange={(key) => set('tab', key === 'graph' ? '' : key)}
            items={[
              {
                key: 'graph',
                label: t('runs.graph'),
                children: (
                  <div className="run-graph">
                    <RunGraph instance={run} selected={task} onSelect={(name) => name !== task && set('task', name)} />
                  </div>
                ),
              },
              { key: 'gantt', label: t('runs.gantt'), children: <Gantt order={run.graph.nodes.map((n) => n.name)} attempts={attempts} selected={task} onSelect={select} /> },
              { key: 'tasks', label: `${t('runs.tasks')} (${attempts.length})`, children: <TaskTable attempts={attempts} base={base} onAct={actTask} onSelect={select} /> },
              { key: 'params', label: t('runs.params'), children: <Params run={run} onSelect={select} /> },
              { key: 'history', label: t('runs.history'), children: <HistoryGrid project={project} base={base} workflow={run.workflowId} marked={run.id} /> },
            ]}
          />
        </div>
        {task && <TaskPanel instance={run} attempts={attempts} task={task} base={base} onAct={actTask} onClose={() => set('task', '')} />}
      </div>
    </Page>
  )
}

// Facts are what one asks first of a run.
function Facts({ run, base }: { run: InstanceDetail; base: string }) {
  const { t } = useTranslation()
  const now = useNow(run.ended === null)
  const n = run.tasks
  const facts: [string, React.ReactNode][] = [
    [t('runs.started'), <TimeText at={run.started} />],
    [t('runs.took'), <span className="time">{durationText(lasted(run, now)) || '–'}</span>],
    [t('runs.version'), <Link to={`${base}/workflows/${run.workflowId}/versions`}>{run.version}</Link>],
  ]
  if (n) facts.splice(2, 0, [t('runs.progress'), t('runs.progressOf', { done: n.success, total: n.total })])
  if (run.scheduleTime) facts.push([t('runs.scheduleTime'), <TimeText at={run.scheduleTime} />])
  if (run.command) facts.push([t('runs.because'), t(`runs.command.${run.command}`, { defaultValue: run.command })])
  if (run.user) facts.push([t('runs.user'), run.user])
  if (run.tenant) facts.push([t('runs.tenant'), run.tenant])
  if (run.workerGroup) facts.push([t('runs.workerGroup'), run.workerGroup])
  if (run.priority) facts.push([t('runs.priority'), t(`runs.priorities.${run.priority}`, { defaultValue: run.priority })])
  if (run.runTimes > 1) facts.push([t('runs.runTimes'), run.runTimes])
  if (run.parentId) facts.push([t('runs.parent'), <Link to={`${base}/instances/${run.parentId}`}>#{run.parentId}</Link>])
  if (run.scheduleId) facts.push([t('schedules.one'), <Link to={`${base}/schedules/${run.scheduleId}`}>#{run.scheduleId}</Link>])
  if (run.backfillId) facts.push([t('runs.backfill'), <Link to={`${base}/backfills/${run.backfillId}`}>#{run.backfillId}</Link>])
  return (
    <dl className="panel run-facts">
      {facts.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

// Waiting says in words what does not go on, and why.
function Waiting({ run, onSelect }: { run: InstanceDetail; onSelect: (task: string) => void }) {
  const { t } = useTranslation()
  if (run.waiting.length === 0) return null
  return (
    <Alert
      type="info"
      showIcon
      className="error-box"
      title={t('runs.whyWaiting')}
      description={
        <ul className="waiting">
          {run.waiting.slice(0, 6).map((w) => (
            <li key={w.task + w.why}>
              {w.task && (
                <Button type="link" className="plain-link" onClick={() => onSelect(w.task)}>
                  {w.task}
                </Button>
              )}{' '}
              <Why reason={w.why} />
            </li>
          ))}
          {run.waiting.length > 6 && <li className="muted">{t('runs.more', { count: run.waiting.length - 6 })}</li>}
        </ul>
      }
    />
  )
}

// ordered puts what every run is given behind what is this workflow's own.
const ordered = (params: InstanceDetail['params']) => [...params].sort((a, b) => Number(a.from === 'BUILT_IN') - Number(b.from === 'BUILT_IN'))

function Params({ run, onSelect }: { run: InstanceDetail; onSelect: (task: string) => void }) {
  const { t } = useTranslation()
  const names = new Set(run.graph.nodes.map((n) => n.name))
  return (
    <Table
      rowKey={(p) => `${p.from} ${p.name} ${p.source ?? ''}`}
      size="small"
      pagination={false}
      scroll={{ x: 'max-content' }}
      dataSource={ordered(run.params)}
      locale={{ emptyText: <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('runs.noParams')} /> }}
      columns={[
        { title: t('common.name'), dataIndex: 'name', sorter: (a, b) => a.name.localeCompare(b.name), render: (v: string) => <Typography.Text code>{v}</Typography.Text> },
        { title: t('runs.value'), dataIndex: 'value', render: (v: string) => <span className="wrap mono">{v}</span> },
        {
          title: t('runs.from'),
          dataIndex: 'from',
          filters: [...new Set(run.params.map((p) => p.from))].map((f) => ({ value: f, text: t(`runs.origin.${f}`, { defaultValue: f }) })),
          onFilter: (f, p) => p.from === f,
          render: (from: string, p) => (
            <Flex gap={6} align="center" wrap>
              <Tag>{t(`runs.origin.${from}`, { defaultValue: from })}</Tag>
              {p.source &&
                (names.has(p.source) ? (
                  <Button type="link" className="plain-link" onClick={() => onSelect(p.source!)}>
                    {p.source}
                  </Button>
                ) : (
                  <span className="mono muted">{p.source}</span>
                ))}
            </Flex>
          ),
        },
      ]}
    />
  )
}
