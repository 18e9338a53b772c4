import { Graph as DagreGraph, layout as dagre } from '@dagrejs/dagre'

import { tasksOf, type Point, type WorkflowDoc } from './document'
import { NODE_HEIGHT, NODE_WIDTH, toGraph } from './graph'

export type Layout = Record<string, Point>

export interface Skeleton {
  nodes: string[]
  edges: [string, string][]
}

// MANY is from where on arranging is done beside the page.
export const MANY = 300

export function skeleton(doc: WorkflowDoc): Skeleton {
  const g = toGraph(doc)
  return { nodes: g.nodes.map((n) => n.id), edges: g.edges.map((e) => [e.source, e.target]) }
}

// arrange gives each task a place, successors to the right.
export function arrange({ nodes, edges }: Skeleton): Layout {
  const g = new DagreGraph()
  g.setGraph({ rankdir: 'LR', nodesep: 36, ranksep: 90, ...(nodes.length > MANY ? { ranker: 'longest-path' } : {}) })
  g.setDefaultEdgeLabel(() => ({}))
  // Names of nodes are free; those of the library's are not.
  const key = new Map(nodes.map((n, i) => [n, `n${i}`]))
  for (const k of key.values()) g.setNode(k, { width: NODE_WIDTH, height: NODE_HEIGHT })
  for (const [a, b] of edges) g.setEdge(key.get(a)!, key.get(b)!)
  dagre(g)
  const out: Layout = {}
  for (const [name, k] of key) {
    const n = g.node(k) as { x: number; y: number }
    out[name] = { x: Math.round(n.x - NODE_WIDTH / 2), y: Math.round(n.y - NODE_HEIGHT / 2) }
  }
  return out
}

// arrangeSoon arranges; of many tasks in a worker, so that the page stays
// alive meanwhile.
export function arrangeSoon(doc: WorkflowDoc): Promise<Layout> {
  const s = skeleton(doc)
  if (s.nodes.length <= MANY) return Promise.resolve(arrange(s))
  const worker = new Worker(new URL('./layout.worker.ts', import.meta.url), { type: 'module' })
  return new Promise<Layout>((resolve, reject) => {
    worker.onmessage = (e: MessageEvent<Layout>) => resolve(e.data)
    worker.onerror = (e) => reject(new Error(e.message))
    worker.postMessage(s)
  }).finally(() => worker.terminate())
}

// grid places tasks by how far they are from the start: quickly, for a first
// sight.
export function grid(doc: WorkflowDoc): Layout {
  const tasks = tasksOf(doc)
  const byName = new Map(tasks.map((t) => [t.name, t]))
  const depth = new Map<string, number>()
  const open: string[] = []
  const waiting = new Map<string, number>()
  const next = new Map<string, string[]>()
  for (const t of tasks) {
    const needs = [...new Set(t.needs)].filter((n) => byName.has(n))
    waiting.set(t.name, needs.length)
    for (const n of needs) next.set(n, [...(next.get(n) ?? []), t.name])
    if (needs.length === 0) open.push(t.name)
  }
  for (const name of open) {
    const d = depth.get(name) ?? 0
    depth.set(name, d)
    for (const s of next.get(name) ?? []) {
      depth.set(s, Math.max(depth.get(s) ?? 0, d + 1))
      waiting.set(s, (waiting.get(s) ?? 1) - 1)
      if (waiting.get(s) === 0) open.push(s)
    }
  }
  const rows = new Map<number, number>()
  const out: Layout = {}
  for (const t of tasks) {
    const d = depth.get(t.name) ?? 0
    const row = rows.get(d) ?? 0
    rows.set(d, row + 1)
    out[t.name] = { x: d * (NODE_WIDTH + 90), y: row * (NODE_HEIGHT + 36) }
  }
  return out
}

// placesOf gives every task a place: its own, or else one that is free.
export function placesOf(doc: WorkflowDoc): Layout {
  const tasks = tasksOf(doc)
  const layout = doc.layout ?? {}
  const missing = tasks.filter((t) => !layout[t.name])
  if (missing.length === tasks.length) return tasks.length <= MANY ? arrange(skeleton(doc)) : grid(doc)
  if (missing.length === 0) return layout
  const out: Layout = { ...layout }
  const taken = new Set(Object.values(layout).map((p) => `${Math.round(p.x / 40)},${Math.round(p.y / 40)}`))
  for (const t of missing) {
    const before = (t.needs ?? []).map((n) => out[n]).filter((p) => p !== undefined)
    const at = before.length > 0 ? { x: Math.max(...before.map((p) => p.x)) + NODE_WIDTH + 90, y: before[0]!.y } : { x: 0, y: 0 }
    while (taken.has(`${Math.round(at.x / 40)},${Math.round(at.y / 40)}`)) at.y += NODE_HEIGHT + 36
    taken.add(`${Math.round(at.x / 40)},${Math.round(at.y / 40)}`)
    out[t.name] = at
  }
  return out
}
