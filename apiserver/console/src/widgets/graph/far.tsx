import { useStore, useStoreApi, ViewportPortal, type Edge } from '@xyflow/react'
import { createContext, useContext, useLayoutEffect, useMemo } from 'react'

import type { Point } from '../../model/document'
import { NODE_HEIGHT, NODE_WIDTH } from '../../model/graph'
import './graph.css'

// Below this size nobody can read a task or hit an edge.
const unreadable = 0.3

// useFar says whether a graph is seen from so far away that tasks are drawn as
// plain boxes, and edges as one picture.
export function useFar(): boolean {
  useFewerEdges()
  return useStore(isFar)
}

const isFar = (s: { transform: [number, number, number] }) => s.transform[2] < unreadable

// useFewerEdges takes away edges that nobody chose as soon as the library has
// them and a graph is seen from far away. It hears of the edges that it is to
// draw only after the next drawing, in which it would make an element of each.
function useFewerEdges() {
  const store = useStoreApi()
  useLayoutEffect(() => {
    let [all, left]: Edge[][] = []
    return store.subscribe((s, before) => {
      if (s.edges === before.edges && isFar(s) === isFar(before)) return
      if (isFar(s)) {
        const chosen = s.edges.filter((e) => e.selected)
        if (chosen.length === s.edges.length) return
        all = s.edges
        s.setEdges((left = chosen))
      } else if (all && s.edges === left) s.setEdges(all) // nothing was drawn in between
    })
  }, [store])
}

// Far gives useFar to nodes: each asking by itself would be asked at each move.
export const Far = createContext(false)

export const useIsFar = () => useContext(Far)

export interface FarEdge {
  source: string
  target: string
  colour: string
}

// FarEdges draws edges as one path for each colour.
export function FarEdges({ edges, placeOf }: { edges: readonly FarEdge[]; placeOf: (id: string) => Point | undefined }) {
  const paths = useMemo(() => {
    const byColour = new Map<string, string[]>()
    for (const e of edges) {
      const a = placeOf(e.source)
      const b = placeOf(e.target)
      if (!a || !b) continue
      const line = `M${a.x + NODE_WIDTH} ${a.y + NODE_HEIGHT / 2}L${b.x} ${b.y + NODE_HEIGHT / 2}`
      const lines = byColour.get(e.colour)
      if (lines) lines.push(line)
      else byColour.set(e.colour, [line])
    }
    return [...byColour].map(([colour, lines]) => [colour, lines.join('')] as const)
  }, [edges, placeOf])
  return (
    <ViewportPortal>
      <svg className="far-edges" aria-hidden>
        {paths.map(([colour, d]) => (
          <path key={colour} d={d} stroke={colour} />
        ))}
      </svg>
    </ViewportPortal>
  )
}

// moves and rests tell the browser when a graph is being moved: it then draws
// it once and moves the picture. At rest it is drawn as sharp as can be.
export const moves = (e: MouseEvent | TouchEvent | null) => graphOf(e)?.classList.add('moving')
export const rests = () => document.querySelector('.react-flow.moving')?.classList.remove('moving')

const graphOf = (e: MouseEvent | TouchEvent | null) => (e?.target instanceof Element ? e.target.closest('.react-flow') : null)
