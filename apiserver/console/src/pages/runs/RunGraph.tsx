import { Background, BackgroundVariant, Controls, MarkerType, ReactFlow, ReactFlowProvider, type Edge } from '@xyflow/react'
import '@xyflow/react/dist/style.css'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'

import type { GraphNode, InstanceDetail, TaskInstance } from '../../api/runs'
import { useTheme } from '../../app/theme'
import { NODE_HEIGHT, NODE_WIDTH } from '../../model/graph'
import { arrangeSoon, type Layout } from '../../model/layout'
import type { WorkflowDoc } from '../../model/document'
import { Far, FarEdges, moves, rests, useFar } from '../../widgets/graph/far'
import { Overview } from '../../widgets/graph/Overview'
import { useEvent } from '../../widgets/useEvent'
import { stateColours } from '../../widgets/StateTag'
import { Kinds, useKinds } from '../editor/kinds'
import { handles } from '../editor/TaskNode'
import { Clock, RunNode, type RunNodeType } from './RunNode'
import { useNow } from './useNow'

interface Props {
  instance: InstanceDetail
  selected: string
  onSelect: (task: string) => void
}

const kinds = { task: RunNode }
const fit = { maxZoom: 1, padding: 0.15 }

// RunGraph draws the tasks of an instance, as they are now.
export function RunGraph(props: Props) {
  return (
    <ReactFlowProvider>
      <Flow {...props} />
    </ReactFlowProvider>
  )
}

function Flow({ instance, selected, onSelect }: Props) {
  const { t } = useTranslation()
  const { dark } = useTheme()
  const places = usePlaces(instance)
  const far = useFar()
  const now = useNow(!far && instance.taskInstances.some(isGoing))
  const known = useKinds().data?.items
  const byId = useMemo(() => new Map((known ?? []).map((k) => [k.id, k])), [known])
  const nodes = useNodes(instance, places, selected)
  const edges = useEdges(instance, dark)
  const colour = useCallback((n: RunNodeType) => stateColours(n.data.attempt?.state ?? '', dark).line, [dark])
  const placeOf = useCallback((name: string) => places?.[name], [places])
  const distant = useMemo(() => edges.map((e) => ({ source: e.source, target: e.target, colour: e.style.stroke })), [edges])
  // The library asks every node again when one of these is another function.
  const choose = useEvent((_: unknown, n: RunNodeType) => onSelect(n.id))
  const chooseNone = useEvent(() => onSelect(''))
  const follow = useEvent(({ nodes: [first] }: { nodes: RunNodeType[] }) => {
    if (first && first.id !== selected) onSelect(first.id)
  })
  const labels = useMemo(() => ({ 'controls.zoomIn.ariaLabel': t('runs.zoomIn'), 'controls.zoomOut.ariaLabel': t('runs.zoomOut'), 'controls.fitView.ariaLabel': t('runs.fit') }), [t])
  if (!places) return <p className="muted">{t('common.loading')}</p>
  return (
    <Kinds value={byId}>
    <Clock value={now}>
    <Far value={far}>
    <ReactFlow
      onMoveStart={moves}
      onMoveEnd={rests}
      nodes={nodes}
      edges={far ? none : edges}
      nodeTypes={kinds}
      colorMode={dark ? 'dark' : 'light'}
      fitView
      fitViewOptions={fit}
      minZoom={0.05}
      nodesDraggable={false}
      nodesConnectable={false}
      edgesFocusable={false}
      onlyRenderVisibleElements
      deleteKeyCode={null}
      onNodeClick={choose}
      onPaneClick={chooseNone}
      onSelectionChange={follow}
      ariaLabelConfig={labels}
    >
      <Background variant={BackgroundVariant.Dots} gap={18} size={1} />
      <Controls showInteractive={false} />
      {nodes.length > 12 && <Overview nodes={nodes} colour={colour} label={t('runs.minimap')} />}
      {far && <FarEdges edges={distant} placeOf={placeOf} />}
    </ReactFlow>
    </Far>
    </Clock>
    </Kinds>
  )
}

const none: Edge[] = []
const isGoing = (a: TaskInstance) => a.started !== null && a.ended === null

