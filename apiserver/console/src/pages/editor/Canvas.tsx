import { AimOutlined, ApartmentOutlined } from '@ant-design/icons'
import {
  Background, BackgroundVariant, ControlButton, Controls, MarkerType, ReactFlow, SelectionMode, useReactFlow, useStoreApi,
  type Connection, type Edge, type EdgeChange, type NodeChange, type OnConnectEnd,
} from '@xyflow/react'
import '@xyflow/react/dist/style.css'
import { memo, useCallback, useEffect, useMemo, useRef, useState, type DragEvent } from 'react'
import { useTranslation } from 'react-i18next'

import { useTheme } from '../../app/theme'
import type { Point, WorkflowDoc } from '../../model/document'
import { NODE_HEIGHT, NODE_WIDTH, toGraph, type Branch } from '../../model/graph'
import { placesOf } from '../../model/layout'
import { connect, disconnect, moveTasks, refusesEdge } from '../../model/operations'
import { Far, FarEdges, moves, rests, useFar } from '../../widgets/graph/far'
import { Overview } from '../../widgets/graph/Overview'
import { useEvent } from '../../widgets/useEvent'
import { handles, TaskNode, type TaskData, type TaskNodeType } from './TaskNode'
import { groupColour, useKinds } from './kinds'
import type { Selection } from './selection'

const nodeTypes = { task: TaskNode }
const fit = { padding: 0.15, maxZoom: 1 }
const manyKeys = ['Shift', 'Meta', 'Control']
const dragOver = (e: DragEvent) => e.dataTransfer.types.includes(dragType) && e.preventDefault()
export const dragType = 'application/x-porpoise-kind'

interface Props {
  doc: WorkflowDoc
  problems: ReadonlyMap<string, string> // by task
  selection: Selection
  locked: boolean
  edit: (change: (doc: WorkflowDoc) => WorkflowDoc, tag?: string) => void
  onDrop: (kind: string, at: Point) => void
  onOpen: () => void // the form of what is selected
  onRefused: (why: string) => void
  onArrange: () => void
}

