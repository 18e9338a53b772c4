import { CaretRightOutlined, CheckOutlined, DeleteOutlined, PauseOutlined, RedoOutlined, ReloadOutlined, StopOutlined, ForwardOutlined } from '@ant-design/icons'
import { useQueryClient } from '@tanstack/react-query'
import { App } from 'antd'
import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { actOn, type Instance, type InstanceAction, type TaskInstance } from '../../api/runs'
import { problemText } from '../../widgets/ErrorBox'

export const actionIcons: Record<InstanceAction, ReactNode> = {
  STOP: <StopOutlined />,
  PAUSE: <PauseOutlined />,
  RESUME: <CaretRightOutlined />,
  RERUN: <RedoOutlined />,
  RERUN_FAILED: <ReloadOutlined />,
  RERUN_FROM: <ForwardOutlined />,
  FORCE_SUCCESS: <CheckOutlined />,
  RELEASE_HOLD: <CaretRightOutlined />,
  FORCE_START: <CaretRightOutlined />,
  DELETE: <DeleteOutlined />,
}

// offered are the actions on whole instances, in the order of their buttons.
export const offered: InstanceAction[] = ['RESUME', 'PAUSE', 'STOP', 'RERUN_FAILED', 'RERUN', 'DELETE']

// taskActions are those on one task, in the order of their buttons.
export const taskActions = ['FORCE_START', 'RERUN_FROM', 'RELEASE_HOLD', 'FORCE_SUCCESS'] as const

// hasLog reports whether an attempt has a log: what no worker ran has none.
export const hasLog = (a: TaskInstance) => a.actions.includes('LOG')

const asked = new Set<InstanceAction>(['STOP', 'DELETE', 'FORCE_SUCCESS', 'RERUN_FROM', 'RELEASE_HOLD', 'FORCE_START'])
const together = 6

type Target = Pick<Instance, 'id' | 'project' | 'name'>

// useActions acts on instances, asks before what cannot be undone, and says
// what came of it.
export function useActions(after: (action: InstanceAction) => void) {
  const { t } = useTranslation()
  const { modal, message, notification } = App.useApp()
  const client = useQueryClient()
  const [busy, setBusy] = useState<InstanceAction | null>(null)

  async function run(action: InstanceAction, targets: Target[], task?: string) {
    setBusy(action)
    const refusals: string[] = []
    const open = [...targets]
    const work = async () => {
      for (let one = open.shift(); one; one = open.shift())
        try {
          await actOn(one.project, one.id, action, task)
        } catch (e) {
          refusals.push(`${one.name}: ${problemText(e, t)}`)
        }
    }
    await Promise.all(Array.from({ length: together }, work))
    setBusy(null)
    const done = targets.length - refusals.length
    if (refusals.length > 0)
      notification.error({
        title: t('runs.refused', { count: refusals.length }),
        description: (
          <ul className="refusals">
            {refusals.slice(0, 8).map((r) => (
              <li key={r}>{r}</li>
            ))}
          </ul>
        ),
        duration: 0,
      })
    if (done > 0) void message.success(targets.length === 1 ? t(`runs.did.${action}`) : t('runs.didMany', { count: done }))
    await client.invalidateQueries({ predicate: (q) => ['instances', 'instance', 'attempts', 'history', 'statistics'].includes(String(q.queryKey[0])) })
    if (done > 0) after(action)
  }

  function act(action: InstanceAction, targets: Target[], task?: string) {
    if (!asked.has(action)) return void run(action, targets, task)
    const name = task ?? targets[0]?.name ?? ''
    modal.confirm({
      title: targets.length === 1 ? t(`runs.ask.${action}`, { name }) : t('runs.askMany', { action: t(`runs.action.${action}`), count: targets.length }),
      content: t(`runs.means.${action}`),
      okText: t(`runs.action.${action}`),
      okButtonProps: { danger: action === 'STOP' || action === 'DELETE' },
      onOk: () => run(action, targets, task),
    })
  }
  return { act, busy }
}
