import { Background, BackgroundVariant, Controls, MarkerType, MiniMap, ReactFlow, ReactFlowProvider, type Edge } from '@xyflow/react'
import '@xyflow/react/dist/style.css'
import { useEffect, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'

import type { GraphNode, InstanceDetail } from '../../api/runs'
import { useTheme } from '../../app/theme'
import { NODE_HEIGHT, NODE_WIDTH } from '../../model/graph'
import { arrangeSoon, type Layout } from '../../model/layout'
import type { WorkflowDoc } from '../../model/document'
import { stateColours } from '../../widgets/StateTag'
import { RunNode, type RunNodeType } from './RunNode'

interface Props {
  instance: InstanceDetail
  selected: string
  onSelect: (task: string) => void
}

const kinds = { task: RunNode }

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
  const nodes = useMemo<RunNodeType[]>(() => {
    if (!places) return []
    const byTask = new Map(instance.taskInstances.map((a) => [a.task, a]))
    return instance.graph.nodes.map((n) => {
      const attempt = byTask.get(n.name)
      return {
        id: n.name,
        type: 'task',
        position: places[n.name] ?? { x: 0, y: 0 },
        width: NODE_WIDTH,
        height: NODE_HEIGHT,
        selected: n.name === selected,
        ariaLabel: `${n.name}: ${t(`state.${attempt?.state ?? 'NONE'}`, { defaultValue: t('runs.notStarted') })}`,
        data: { kind: n.kind, disabled: n.disabled ?? false, attempt },
      }
    })
  }, [instance, places, selected, t])
  const edges = useMemo<Edge[]>(() => {
    const state = new Map(instance.taskInstances.map((a) => [a.task, a.state]))
    return edgesOf(instance).map(([a, b]) => {
      const live = state.get(b) === 'RUNNING'
      const colour = state.has(b) ? stateColours(state.get(b)!, dark).line : dark ? '#4a555d' : '#b3bec6'
      return { id: `${a}\u0000${b}`, source: a, target: b, animated: live, style: { stroke: colour, strokeWidth: 1.6 }, markerEnd: { type: MarkerType.ArrowClosed, color: colour, width: 16, height: 16 } }
    })
  }, [instance, dark])
  if (!places) return <p className="muted">{t('common.loading')}</p>
  return (
    <ReactFlow
      nodes={nodes}
      edges={edges}
      nodeTypes={kinds}
      colorMode={dark ? 'dark' : 'light'}
      fitView
      fitViewOptions={{ maxZoom: 1, padding: 0.15 }}
      minZoom={0.05}
      nodesDraggable={false}
      nodesConnectable={false}
      edgesFocusable={false}
      onlyRenderVisibleElements
      deleteKeyCode={null}
      onNodeClick={(_, n) => onSelect(n.id)}
      onPaneClick={() => onSelect('')}
      onSelectionChange={({ nodes }) => nodes[0] && nodes[0].id !== selected && onSelect(nodes[0].id)}
      ariaLabelConfig={{ 'controls.zoomIn.ariaLabel': t('runs.zoomIn'), 'controls.zoomOut.ariaLabel': t('runs.zoomOut'), 'controls.fitView.ariaLabel': t('runs.fit'), 'minimap.ariaLabel': t('runs.minimap') }}
    >
      <Background variant={BackgroundVariant.Dots} gap={18} size={1} />
      <Controls showInteractive={false} />
      {instance.graph.nodes.length > 12 && <MiniMap pannable zoomable nodeColor={(n) => stateColours((n.data as RunNodeType['data']).attempt?.state ?? '', dark).line} />}
    </ReactFlow>
  )
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
