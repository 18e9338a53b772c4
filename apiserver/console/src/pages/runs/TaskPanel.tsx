import { CloseOutlined, FileTextOutlined, NodeIndexOutlined } from '@ant-design/icons'
import { Alert, Button, Descriptions, Flex, Timeline, Typography } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import type { InstanceAction, InstanceDetail, TaskInstance } from '../../api/runs'
import { StateTag, useStateColours } from '../../widgets/StateTag'
import { durationText, timeText, TimeText } from '../../widgets/TimeText'
import { actionIcons, hasLog, taskActions } from './actions'
import { lasted, useNow } from './useNow'
import { Why } from './Why'

interface Props {
  instance: InstanceDetail
  attempts: TaskInstance[]
  task: string
  base: string
  onAct: (action: InstanceAction, task: string) => void
  onClose: () => void
}

// TaskPanel tells all of one task of an instance.
export function TaskPanel({ instance, attempts, task, base, onAct, onClose }: Props) {
  const { t } = useTranslation()
  const now = useNow(attempts.some((a) => a.task === task && a.ended === null))
  const node = instance.graph.nodes.find((n) => n.name === task)
  const a = instance.taskInstances.find((x) => x.task === task)
  const all = attempts.filter((x) => x.task === task).sort((x, y) => y.id - x.id)
  const why = instance.waiting.find((w) => w.task === task)?.why
  const vars = varsOf(a)
  return (
    <aside className="panel task-panel" aria-label={t('runs.task', { name: task })}>
      <Flex justify="space-between" align="start" gap={8}>
        <div className="task-head">
          <Typography.Title level={2} className="task-title">
            {task}
          </Typography.Title>
          <Flex gap={8} align="center" wrap>
            {a ? <StateTag state={a.state} /> : <span className="muted">{t('runs.notStarted')}</span>}
            <span className="muted">{node?.kind ?? a?.kind}</span>
          </Flex>
        </div>
        <Button type="text" icon={<CloseOutlined />} aria-label={t('runs.close')} onClick={onClose} />
      </Flex>
      {a && (
        <Flex gap={8} wrap className="task-actions">
          {hasLog(a) && (
            <Link to={`${base}/tasks/${a.id}/log`}>
              <Button icon={<FileTextOutlined />} type="primary">
                {t('runs.log')}
              </Button>
            </Link>
          )}
          {taskActions
            .filter((x) => a.actions?.includes(x))
            .map((x) => (
              <Button key={x} icon={actionIcons[x]} onClick={() => onAct(x, task)}>
                {t(`runs.action.${x}`)}
              </Button>
            ))}
          {a.childInstanceId ? (
            <Link to={`${base}/instances/${a.childInstanceId}`}>
              <Button icon={<NodeIndexOutlined />}>{t('runs.child')}</Button>
            </Link>
          ) : null}
        </Flex>
      )}
      {why && <Alert type="info" showIcon title={t('runs.whyWaiting')} description={<Why reason={why} />} className="task-note" />}
      {a?.reason && a.reason !== why && <Alert type={a.state === 'FAILED' || a.state === 'LOST' ? 'error' : 'info'} showIcon title={<Why reason={a.reason} />} className="task-note" />}
      {a && (
        <Descriptions
          size="small"
          column={1}
          className="facts"
          items={[
            ...fact(t('runs.worker'), a.worker),
            ...fact(t('runs.workerGroup'), a.workerGroup),
            ...fact(t('runs.exitCode'), a.ended ? a.exitCode : ''),
            ...fact(t('runs.pid'), a.pid || ''),
            ...fact(t('runs.application'), a.appLink),
            ...fact(t('runs.branch'), a.branch?.join(', ')),
            ...fact(t('runs.dependency'), a.dependency),
            ...fact(t('runs.priority'), t(`runs.priorities.${a.priority}`, { defaultValue: a.priority })),
          ]}
        />
      )}
      {vars.length > 0 && (
        <>
          <Typography.Title level={3} className="task-part">
            {t('runs.handedOn')}
          </Typography.Title>
          <dl className="pairs">
            {vars.map(([k, v]) => (
              <div key={k}>
                <dt>{k}</dt>
                <dd>{v}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
      {all.length > 0 && (
        <>
          <Typography.Title level={3} className="task-part">
            {t('runs.attempts', { count: all.length })}
          </Typography.Title>
          <Attempts all={all} base={base} now={now} />
        </>
      )}
    </aside>
  )
}

function Attempts({ all, base, now }: { all: TaskInstance[]; base: string; now: number }) {
  const { t } = useTranslation()
  const colours = useStateColours()
  return (
    <Timeline
      className="attempts"
      items={all.map((a) => ({
        key: a.id,
        color: colours(a.state).line,
        content: (
          <>
            <Flex gap={8} align="center" wrap>
              <strong>{t('runs.attemptNumber', { n: a.attempt })}</strong>
              <StateTag state={a.state} bare />
              <span className="time">{durationText(lasted(a, now))}</span>
              {hasLog(a) && (
                <Link to={`${base}/tasks/${a.id}/log`} aria-label={`${t('runs.log')}, ${t('runs.attemptNumber', { n: a.attempt })}`}>
                  {t('runs.log')}
                </Link>
              )}
            </Flex>
            <div className="muted">
              <TimeText at={a.started ?? a.submitted} />
              {a.ended && ` – ${timeText(a.ended).slice(11)}`}
              {a.worker && ` · ${a.worker}`}
            </div>
            {a.reason && <div className="attempt-reason"><Why reason={a.reason} /></div>}
          </>
        ),
      }))}
    />
  )
}

function fact(label: string, value: string | number | undefined) {
  return value === undefined || value === '' ? [] : [{ key: label, label, children: <span className="wrap">{value}</span> }]
}

function varsOf(a: TaskInstance | undefined): [string, string][] {
  if (!a?.vars) return []
  return Object.entries(a.vars)
}
