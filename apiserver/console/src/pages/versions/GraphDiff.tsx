import { Background, BackgroundVariant, Controls, MarkerType, ReactFlow, ReactFlowProvider, type Edge } from '@xyflow/react'
import '@xyflow/react/dist/style.css'
import { useCallback, useMemo } from 'react'
import { useTranslation } from 'react-i18next'

import { useTheme } from '../../app/theme'
import { isSame, type Change, type Difference } from '../../model/diff'
import { tasksOf, type Task, type WorkflowDoc } from '../../model/document'
import { edgeId, toGraph } from '../../model/graph'
import { placesOf } from '../../model/layout'
import { nodeOf } from '../editor/Canvas'
import '../editor/editor.css'
import { Far, FarEdges, useFar } from '../../widgets/graph/far'
import { Overview } from '../../widgets/graph/Overview'
import { Kinds, useKinds } from '../editor/kinds'
import { TaskNode, type TaskNodeType } from '../editor/TaskNode'

const nodeTypes = { task: TaskNode }

// both is a document with the tasks and edges of two.
export function both(before: WorkflowDoc, after: WorkflowDoc): WorkflowDoc {
  const now = new Set(tasksOf(after).map((t) => t.name))
  const old = new Map(tasksOf(before).map((t) => [t.name, t]))
  const joined = (t: Task): Task => ({ ...t, needs: [...new Set([...(t.needs ?? []), ...(old.get(t.name)?.needs ?? [])])] })
  const gone = tasksOf(before).filter((t) => !now.has(t.name))
  return { ...after, tasks: [...tasksOf(after).map(joined), ...gone], layout: { ...before.layout, ...after.layout } }
}

// GraphDiff draws two documents as one, with what came, went and changed.
export function GraphDiff({ before, after, changes }: { before: WorkflowDoc; after: WorkflowDoc; changes: Difference }) {
  const { t } = useTranslation()
  const kinds = useKinds()
  const byId = useMemo(() => new Map((kinds.data?.items ?? []).map((k) => [k.id, k])), [kinds.data])
  const { nodes, edges } = useMemo(() => {
    const doc = both(before, after)
    const places = placesOf(doc)
    const change = new Map<string, Change>(changes.tasks.map((c) => [c.name, c.change]))
    const added = new Set(changes.edges.added.map(([a, b]) => edgeId(a, b)))
    const removed = new Set(changes.edges.removed.map(([a, b]) => edgeId(a, b)))
    const nodes: TaskNodeType[] = tasksOf(doc).map((k) => nodeOf({ name: k.name, kind: k.kind, disabled: k.disabled ?? false, change: change.get(k.name) }, places[k.name] ?? { x: 0, y: 0 }, false, `${k.name} ${change.get(k.name) ? t(`editor.change.${change.get(k.name)}`) : ''}`))
    const edges: DiffEdge[] = toGraph(doc).edges.map((e) => ({
      id: e.id, source: e.source, target: e.target, markerEnd: { type: MarkerType.ArrowClosed },
      style: added.has(e.id) ? { stroke: '#2f9e57', strokeWidth: 2.4 } : removed.has(e.id) ? { stroke: '#e03545', strokeWidth: 2, strokeDasharray: '6 4' } : { stroke: '#8b9aa4' },
    }))
    return { nodes, edges }
  }, [before, after, changes, t])
  return (
    <Kinds value={byId}>
      <div className="canvas graph-diff">
        {isSame(changes) && <div className="canvas-note">{t('editor.publish.same')}</div>}
        <ReactFlowProvider key={`${nodes.length}`}>
          <Drawing nodes={nodes} edges={edges} />
        </ReactFlowProvider>
      </div>
      <ul className="diff-legend" aria-label={t('versions.legend')}>
        {(['ADDED', 'CHANGED', 'REMOVED'] as const).map((c) => (
          <li key={c} className={`legend-${c.toLowerCase()}`}>
            {t(`editor.change.${c}`)} ({changes.tasks.filter((x) => x.change === c).length})
          </li>
        ))}
      </ul>
    </Kinds>
  )
}

type DiffEdge = Edge & { style: { stroke: string } }

const changeColours = { ADDED: '#2f9e57', REMOVED: '#e03545', CHANGED: '#e0992c', NONE: '#9aa8b2' }
const colour = (n: TaskNodeType) => changeColours[n.data.change ?? 'NONE']
const none: Edge[] = []

function Drawing({ nodes, edges }: { nodes: TaskNodeType[]; edges: DiffEdge[] }) {
  const { t } = useTranslation()
  const { dark } = useTheme()
  const far = useFar()
  const places = useMemo(() => new Map(nodes.map((n) => [n.id, n.position])), [nodes])
  const placeOf = useCallback((id: string) => places.get(id), [places])
  const distant = useMemo(() => edges.map((e) => ({ source: e.source, target: e.target, colour: e.style.stroke })), [edges])
  return (
    <Far value={far}>
      <ReactFlow<TaskNodeType> aria-label={t('versions.graph')} nodes={nodes} edges={far ? none : edges} nodeTypes={nodeTypes} colorMode={dark ? 'dark' : 'light'} onlyRenderVisibleElements fitView fitViewOptions={{ padding: 0.15, maxZoom: 1 }} minZoom={0.05} nodesDraggable={false} nodesConnectable={false} deleteKeyCode={null}>
        <Background variant={BackgroundVariant.Dots} gap={20} size={1.2} />
        <Controls showInteractive={false} />
        <Overview nodes={nodes} colour={colour} label={t('editor.map')} />
        {far && <FarEdges edges={distant} placeOf={placeOf} />}
      </ReactFlow>
    </Far>
  )
}
