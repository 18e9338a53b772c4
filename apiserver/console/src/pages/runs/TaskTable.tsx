import { Button, Flex, Table, Tooltip } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import type { InstanceAction, TaskInstance } from '../../api/runs'
import { reasonText } from '../../run/reasons'
import { StateTag } from '../../widgets/StateTag'
import { durationText, TimeText } from '../../widgets/TimeText'
import { actionIcons, hasLog, taskActions } from './actions'
import { lasted, useNow } from './useNow'

interface Props {
  attempts: TaskInstance[]
  base: string
  onAct: (action: InstanceAction, task: string) => void
  onSelect: (task: string) => void
}

const manyRows = 100

// TaskTable lists every attempt of an instance.
export function TaskTable({ attempts, base, onAct, onSelect }: Props) {
  const { t } = useTranslation()
  const now = useNow(attempts.some((a) => a.ended === null))
  const states = [...new Set(attempts.map((a) => a.state))]
  const many = attempts.length > manyRows
  return (
    <Table<TaskInstance>
      rowKey="id"
      size="small"
      virtual={many}
      scroll={many ? { x: 1180, y: 560 } : { x: 'max-content' }}
      pagination={false}
      dataSource={attempts}
      rowClassName={(a) => (a.current ? '' : 'row-past')}
      columns={[
        {
          title: t('runs.taskColumn'),
          dataIndex: 'task',
          width: 200,
          sorter: (a, b) => a.task.localeCompare(b.task) || a.attempt - b.attempt,
          render: (name: string) => (
            <Button type="link" className="plain-link" onClick={() => onSelect(name)}>
              {name}
            </Button>
          ),
        },
        { title: t('runs.kind'), dataIndex: 'kind', width: 110 },
        { title: t('runs.attempt'), dataIndex: 'attempt', width: 80, align: 'end' },
        {
          title: t('runs.state'),
          dataIndex: 'state',
          width: 140,
          filters: states.map((s) => ({ value: s, text: t(`state.${s}`, { defaultValue: s }) })),
          onFilter: (s, a) => a.state === s,
          render: (s: string) => <StateTag state={s} />,
        },
        { title: t('runs.submitted'), dataIndex: 'submitted', width: 170, sorter: (a, b) => (a.submitted ?? '').localeCompare(b.submitted ?? ''), render: (at: string | null) => <TimeText at={at} /> },
        { title: t('runs.took'), key: 'took', width: 100, align: 'end', sorter: (a, b) => (lasted(a, now) ?? 0) - (lasted(b, now) ?? 0), render: (_, a) => <span className="time">{durationText(lasted(a, now))}</span> },
        { title: t('runs.worker'), dataIndex: 'worker', width: 150 },
        {
          title: t('runs.reason'),
          dataIndex: 'reason',
          width: 240,
          ellipsis: { showTitle: false },
          render: (r: string) => <Tooltip title={reasonText(r, t)}>{reasonText(r, t)}</Tooltip>,
        },
        {
          title: <span className="unseen">{t('crud.actions')}</span>,
          key: 'actions',
          width: 130,
          align: 'end',
          fixed: 'end',
          render: (_, a) => (
            <Flex gap={2} justify="end" align="center">
              {hasLog(a) && (
                <Link to={`${base}/tasks/${a.id}/log`} aria-label={`${t('runs.log')}: ${a.task}`}>
                  {t('runs.log')}
                </Link>
              )}
              {a.current &&
                taskActions
                  .filter((x) => a.actions?.includes(x))
                  .map((x) => (
                    <Tooltip key={x} title={t(`runs.action.${x}`)}>
                      <Button type="text" size="small" icon={actionIcons[x]} aria-label={`${t(`runs.action.${x}`)}: ${a.task}`} onClick={() => onAct(x, a.task)} />
                    </Tooltip>
                  ))}
            </Flex>
          ),
        },
      ]}
    />
  )
}
