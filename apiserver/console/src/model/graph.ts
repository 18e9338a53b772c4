import { CONDITIONS, SWITCH, tasksOf, type Point, type Task, type WorkflowDoc } from './document'

// The size that nodes have on the canvas.
export const NODE_WIDTH = 212
export const NODE_HEIGHT = 56

export interface GraphNode {
  id: string // the task's name
  position?: Point // none: nobody placed it yet
  task: Task
}

export interface GraphEdge {
  id: string
  source: string
  target: string
  branch?: Branch
}

// Branch says when an edge out of conditions or a switch is taken.
export interface Branch {
  when: 'success' | 'failed' | 'case' | 'default'
  text?: string // of a case
}

export interface Graph {
  nodes: GraphNode[]
  edges: GraphEdge[]
}

// edgeId is the same for the same edge, and for no other.
export function edgeId(source: string, target: string): string {
  return JSON.stringify([source, target])
}

export function branchOf(source: Task, target: string): Branch | undefined {
  if (source.kind === CONDITIONS) {
    if (source.conditions?.success?.includes(target)) return { when: 'success' }
    if (source.conditions?.failed?.includes(target)) return { when: 'failed' }
  }
  if (source.kind === SWITCH) {
    const found = source.switch?.cases?.find((k) => k.next === target)
    if (found) return { when: 'case', text: found.when }
    if (source.switch?.default === target) return { when: 'default' }
  }
  return undefined
}

// toGraph is the drawing of a document. Needs that name no task have no edge.
export function toGraph(doc: WorkflowDoc): Graph {
  const byName = new Map(tasksOf(doc).map((t) => [t.name, t]))
  const edges: GraphEdge[] = []
  for (const t of tasksOf(doc)) {
    for (const need of new Set(t.needs)) {
      const source = byName.get(need)
      if (source) edges.push({ id: edgeId(need, t.name), source: need, target: t.name, branch: branchOf(source, t.name) })
    }
  }
  return { nodes: tasksOf(doc).map((task) => ({ id: task.name, position: doc.layout?.[task.name], task })), edges }
}

// fromGraph is the document of a drawing; what a drawing does not show comes
// from rest.
export function fromGraph(graph: Graph, rest: WorkflowDoc): WorkflowDoc {
  const drawn = new Set(graph.nodes.map((n) => n.id))
  const needs = new Map<string, string[]>()
  for (const e of graph.edges) needs.set(e.target, [...(needs.get(e.target) ?? []), e.source])
  const layout: Record<string, Point> = {}
  for (const n of graph.nodes) if (n.position) layout[n.id] = n.position
  const doc: WorkflowDoc = { ...rest }
  const tasks = graph.nodes.map(({ task }) => {
    const edges = needs.get(task.name) ?? []
    const kept = (task.needs ?? []).filter((n) => !drawn.has(n) || edges.includes(n))
    const all = [...kept, ...edges.filter((n) => !kept.includes(n))]
    if (all.length === 0 && task.needs === undefined) return task
    return { ...task, needs: all }
  })
  if (tasks.length > 0 || rest.tasks) doc.tasks = tasks
  if (Object.keys(layout).length > 0) doc.layout = layout
  else delete doc.layout
  return doc
}
