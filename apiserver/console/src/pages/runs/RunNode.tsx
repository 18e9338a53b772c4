import { Handle, Position, type Node, type NodeProps } from '@xyflow/react'
import { memo } from 'react'
import { useTranslation } from 'react-i18next'

import type { TaskInstance } from '../../api/runs'
import { useTheme } from '../../app/theme'
import { stateIcon, useStateColours } from '../../widgets/StateTag'
import { durationText } from '../../widgets/TimeText'
import { groupColour, kindIcon, useKinds, useSaid } from '../editor/kinds'
import { lasted, useNow } from './useNow'

export type RunNodeType = Node<{ kind: string; disabled: boolean; attempt?: TaskInstance }, 'task'>

// RunNode draws a task as the editor does, with how it goes.
export const RunNode = memo(function RunNode({ data, id, selected }: NodeProps<RunNodeType>) {
  const { t } = useTranslation()
  const { dark } = useTheme()
  const said = useSaid()
  const kind = useKinds().data?.items.find((k) => k.id === data.kind)
  const a = data.attempt
  const now = useNow(a !== undefined && a.started !== null && a.ended === null)
  const c = useStateColours()(a?.state ?? '')
  const took = a ? lasted(a, now) : null
  const classes = ['run-node', selected && 'run-node-selected', !a && 'run-node-idle', data.disabled && 'run-node-disabled'].filter(Boolean).join(' ')
  return (
    <div className={classes} style={{ ['--kind' as string]: groupColour(kind?.group, dark), ...(a && { borderColor: c.line, background: c.back }) }} data-state={a?.state ?? ''}>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <span className="run-node-icon" aria-hidden>
        {kindIcon(data.kind, kind?.group)}
      </span>
      <span className="run-node-text">
        <strong title={id}>{id}</strong>
        <span className="run-node-line">
          <span>{data.disabled ? t('runs.disabled') : a ? t(`state.${a.state}`, { defaultValue: a.state }) : said(kind?.title, data.kind)}</span>
          <span>
            {a && a.attempt > 1 && <em title={t('runs.attemptNumber', { n: a.attempt })}>×{a.attempt}</em>} {took !== null ? durationText(took) : ''}
          </span>
        </span>
      </span>
      {a && (
        <span className="run-node-state" style={{ color: c.text }} aria-hidden>
          {stateIcon(a.state)}
        </span>
      )}
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </div>
  )
})
