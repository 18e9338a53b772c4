import { ReactFlowProvider, useReactFlow } from '@xyflow/react'
import { App, Button, ConfigProvider, Empty, Flex, Modal, Spin, Splitter, Tag } from 'antd'
import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useBlocker, useNavigate, useParams, useSearchParams } from 'react-router'

import { CONDITIONS, DEPENDENT, SUB_WORKFLOW, SWITCH, tasksOf, type Point, type Task } from '../../model/document'
import { NODE_HEIGHT, NODE_WIDTH } from '../../model/graph'
import { arrangeSoon, placesOf } from '../../model/layout'
import { addTask, connect, copyTasks, disconnect, freeName, namesOf, pasteTasks, removeTasks, renameTask, taskNamed, updateTask, type Clip } from '../../model/operations'
import { parseYaml } from '../../model/yaml'
import { setOnline } from '../../api/workflows'
import { CodeEditor, type CodeHandle } from '../../widgets/CodeEditor'
import { ErrorBox, problemText } from '../../widgets/ErrorBox'
import { Page } from '../../widgets/Page'
import { RunDialog } from '../../widgets/RunDialog'
import { useEvent } from '../../widgets/useEvent'
import { useRested } from '../../widgets/useRested'
import { useProject } from '../../widgets/useProject'
import { Actions, type View } from './Actions'
import { Canvas, useReveal } from './Canvas'
import { useChecks, type Found } from './checks'
import { ConflictDialog, PublishDialog } from './dialogs'
import './editor.css'
import { example } from './example'
import { FindTask } from './FindTask'
import { defaultsOf } from './form/SchemaForm'
import { ManyForm, TaskForm, WorkflowForm } from './Inspector'
import { Kinds, useKinds } from './kinds'
import { Palette } from './Palette'
import { PreviewDialog } from './PreviewDialog'
import { ProblemsBar, ProblemsList } from './Problems'
import { useSelection } from './selection'
import { useDraft } from './useDraft'
import { textOf, useEditor } from './useEditor'
import { useKeys, writeClip } from './useKeys'

// EditorPage edits a workflow: as a drawing, as text, with forms.
export function EditorPage() {
  const kinds = useKinds()
  const byId = useMemo(() => new Map((kinds.data?.items ?? []).map((k) => [k.id, k])), [kinds.data])
  const { project, workflow } = useParams()
  return (
    <Kinds value={byId}>
      <ReactFlowProvider key={`${project} ${workflow}`}>
        <Editing />
      </ReactFlowProvider>
    </Kinds>
  )
}

const keptView = 'porpoise.editor.view'
const manyTasks = 300

