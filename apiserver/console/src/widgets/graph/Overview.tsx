import { Panel, useReactFlow, useStore } from '@xyflow/react'
import { useEffect, useMemo, useRef, type PointerEvent } from 'react'

import { NODE_HEIGHT, NODE_WIDTH } from '../../model/graph'
import './graph.css'

const width = 200
const height = 140
const edge = 8 // pixels around

interface Placed {
  id: string
  position: { x: number; y: number }
}

interface Props<N extends Placed> {
  nodes: readonly N[]
  colour: (node: N) => string
  label: string
}

// Overview is a small map of a graph and of what is seen of it. It is one
// picture: an element for each node would have to be asked at each move.
export function Overview<N extends Placed>({ nodes, colour, label }: Props<N>) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const flow = useReactFlow()
  const box = useMemo(() => boxOf(nodes), [nodes])
  const scale = Math.min((width - 2 * edge) / box.width, (height - 2 * edge) / box.height)
  const left = (width - box.width * scale) / 2
  const top = (height - box.height * scale) / 2

  useEffect(() => {
    const c = canvas.current
    const pen = c?.getContext('2d')
    if (!c || !pen) return
    const ratio = window.devicePixelRatio || 1
    c.width = width * ratio
    c.height = height * ratio
    pen.scale(ratio, ratio)
    const w = Math.max(NODE_WIDTH * scale, 1.5)
    const h = Math.max(NODE_HEIGHT * scale, 1.5)
    for (const n of nodes) {
      pen.fillStyle = colour(n)
      pen.fillRect(left + (n.position.x - box.x) * scale, top + (n.position.y - box.y) * scale, w, h)
    }
  }, [nodes, colour, box, scale, left, top])

  // show moves the canvas to what is under the pointer.
  function show(e: PointerEvent<HTMLDivElement>) {
    const at = e.currentTarget.getBoundingClientRect()
    void flow.setCenter(box.x + (e.clientX - at.left - left) / scale, box.y + (e.clientY - at.top - top) / scale, { zoom: flow.getZoom() })
  }
  return (
    <Panel position="bottom-right" className="overview nopan nowheel">
      <div
        role="img"
        aria-label={label}
        style={{ width, height }}
        onPointerDown={(e) => (e.currentTarget.setPointerCapture(e.pointerId), show(e))}
        onPointerMove={(e) => e.buttons > 0 && show(e)}
        onWheel={(e) => void flow.zoomTo(flow.getZoom() * (e.deltaY < 0 ? 1.25 : 0.8))}
      >
        <canvas ref={canvas} style={{ width, height }} />
        <Seen x={left - box.x * scale} y={top - box.y * scale} scale={scale} />
      </div>
    </Panel>
  )
}

// Seen is the part that is in sight.
function Seen({ x, y, scale }: { x: number; y: number; scale: number }) {
  const [dx, dy, zoom] = useStore((s) => s.transform)
  const w = useStore((s) => s.width)
  const h = useStore((s) => s.height)
  const k = scale / zoom
  return <div className="overview-seen" style={{ transform: `translate(${x - dx * k}px, ${y - dy * k}px)`, width: w * k, height: h * k }} />
}

// boxOf is what holds all nodes.
function boxOf(nodes: readonly Placed[]) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const { position: p } of nodes) {
    left = Math.min(left, p.x)
    top = Math.min(top, p.y)
    right = Math.max(right, p.x + NODE_WIDTH)
    bottom = Math.max(bottom, p.y + NODE_HEIGHT)
  }
  if (left > right) return { x: 0, y: 0, width: NODE_WIDTH, height: NODE_HEIGHT }
  return { x: left, y: top, width: right - left, height: bottom - top }
}
