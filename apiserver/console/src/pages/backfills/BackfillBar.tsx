import { CaretRightOutlined, PauseOutlined, StopOutlined } from '@ant-design/icons'
import { useQueryClient } from '@tanstack/react-query'
import { App, Button, Flex, Tooltip } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { actOnBackfill, type Backfill } from '../../api/runs'
import { problemText } from '../../widgets/ErrorBox'
import { useStateColours } from '../../widgets/StateTag'

const icons = { RESUME: <CaretRightOutlined />, PAUSE: <PauseOutlined />, STOP: <StopOutlined /> }
type Action = 'PAUSE' | 'RESUME' | 'STOP'

const live = new Set(['RUNNING', 'SUBMITTED', 'PAUSED', 'PAUSING', 'STOPPING'])

// BackfillBar shows how far a backfill is.
export function BackfillBar({ of }: { of: Backfill }) {
  const { t } = useTranslation()
  const colours = useStateColours()
  const running = of.running.length
  const words = t('backfills.progress', { done: of.done, failed: of.failed, running, total: of.total })
  const part = (count: number, state: string) => count > 0 && <i style={{ width: `${(count / Math.max(1, of.total)) * 100}%`, background: colours(state).line }} />
  return (
    <Tooltip title={words}>
      <span className="progress backfill-progress" role="img" aria-label={words}>
        <span className="progress-bar">
          {part(of.done, 'SUCCEEDED')}
          {part(of.failed, 'FAILED')}
          {part(running, 'RUNNING')}
        </span>
        <span className="time">
          {of.done}/{of.total}
        </span>
      </span>
    </Tooltip>
  )
}

// BackfillActions are what may be done with a backfill now.
export function BackfillActions({ project, of, small }: { project: string; of: Backfill; small?: boolean }) {
  const { t } = useTranslation()
  const { message, modal } = App.useApp()
  const client = useQueryClient()
  const [busy, setBusy] = useState('')
  async function act(action: Action) {
    setBusy(action)
    try {
      await actOnBackfill(project, of.id, action)
    } catch (e) {
      void message.error(problemText(e, t))
    }
    await client.invalidateQueries({ predicate: (q) => ['backfills', 'backfill', 'instances'].includes(String(q.queryKey[0])) })
    setBusy('')
  }
  const ask = (action: Action) =>
    action === 'STOP' ? modal.confirm({ title: t('backfills.stopAsk', { name: of.workflow }), content: t('backfills.stopMeans'), okText: t('runs.action.STOP'), okButtonProps: { danger: true }, onOk: () => act(action) }) : void act(action)
  return (
    <Flex gap={small ? 2 : 8} justify="end">
      {(['RESUME', 'PAUSE', 'STOP'] as const)
        .filter((a) => of.actions.includes(a))
        .map((a) => (
          <Tooltip key={a} title={small ? t(`runs.action.${a}`) : undefined}>
            <Button type={small ? 'text' : 'default'} size={small ? 'small' : 'middle'} danger={a === 'STOP'} icon={icons[a]} loading={busy === a} aria-label={`${t(`runs.action.${a}`)} ${of.workflow}`} onClick={() => ask(a)}>
              {small ? null : t(`runs.action.${a}`)}
            </Button>
          </Tooltip>
        ))}
    </Flex>
  )
}

export const going = (b: Backfill) => live.has(b.state)
