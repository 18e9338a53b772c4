import { ExclamationCircleFilled, MinusCircleFilled } from '@ant-design/icons'
import { Handle, Position, type Node, type NodeProps } from '@xyflow/react'
import { memo } from 'react'
import { useTranslation } from 'react-i18next'

import { useTheme } from '../../app/theme'
import type { Change } from '../../model/diff'
import { NODE_HEIGHT, NODE_WIDTH } from '../../model/graph'
import { useIsFar } from '../../widgets/graph/far'
import { groupColour, kindIcon, useKind, useSaid } from './kinds'

export interface TaskData extends Record<string, unknown> {
  name: string
  kind: string
  disabled: boolean
  problem?: string // what is wrong with it
  change?: Change // in a comparison
  found?: boolean // by a search
}
export type TaskNodeType = Node<TaskData, 'task'>

// Where the handles are; told in advance, nodes need not be measured.
export const handles = [
  { type: 'target' as const, position: Position.Left, x: -5, y: NODE_HEIGHT / 2 - 5, width: 10, height: 10 },
  { type: 'source' as const, position: Position.Right, x: NODE_WIDTH - 5, y: NODE_HEIGHT / 2 - 5, width: 10, height: 10 },
]

// TaskNode draws a task; from far away only that it is there.
export const TaskNode = memo(function TaskNode({ data, selected }: NodeProps<TaskNodeType>) {
  const kind = useKind(data.kind)
  const { dark } = useTheme()
  const colour = data.problem ? '#d92d3c' : groupColour(kind?.group, dark)
  if (useIsFar()) return <div className={classesOf('far-node', data, selected)} style={{ ['--kind' as string]: colour }} />
  return <Near data={data} selected={selected} />
})

function classesOf(base: string, data: TaskData, selected: boolean): string {
  return [base, selected && 'task-selected', data.disabled && 'task-disabled', data.problem && 'task-wrong', data.change && `task-${data.change.toLowerCase()}`, data.found && 'task-found'].filter(Boolean).join(' ')
}

function Near({ data, selected }: { data: TaskData; selected: boolean }) {
  const { t } = useTranslation()
  const kind = useKind(data.kind)
  const said = useSaid()
  const { dark } = useTheme()
  const colour = groupColour(kind?.group, dark)
  return (
    <div className={classesOf('task', data, selected)} style={{ ['--kind' as string]: colour }} title={data.problem ?? data.name}>
      <Handle type="target" position={Position.Left} />
      <span className="task-icon" aria-hidden>
        {kindIcon(data.kind, kind?.group)}
      </span>
      <span className="task-texts">
        <span className="task-name">{data.name}</span>
        <span className="task-kind">{data.change ? t(`editor.change.${data.change}`) : said(kind?.title, data.kind)}</span>
      </span>
      {data.disabled && <MinusCircleFilled className="task-mark muted" aria-label={t('editor.task.disabled')} />}
      {data.problem && <ExclamationCircleFilled className="task-mark task-mark-wrong" aria-label={data.problem} />}
      <Handle type="source" position={Position.Right} />
    </div>
  )
}
