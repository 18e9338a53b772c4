import { useReactFlow } from '@xyflow/react'
import { App } from 'antd'
import { useTranslation } from 'react-i18next'

import { CONDITIONS, DEPENDENT, SUB_WORKFLOW, SWITCH, tasksOf, type Point, type Task } from '../../model/document'
import { NODE_HEIGHT, NODE_WIDTH } from '../../model/graph'
import { arrangeSoon, MANY, placesOf } from '../../model/layout'
import { addTask, connect, copyTasks, disconnect, freeName, namesOf, pasteTasks, removeTasks, taskNamed, type Clip } from '../../model/operations'
import { defaultsOf } from './form/SchemaForm'
import { useKinds } from './kinds'
import type { Selection } from './selection'
import type { Editor } from './useEditor'
import { writeClip } from './useKeys'

interface Changed {
  editor: Editor
  edit: Editor['edit'] // nothing for those who may only look
  locked: boolean
  selection: Selection
  reveal: (task: string) => void
  fail: (e: unknown) => void
  onAdded: () => void
}

// useChanges gives what is done to the chosen tasks and to all of them, by keys
// and by buttons.
export function useChanges({ editor, edit, locked, selection, reveal, fail, onAdded }: Changed) {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const flow = useReactFlow()
  const kinds = useKinds()
  const { doc } = editor

  function add(kind: string, at?: Point) {
    const name = freeName(namesOf(doc), kind.toLowerCase())
    const known = kinds.data?.items.find((k) => k.id === kind)
    const params = known?.section === 'params' && known.schema ? defaultsOf(known.schema) : {}
    const after = at || selection.only === undefined ? undefined : taskNamed(doc, selection.only)
    edit((d) => {
      const all = placesOf(d)
      const fresh: Task = { name, kind, ...(Object.keys(params).length > 0 ? { params } : {}), ...beginning[kind] }
      const next = addTask({ ...d, layout: all }, fresh, at ?? free(all, after ? all[after.name] : undefined, centre()))
      return after ? connect(next, after.name, name) : next
    })
    selection.choose([name])
    onAdded()
    if (!at) setTimeout(() => reveal(name), 50)
  }
  function centre(): Point {
    const box = document.querySelector('.react-flow')?.getBoundingClientRect()
    const at = box ? flow.screenToFlowPosition({ x: box.left + box.width / 2, y: box.top + box.height / 2 }) : { x: 0, y: 0 }
    return { x: at.x - NODE_WIDTH / 2, y: at.y - NODE_HEIGHT / 2 }
  }
  function remove() {
    if (locked) return
    const edges = [...selection.edges].map((e) => JSON.parse(e) as [string, string])
    edit((d) => removeTasks(disconnect(d, edges), selection.tasks))
    selection.clear()
  }
  function clip(): Clip | undefined {
    return selection.tasks.size > 0 ? copyTasks(doc, selection.tasks, placesOf(doc)) : undefined
  }
  function copy() {
    const c = clip()
    if (c) writeClip(c).then(() => void message.success(t('editor.copied', { count: c.tasks.length })), fail)
  }
  function paste(c: Clip) {
    if (locked) return
    const pasted = pasteTasks({ ...doc, layout: placesOf(doc) }, c)
    edit(() => pasted.doc)
    selection.choose(pasted.names)
  }
  async function arrange() {
    if (locked) return
    const hide = tasksOf(doc).length > MANY ? message.loading(t('editor.arranging'), 0) : undefined
    try {
      const layout = await arrangeSoon(doc)
      edit((d) => ({ ...d, layout: { ...d.layout, ...layout } }))
      setTimeout(() => void flow.fitView({ padding: 0.15, maxZoom: 1, duration: 300 }), 60)
    } catch (e) {
      fail(e)
    } finally {
      hide?.()
    }
  }
  return { add, remove, clip, copy, paste, arrange }
}

// beginning is what tasks of the logic kinds have at first.
const beginning: Record<string, Partial<Task>> = { [SUB_WORKFLOW]: { subWorkflow: { workflow: '' } }, [DEPENDENT]: { dependent: { groups: [] } }, [CONDITIONS]: { conditions: { groups: [] } }, [SWITCH]: { switch: { cases: [] } } }

// free finds a place beside a task, or near the middle, where nothing is.
function free(all: Record<string, Point>, beside: Point | undefined, middle: Point): Point {
  const at = beside ? { x: beside.x + NODE_WIDTH + 90, y: beside.y } : { ...middle }
  const taken = (p: Point) => Object.values(all).some((q) => Math.abs(q.x - p.x) < NODE_WIDTH && Math.abs(q.y - p.y) < NODE_HEIGHT + 10)
  while (taken(at)) at.y += NODE_HEIGHT + 36
  return at
}