function Editing() {
  const { t, i18n } = useTranslation()
  const { message, modal } = App.useApp()
  const { project, base, can } = useProject()
  const { project: projectName = '', workflow: id } = useParams()
  const go = useNavigate()
  const [search, setSearch] = useSearchParams()
  const flow = useReactFlow()
  const kinds = useKinds()
  const editor = useEditor()
  const { now, doc } = editor
  // Typing comes before drawing.
  const drawn = useDeferredValue(doc)
  const selection = useSelection()
  const reveal = useReveal(doc)
  const mayEdit = can('DEVELOPER')
  const edit = mayEdit ? editor.edit : nothing
  const locked = editor.locked || !mayEdit
  const leaving = useRef(false)

  const draft = useDraft(projectName, id, project !== undefined, mayEdit, editor, (made) => {
    leaving.current = true
    void go(`${base}/workflows/${made}/edit${window.location.search}`, { replace: true })
  })
  const loaded = project !== undefined && draft.ready
  const checks = useChecks(projectName, now, loaded && (tasksOf(doc).length > 0 || now.text !== undefined))

  const view = ((search.get('view') as View | null) ?? (localStorage.getItem(keptView) as View | null) ?? 'canvas') as View
  const [form, setForm] = useState<'auto' | 'workflow' | 'closed'>(id === undefined ? 'workflow' : 'auto')
  const [finding, setFinding] = useState(false)
  const [listed, setListed] = useState(false)
  const [preview, setPreview] = useState(false)
  const [running, setRunning] = useState(false)
  const [publishing, setPublishing] = useState(false)
  const [wide, setWide] = useState(false)
  const [refusal, setRefusal] = useState<unknown>()
  const code = useRef<CodeHandle>(null)

  function setView(next: View) {
    localStorage.setItem(keptView, next)
    setSearch((s) => (s.set('view', next), s), { replace: true })
    setTimeout(() => void flow.fitView({ padding: 0.15, maxZoom: 1, duration: 200 }), 120)
  }

  const task = selection.only === undefined ? undefined : taskNamed(doc, selection.only)
  // Of many tasks the text is written when the editing rests; at once for whoever
  // goes on in it.
  const [writing, setWriting] = useState(false)
  const rested = useRested(now, tasksOf(doc).length > manyTasks && !writing ? 350 : 0)
  const text = view === 'canvas' ? '' : (now.text ?? textOf(rested))
  const places = () => parseYaml(text).places
  const fail = useCallback((e: unknown) => void message.error(problemText(e, t)), [message, t])

  // The address names the task that is chosen.
  const wanted = search.get('task')
  const begun = useRef(false)
  useEffect(() => {
    if (!loaded || begun.current) return
    begun.current = true
    if (wanted && taskNamed(doc, wanted)) {
      selection.find(wanted)
      setTimeout(() => reveal(wanted), 100)
    }
  }, [loaded, wanted, doc, selection, reveal])
  useEffect(() => {
    if (!begun.current || (selection.only ?? null) === wanted) return
    setSearch((s) => (selection.only === undefined ? s.delete('task') : s.set('task', selection.only), s), { replace: true })
  }, [selection.only]) // eslint-disable-line

  // What was chosen and is gone, by an undo or in the text, is chosen no more.
  useEffect(() => {
    const names = namesOf(doc)
    if ([...selection.tasks].some((n) => !names.has(n))) selection.choose([...selection.tasks].filter((n) => names.has(n)))
  }, [doc, selection])
  useEffect(() => {
    if (view !== 'both' || selection.only === undefined) return
    if (document.activeElement?.closest('.cm-editor')) return
    const index = tasksOf(doc).findIndex((k) => k.name === selection.only)
    if (index >= 0) code.current?.show(places().at(`tasks[${index}]`).line)
  }, [selection.only, view]) // eslint-disable-line

  const blocker = useBlocker(({ currentLocation, nextLocation }) => editor.dirty && mayEdit && !leaving.current && currentLocation.pathname !== nextLocation.pathname)
  useEffect(() => {
    if (!editor.dirty || !mayEdit) return
    const ask = (e: BeforeUnloadEvent) => e.preventDefault()
    window.addEventListener('beforeunload', ask)
    return () => window.removeEventListener('beforeunload', ask)
  }, [editor.dirty, mayEdit])

  async function save(): Promise<boolean> {
    if (locked && !editor.locked) return false
    if (doc.name.trim() === '' && id === undefined) {
      setForm('workflow')
      selection.clear()
      void message.warning(t('editor.nameFirst'))
      return false
    }
    try {
      const done = await draft.save()
      if (done) void message.success(t('editor.saved'))
      return done
    } catch (e) {
      fail(e)
      return false
    }
  }

  async function publishNow() {
    setRefusal(undefined)
    if (id === undefined || editor.dirty) {
      if (!(await save()) || id === undefined) return
    }
    setPublishing(true)
  }

  function add(kind: string, at?: Point) {
    const name = freeName(namesOf(doc), kind.toLowerCase())
    const known = kinds.data?.items.find((k) => k.id === kind)
    const params = known?.section === 'params' && known.schema ? defaultsOf(known.schema) : {}
    const after = at ? undefined : task
    edit((d) => {
      const all = placesOf(d)
      const fresh: Task = { name, kind, ...(Object.keys(params).length > 0 ? { params } : {}), ...beginning[kind] }
      const next = addTask({ ...d, layout: all }, fresh, at ?? free(all, after ? all[after.name] : undefined, centre()))
      return after ? connect(next, after.name, name) : next
    })
    selection.choose([name])
    setForm('auto')
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
  function copyByButton() {
    const c = clip()
    if (c) writeClip(c).then(() => void message.success(t('editor.copied', { count: c.tasks.length })), fail)
  }
  function paste(c: Clip) {
    if (locked) return
    const pasted = pasteTasks({ ...doc, layout: placesOf(doc) }, c)
    edit(() => pasted.doc)
    selection.choose(pasted.names)
  }
  async function arrangeAll() {
    if (locked) return
    const hide = tasksOf(doc).length > 300 ? message.loading(t('editor.arranging'), 0) : undefined
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
  function goTo(p: Found) {
    if (p.task) {
      selection.find(p.task)
      setForm('auto')
      reveal(p.task)
    } else setForm('workflow')
    if (p.line > 0 && (view !== 'canvas' || now.problem)) {
      if (view === 'canvas') setView('both')
      setTimeout(() => code.current?.reveal(p.line, p.column), 120)
    }
  }
  useKeys({
    undo: editor.undo,
    redo: editor.redo,
    save: () => void save(),
    find: () => setFinding(true),
    remove,
    chooseAll: () => selection.choose([...namesOf(doc)]),
    openForm() {
      setForm('auto')
      setTimeout(() => document.querySelector<HTMLElement>('.inspector-body input, .inspector-body textarea, .inspector-body .cm-content')?.focus(), 60)
    },
    leave() {
      if (finding) setFinding(false)
      else if (form === 'workflow') setForm('auto')
      else selection.clear()
    },
    copy: clip,
    paste,
  })

  const onDrop = useEvent(add)
  const onOpen = useEvent(() => setForm('auto'))
  const onRefused = useEvent((why: string) => void message.warning(t(`editor.refused.${why}`)))
  const onArrange = useEvent(() => void arrangeAll())
  const onView = useEvent(setView)
  const onFind = useEvent(() => (setFinding(true), view === 'text' && setView('both')))
  const onSettings = useEvent(() => (selection.clear(), setForm('workflow')))
  const onPreview = useEvent(() => setPreview(true))
  const onRun = useEvent(() => setRunning(true))
  const onSave = useEvent(() => void save())
  const onPublish = useEvent(() => void publishNow())
  const onAdd = useEvent((kind: string) => add(kind))

  if (draft.error || !loaded)
    return (
      <Page title={t('editor.title')} trail={[{ title: t('nav.workflows'), to: `${base}/workflows` }]}>
        {draft.error ? <ErrorBox error={draft.error} onRetry={draft.reload} /> : <Spin size="large" className="centre" />}
      </Page>
    )
  const title = doc.name || draft.workflow?.name || t('editor.untitled')
  const showTask = form !== 'workflow' && task !== undefined && form !== 'closed'
  const many = selection.tasks.size + selection.edges.size > 0 && !task
  const side = form === 'workflow' || showTask || (many && form === 'auto')
  const canvas = (
    <div className="canvas">
      {finding && <FindTask doc={doc} onClose={() => setFinding(false)} onFound={(name) => (selection.find(name), setForm('auto'), reveal(name))} />}
      {editor.locked && (
        <div className="canvas-note" role="status">
          {t('editor.textBroken')}{' '}
          <Button size="small" onClick={editor.undo}>
            {t('editor.undo')}
          </Button>
        </div>
      )}
      {tasksOf(doc).length === 0 && !locked && (
        <div className="canvas-empty">
          <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('editor.empty')}>
            <Button type="primary" ghost onClick={() => (edit((d) => example(d, i18n.language === 'zh')), setTimeout(() => void flow.fitView({ padding: 0.3, maxZoom: 1 }), 80))}>
              {t('editor.example')}
            </Button>
          </Empty>
        </div>
      )}
      <Canvas doc={drawn} problems={checks.byTask} selection={selection} locked={locked} edit={edit} onDrop={onDrop} onOpen={onOpen} onRefused={onRefused} onArrange={onArrange} />
    </div>
  )
  const yaml = (
    <div className="text" onFocus={() => setWriting(true)} onBlur={() => setWriting(false)}>
      <CodeEditor
        value={text}
        onChange={mayEdit ? editor.type : undefined}
        undo={editor.undo}
        redo={editor.redo}
        syntax="yaml"
        label={t('editor.yaml')}
        height="100%"
        handle={code}
        marks={checks.problems}
        onLine={(line) => {
          const found = now.unread ? undefined : tasksOf(doc)[places().taskAt(line)]
          if (found && !editor.locked) selection.find(found.name)
        }}
      />
    </div>
  )
  const online = draft.workflow?.online ?? false
  const version = draft.workflow?.version ?? 0
  return (
    <Page
      full
      title={title}
      trail={[{ title: projectName, to: `${base}/workflows` }, { title: t('nav.workflows'), to: `${base}/workflows` }]}
      extra={
        <Flex gap={6} align="center">
          {version > 0 && <Tag color={online ? 'success' : 'default'}>{online ? t('workflows.online') : t('workflows.offline')} · v{version}</Tag>}
          {version === 0 && <Tag>{t('workflows.neverPublished')}</Tag>}
          {editor.dirty && mayEdit && <Tag color="warning">{t('editor.unsaved')}</Tag>}
          {!mayEdit && <Tag>{t('editor.readOnly')}</Tag>}
        </Flex>
      }
      actions={
        <Actions
          id={id}
          base={base}
          view={view}
          version={version}
          online={online}
          mayEdit={mayEdit}
          mayRun={can('OPERATOR')}
          locked={locked}
          broken={editor.locked}
          dirty={editor.dirty}
          saving={draft.busy && !publishing}
          canUndo={editor.canUndo}
          canRedo={editor.canRedo}
          undo={editor.undo}
          redo={editor.redo}
          onView={onView}
          onFind={onFind}
          onSettings={onSettings}
          onPreview={onPreview}
          onArrange={onArrange}
          onRun={onRun}
          onSave={onSave}
          onPublish={onPublish}
        />
      }
    >
      <div className="editor">
        {mayEdit && view !== 'text' && <Palette onAdd={onAdd} disabled={locked} />}
        <Splitter className="editor-panes">
          {view !== 'text' && <Splitter.Panel min="25%">{canvas}</Splitter.Panel>}
          {view !== 'canvas' && (
            <Splitter.Panel min="20%" defaultSize={view === 'both' ? '38%' : undefined}>
              {yaml}
            </Splitter.Panel>
          )}
        </Splitter>
          {side && view !== 'text' && (
            <aside className={wide ? 'side-form side-form-wide' : 'side-form'} aria-label={t('editor.form')}>
              <ConfigProvider componentDisabled={locked}>
              {form === 'workflow' ? (
                <WorkflowForm doc={doc} project={projectName} locked={locked} edit={edit} errors={checks.fieldsOf(undefined)} onClose={() => setForm('auto')} onPreview={() => setPreview(true)} />
              ) : task ? (
                <TaskForm
                  doc={doc}
                  project={projectName}
                  locked={locked}
                  edit={edit}
                  task={task}
                  errors={checks.fieldsOf(task.name)}
                  onRename={(from, to) => (edit((d) => renameTask(d, from, to)), selection.choose([to]))}
                  onDelete={remove}
                  onCopy={copyByButton}
                  onPreview={() => setPreview(true)}
                  wide={wide}
                  onWide={() => setWide((x) => !x)}
                  onClose={() => setForm('closed')}
                />
              ) : (
                <ManyForm
                  count={selection.tasks.size + selection.edges.size}
                  locked={locked}
                  onDelete={remove}
                  onCopy={copyByButton}
                  onDisable={(off) => edit((d) => [...selection.tasks].reduce((x, n) => updateTask(x, n, (k) => ({ ...k, disabled: off || undefined })), d))}
                />
              )}
              </ConfigProvider>
            </aside>
          )}
      </div>
      {listed && checks.problems.length > 0 && <ProblemsList problems={checks.problems} onGo={goTo} onClose={() => setListed(false)} />}
      <ProblemsBar checks={checks} tasks={tasksOf(doc).length} open={listed} onToggle={() => setListed((x) => !x)} />
      {preview && <PreviewDialog doc={doc} task={task} project={projectName} onClose={() => setPreview(false)} />}
      {draft.conflict && <ConflictDialog key={draft.conflict.revision} mine={textOf(now)} theirs={draft.conflict} busy={draft.busy} onClose={draft.closeConflict} onTake={draft.takeTheirs} onSave={(merged) => void draft.saveOver(merged === textOf(now) ? undefined : merged).then((done) => done && message.success(t('editor.saved')), fail)} />}
      {publishing && (
        <PublishDialog
          before={version > 0 ? draft.workflow?.document : undefined}
          loading={!draft.workflow}
          doc={doc}
          version={version}
          problems={checks.problems.length}
          error={refusal}
          busy={draft.busy}
          onClose={() => setPublishing(false)}
          onPublish={(comment) => {
            setRefusal(undefined)
            draft.publish(comment).then((made) => {
              setPublishing(false)
              if (made.online) void message.success(t('editor.publish.done', { version: made.version }))
              else
                modal.confirm({
                  title: t('editor.publish.done', { version: made.version }),
                  content: t('editor.publish.offlineHint'),
                  okText: t('workflows.goOnline'),
                  cancelText: t('editor.conflict.later'),
                  onOk: () => setOnline(projectName, made.id, true).then(() => draft.reloadWorkflow(), fail),
                })
            }, setRefusal)
          }}
        />
      )}
      {running && draft.workflow && <RunDialog project={projectName} workflow={draft.workflow} onClose={() => setRunning(false)} note={editor.dirty || draft.workflow.hasDraft ? t('start.published', { version }) : undefined} />}
      {blocker.state === 'blocked' && (
        <Modal
          open
          title={t('editor.leave.title')}
          onCancel={() => blocker.reset()}
          footer={
            <Flex gap={8} justify="end" wrap>
              <Button onClick={() => blocker.reset()}>{t('editor.leave.stay')}</Button>
              <Button danger onClick={() => blocker.proceed()}>{t('editor.leave.drop')}</Button>
              <Button type="primary" loading={draft.busy} onClick={() => void save().then((done) => (done && id !== undefined ? blocker.proceed() : blocker.reset()))}>{t('editor.leave.save')}</Button>
            </Flex>
          }
        >
          {t('editor.leave.about')}
        </Modal>
      )}
    </Page>
  )
}

// nothing is what those who may only look can change.
const nothing = () => {}

// beginning is what tasks of the logic kinds have at first.
const beginning: Record<string, Partial<Task>> = { [SUB_WORKFLOW]: { subWorkflow: { workflow: '' } }, [DEPENDENT]: { dependent: { groups: [] } }, [CONDITIONS]: { conditions: { groups: [] } }, [SWITCH]: { switch: { cases: [] } } }

// free finds a place beside a task, or near the middle, where nothing is.
function free(all: Record<string, Point>, beside: Point | undefined, middle: Point): Point {
  const at = beside ? { x: beside.x + NODE_WIDTH + 90, y: beside.y } : { ...middle }
  const taken = (p: Point) => Object.values(all).some((q) => Math.abs(q.x - p.x) < NODE_WIDTH && Math.abs(q.y - p.y) < NODE_HEIGHT + 10)
  while (taken(at)) at.y += NODE_HEIGHT + 36
  return at
}