// Canvas draws the document and edits its drawing.
export const Canvas = memo(function Canvas({ doc, problems, selection, locked, edit, onDrop, onOpen, onRefused, onArrange }: Props) {
  const { t } = useTranslation()
  const { dark } = useTheme()
  const flow = useReactFlow()
  const store = useStoreApi()
  const far = useFar()
  const kinds = useKinds()
  const places = useMemo(() => placesOf(doc), [doc])
  const [dragged, setDragged] = useState<Record<string, Point>>({})
  // Where a task was dragged counts until the document says so.
  useEffect(() => setDragged((d) => (Object.keys(d).length > 0 ? {} : d)), [doc])
  const nodes = useNodes(doc, places, dragged, problems, selection)
  const edges = useEdges(doc, selection)
  const groups = useMemo(() => new Map((kinds.data?.items ?? []).map((k) => [k.id, k.group])), [kinds.data])
  const colour = useCallback((n: TaskNodeType) => (n.data.problem ? '#e03545' : groupColour(groups.get(n.data.kind), dark)), [groups, dark])
  const placeOf = useCallback((name: string) => dragged[name] ?? places[name], [dragged, places])
  const chosen = useMemo(() => edges.filter((e) => e.selected), [edges])
  const distant = useMemo(() => edges.map((e) => ({ source: e.source, target: e.target, colour: e.markerEnd.color })), [edges])

  const changeNodes = useCallback(
    (changes: NodeChange<TaskNodeType>[]) => {
      const moved: Record<string, Point> = {}
      const ended: Record<string, Point> = {}
      const picked: [string, boolean][] = []
      for (const c of changes) {
        if (c.type === 'position' && c.position) (c.dragging ? moved : ended)[c.id] = c.position
        if (c.type === 'select') picked.push([c.id, c.selected])
      }
      if (picked.length > 0) selection.changeTasks(picked)
      if (locked) return
      if (Object.keys(moved).length > 0) setDragged((d) => ({ ...d, ...moved }))
      if (Object.keys(ended).length > 0) {
        setDragged((d) => ({ ...d, ...ended }))
        edit((d) => moveTasks(d, { ...placesOf(d), ...ended }), 'move')
      }
    },
    [edit, locked, selection],
  )
  const changeEdges = useCallback(
    (changes: EdgeChange[]) => {
      const picked = changes.flatMap((c): [string, boolean][] => (c.type === 'select' ? [[c.id, c.selected]] : []))
      if (picked.length > 0) selection.changeEdges(picked)
    },
    [selection],
  )
  const join = useCallback((c: Connection) => edit((d) => connect(d, c.source, c.target)), [edit])
  // The library asks every node again when one of these is another function.
  const mayJoin = useEvent((c: Connection | Edge) => !refusesEdge(doc, c.source, c.target))
  const joinEnd = useEvent<Parameters<OnConnectEnd>, void>((_, s) => {
    if (s.isValid || !s.fromNode || !s.toNode) return
    const [from, to] = s.fromHandle?.type === 'target' ? [s.toNode.id, s.fromNode.id] : [s.fromNode.id, s.toNode.id]
    const why = refusesEdge(doc, from, to)
    if (why && why !== 'self') onRefused(why)
  })
  const rejoin = useEvent((old: Edge, c: Connection) => edit((d) => connect(disconnect(d, [[old.source, old.target]]), c.source, c.target)))
  const open = useEvent(onOpen)
  const drop = useEvent((e: DragEvent) => {
    const kind = e.dataTransfer.getData(dragType)
    if (!kind || locked) return
    e.preventDefault()
    const at = flow.screenToFlowPosition({ x: e.clientX, y: e.clientY })
    // The first task is not moved into the middle: it stays under the pointer.
    store.setState({ fitViewQueued: false })
    onDrop(kind, { x: at.x - NODE_WIDTH / 2, y: at.y - NODE_HEIGHT / 2 })
  })
  return (
    <Far value={far}>
    <ReactFlow<TaskNodeType, DrawnEdge>
      aria-label={t('editor.canvas')}
      onMoveStart={moves}
      onMoveEnd={rests}
      nodes={nodes}
      edges={far ? chosen : edges}
      nodeTypes={nodeTypes}
      onNodesChange={changeNodes}
      onEdgesChange={changeEdges}
      onConnect={join}
      isValidConnection={mayJoin}
      onConnectEnd={joinEnd}
      onReconnect={rejoin}
      onNodeDoubleClick={open}
      onDragOver={dragOver}
      onDrop={drop}
      colorMode={dark ? 'dark' : 'light'}
      onlyRenderVisibleElements
      fitView
      fitViewOptions={fit}
      minZoom={0.05}
      maxZoom={2}
      nodesDraggable={!locked}
      nodesConnectable={!locked}
      edgesReconnectable={!locked}
      deleteKeyCode={null}
      selectionMode={SelectionMode.Partial}
      multiSelectionKeyCode={manyKeys}
      selectionKeyCode="Shift"
      zoomOnDoubleClick={false}
      connectionRadius={36}
      elevateEdgesOnSelect
    >
      <Background variant={BackgroundVariant.Dots} gap={20} size={1.2} />
      <Controls showInteractive={false} showFitView={false} aria-label={t('editor.view')}>
        <ControlButton onClick={() => void flow.fitView({ padding: 0.15, maxZoom: 1, duration: 300 })} title={t('editor.fit')} aria-label={t('editor.fit')}>
          <AimOutlined />
        </ControlButton>
        <ControlButton onClick={onArrange} disabled={locked} title={t('editor.arrange')} aria-label={t('editor.arrange')}>
          <ApartmentOutlined />
        </ControlButton>
      </Controls>
      {nodes.length > 0 && <Overview nodes={nodes} colour={colour} label={t('editor.map')} />}
      {far && <FarEdges edges={distant} placeOf={placeOf} />}
    </ReactFlow>
    </Far>
  )
})

// useNodes makes the nodes of a document; those that have not changed stay the
// same objects, so that they are not drawn again.
function useNodes(doc: WorkflowDoc, places: Record<string, Point>, dragged: Record<string, Point>, problems: ReadonlyMap<string, string>, selection: Selection): TaskNodeType[] {
  const { t } = useTranslation()
  const kept = useRef(new Map<string, TaskNodeType>())
  const list = useRef<TaskNodeType[]>([])
  return useMemo(() => {
    const next = new Map<string, TaskNodeType>()
    const label = filled(t('editor.task.label', { name: '\u0001', kind: '\u0002' }))
    for (const task of doc.tasks ?? []) {
      const at = dragged[task.name] ?? places[task.name] ?? { x: 0, y: 0 }
      const data: TaskData = { name: task.name, kind: task.kind, disabled: task.disabled ?? false, problem: problems.get(task.name), found: selection.found === task.name }
      const node = nodeOf(data, at, selection.tasks.has(task.name), label(task.name, task.kind))
      const old = kept.current.get(task.name)
      next.set(task.name, old && sameNode(old, node) ? old : node)
    }
    kept.current = next
    return (list.current = unlessSame(list.current, [...next.values()]))
  }, [doc, places, dragged, problems, selection.tasks, selection.found, t])
}