// useNodes makes the nodes of an instance; those that have not changed stay the
// same objects, so that they are not drawn again.
function useNodes(instance: InstanceDetail, places: Layout | null, selected: string): RunNodeType[] {
  const { t } = useTranslation()
  const kept = useRef(new Map<string, RunNodeType>())
  return useMemo(() => {
    if (!places) return []
    const byTask = new Map(instance.taskInstances.map((a) => [a.task, a]))
    const words = new Map<string, string>()
    const word = (state: string) => {
      let w = words.get(state)
      if (w === undefined) words.set(state, (w = t(`state.${state}`, { defaultValue: t('runs.notStarted') })))
      return w
    }
    const next = new Map<string, RunNodeType>()
    for (const n of instance.graph.nodes) {
      const attempt = byTask.get(n.name)
      const old = kept.current.get(n.name)
      const position = places[n.name] ?? { x: 0, y: 0 }
      const ariaLabel = `${n.name}: ${word(attempt?.state ?? 'NONE')}`
      const same =
        old && old.data.attempt === attempt && old.data.kind === n.kind && old.data.disabled === (n.disabled ?? false) && old.selected === (n.name === selected) &&
        old.ariaLabel === ariaLabel && old.position.x === position.x && old.position.y === position.y
      next.set(
        n.name,
        same
          ? old
          : {
              id: n.name, type: 'task', position, width: NODE_WIDTH, height: NODE_HEIGHT, measured: size, handles, selected: n.name === selected, ariaLabel,
              data: { kind: n.kind, disabled: n.disabled ?? false, attempt },
            },
      )
    }
    kept.current = next
    return [...next.values()]
  }, [instance, places, selected, t])
}

const size = { width: NODE_WIDTH, height: NODE_HEIGHT }

type RunEdge = Edge & { style: { stroke: string; strokeWidth: number } }

// useEdges makes the edges of an instance, in the colours of what they lead to.
function useEdges(instance: InstanceDetail, dark: boolean): RunEdge[] {
  const kept = useRef(new Map<string, RunEdge>())
  return useMemo(() => {
    const state = new Map(instance.taskInstances.map((a) => [a.task, a.state]))
    const next = new Map<string, RunEdge>()
    for (const [a, b] of edgesOf(instance)) {
      const id = `${a}\u0000${b}`
      const animated = state.get(b) === 'RUNNING'
      const colour = state.has(b) ? stateColours(state.get(b)!, dark).line : dark ? '#4a555d' : '#b3bec6'
      const old = kept.current.get(id)
      const same = old?.animated === animated && old.style.stroke === colour
      next.set(id, same ? old : { id, source: a, target: b, animated, style: { stroke: colour, strokeWidth: 1.6 }, markerEnd: { type: MarkerType.ArrowClosed, color: colour, width: 16, height: 16 } })
    }
    kept.current = next
    return [...next.values()]
  }, [instance, dark])
}

const edgesOf = (instance: InstanceDetail) => instance.graph.edges.filter((e): e is [string, string] => e?.length === 2)

// usePlaces gives where tasks are: as they were drawn, or else arranged.
function usePlaces(instance: InstanceDetail): Layout | null {
  const [places, setPlaces] = useState<Layout | null>(null)
  const shape = JSON.stringify([instance.graph.nodes.map((n) => [n.name, n.x, n.y]), instance.graph.edges])
  useEffect(() => {
    const drawn = layoutOf(instance.graph.nodes)
    if (drawn) return setPlaces(drawn)
    let stale = false
    const needs = new Map<string, string[]>()
    for (const [a, b] of edgesOf(instance)) needs.set(b, [...(needs.get(b) ?? []), a])
    const doc = { name: '', tasks: instance.graph.nodes.map((n) => ({ name: n.name, kind: n.kind, needs: needs.get(n.name) ?? [] })) } as unknown as WorkflowDoc
    void arrangeSoon(doc).then((l) => !stale && setPlaces(l))
    return () => {
      stale = true
    }
    // The graph of an instance changes only with its shape.
  }, [shape])
  return places
}

function layoutOf(nodes: GraphNode[]): Layout | null {
  const out: Layout = {}
  const taken = new Set<string>()
  for (const n of nodes) {
    if (typeof n.x !== 'number' || typeof n.y !== 'number') return null
    out[n.name] = { x: n.x, y: n.y }
    taken.add(`${n.x},${n.y}`)
  }
  return taken.size === nodes.length ? out : null
}
