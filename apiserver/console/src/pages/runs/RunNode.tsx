import { Handle, Position, type Node, type NodeProps } from '@xyflow/react'
import { createContext, memo, useContext } from 'react'
import { useTranslation } from 'react-i18next'

import type { TaskInstance } from '../../api/runs'
import { useTheme } from '../../app/theme'
import { stateIcon, useStateColours } from '../../widgets/StateTag'
import { durationText } from '../../widgets/TimeText'
import { groupColour, kindIcon, useKind, useSaid } from '../editor/kinds'
import { useIsFar } from '../../widgets/graph/far'
import { lasted } from './useNow'

export type RunNodeType = Node<{ kind: string; disabled: boolean; attempt?: TaskInstance }, 'task'>

// Clock is the time, for tasks that go on: one clock for all.
export const Clock = createContext(0)

// RunNode draws a task as the editor does, with how it goes; from far away only
// its state's colour.
export const RunNode = memo(function RunNode({ data, id, selected }: Pick<NodeProps<RunNodeType>, 'data' | 'id' | 'selected'>) {
  const c = useStateColours()(data.attempt?.state ?? '')
  if (useIsFar()) return <div className={selected ? 'far-node run-node-selected' : 'far-node'} style={{ ['--kind' as string]: c.line }} data-state={data.attempt?.state ?? ''} />
  return <Near data={data} id={id} selected={selected} />
})

// Took is how long a task took, or takes.
function Took({ of }: { of: TaskInstance }) {
  const now = useContext(Clock)
  const took = lasted(of, now)
  return took === null ? '' : durationText(took)
}

function Near({ data, id, selected }: Pick<NodeProps<RunNodeType>, 'data' | 'id' | 'selected'>) {
  const { t } = useTranslation()
  const { dark } = useTheme()
  const said = useSaid()
  const kind = useKind(data.kind)
  const a = data.attempt
  const c = useStateColours()(a?.state ?? '')
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
            {a && a.attempt > 1 && <em title={t('runs.attemptNumber', { n: a.attempt })}>×{a.attempt}</em>} {a && <Took of={a} />}
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
}