// unlessSame keeps the old list when the new one has the same elements.
export function unlessSame<T>(old: T[], now: T[]): T[] {
  return old.length === now.length && old.every((x, i) => x === now[i]) ? old : now
}

// nodeOf is a node of known size.
export function nodeOf(data: TaskData, position: Point, selected: boolean, label: string): TaskNodeType {
  return {
    id: data.name, type: 'task', position, data, selected, width: NODE_WIDTH, height: NODE_HEIGHT,
    measured: { width: NODE_WIDTH, height: NODE_HEIGHT }, handles, ariaLabel: label,
  }
}

function sameNode(a: TaskNodeType, b: TaskNodeType): boolean {
  const x = a.data
  const y = b.data
  return (
    a.position.x === b.position.x && a.position.y === b.position.y && a.selected === b.selected && a.ariaLabel === b.ariaLabel &&
    x.kind === y.kind && x.disabled === y.disabled && x.problem === y.problem && x.found === y.found && x.change === y.change
  )
}

// filled is a text of which only two words change: looking it up thousands of
// times would take longer than drawing.
function filled(template: string): (a: string, b: string) => string {
  const parts = template.split(/([\u0001\u0002])/)
  return (a, b) => parts.map((x) => (x === '\u0001' ? a : x === '\u0002' ? b : x)).join('')
}

// DrawnEdge has a coloured arrow.
type DrawnEdge = Edge & { markerEnd: { type: MarkerType; width: number; height: number; color: string } }

// useEdges makes the edges of a document; as with nodes, those that have not
// changed stay the same objects.
function useEdges(doc: WorkflowDoc, selection: Selection): DrawnEdge[] {
  const { t } = useTranslation()
  const kept = useRef(new Map<string, DrawnEdge>())
  const list = useRef<DrawnEdge[]>([])
  const graph = useMemo(() => toGraph(doc), [doc])
  return useMemo(() => {
    const next = new Map<string, DrawnEdge>()
    const said = filled(t('editor.edge', { from: '\u0001', to: '\u0002' }))
    for (const e of graph.edges) {
      const old = kept.current.get(e.id)
      const selected = selection.edges.has(e.id)
      const label = e.branch && branchText(e.branch, t)
      const className = e.branch && `branch-${e.branch.when}`
      const ariaLabel = said(e.source, e.target)
      if (old && old.selected === selected && old.label === label && old.className === className && old.ariaLabel === ariaLabel) next.set(e.id, old)
      else
        next.set(e.id, {
          id: e.id, source: e.source, target: e.target, selected, className, label, ariaLabel, interactionWidth: 16,
          markerEnd: { type: MarkerType.ArrowClosed, width: 16, height: 16, color: ends[e.branch?.when ?? ''] ?? '#8b9aa4' },
        })
    }
    kept.current = next
    return (list.current = unlessSame(list.current, [...next.values()]))
  }, [graph, selection.edges, t])
}

// The colours of arrows, as those of their edges.
const ends: Record<string, string> = { success: '#2f9e57', failed: '#e03545' }

function branchText(b: Branch, t: (key: string) => string): string {
  if (b.when !== 'case') return t(`editor.branch.${b.when}`)
  const text = b.text || t('editor.branch.case')
  return text.length > 28 ? `${text.slice(0, 27)}…` : text
}

// useReveal shows a task in the middle of the canvas.
export function useReveal(doc: WorkflowDoc) {
  const flow = useReactFlow()
  const latest = useRef(doc)
  useEffect(() => {
    latest.current = doc
  }, [doc])
  return useCallback(
    (name: string) => {
      const at = placesOf(latest.current)[name]
      if (at) void flow.setCenter(at.x + NODE_WIDTH / 2, at.y + NODE_HEIGHT / 2, { zoom: Math.max(flow.getZoom(), 0.8), duration: 300 })
    },
    [flow],
  )
}
