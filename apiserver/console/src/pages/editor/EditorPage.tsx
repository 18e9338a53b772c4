import { ReactFlowProvider, useReactFlow } from '@xyflow/react'
import { App, Flex, Spin, Splitter, Tag } from 'antd'
import { useCallback, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate, useParams, useSearchParams } from 'react-router'

import { tasksOf } from '../../model/document'
import { namesOf, taskNamed } from '../../model/operations'
import type { CodeHandle } from '../../widgets/CodeEditor'
import { ErrorBox, problemText } from '../../widgets/ErrorBox'
import { Page } from '../../widgets/Page'
import { RunDialog } from '../../widgets/RunDialog'
import { useEvent } from '../../widgets/useEvent'
import { useProject } from '../../widgets/useProject'
import { Actions, type View } from './Actions'
import { useReveal } from './Canvas'
import { useChecks, type Found } from './checks'
import { ConflictDialog } from './dialogs'
import { DrawingPane } from './DrawingPane'
import './editor.css'
import { Kinds, useKinds } from './kinds'
import { Leaving } from './Leaving'
import { Palette } from './Palette'
import { PreviewDialog } from './PreviewDialog'
import { ProblemsBar, ProblemsList } from './Problems'
import { Publishing } from './Publishing'
import { useSelection } from './selection'
import { SideForm } from './SideForm'
import { TextPane } from './TextPane'
import { useChanges } from './useChanges'
import { useChosen } from './useChosen'
import { useDraft } from './useDraft'
import { textOf, useEditor } from './useEditor'
import { useKeys } from './useKeys'

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

function Editing() {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const { project, base, can } = useProject()
  const { project: projectName = '', workflow: id } = useParams()
  const go = useNavigate()
  const [search, setSearch] = useSearchParams()
  const flow = useReactFlow()
  const editor = useEditor()
  const { now, doc } = editor
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
  const [dialog, setDialog] = useState<'preview' | 'run' | 'publish'>()
  const code = useRef<CodeHandle>(null)

  function setView(next: View) {
    localStorage.setItem(keptView, next)
    setSearch((s) => (s.set('view', next), s), { replace: true })
    setTimeout(() => void flow.fitView({ padding: 0.15, maxZoom: 1, duration: 200 }), 120)
  }
  const fail = useCallback((e: unknown) => void message.error(problemText(e, t)), [message, t])
  useChosen(doc, loaded, selection, reveal)
  const changes = useChanges({ editor, edit, locked, selection, reveal, fail, onAdded: () => setForm('auto') })

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
    if (id === undefined || editor.dirty) {
      if (!(await save()) || id === undefined) return
    }
    setDialog('publish')
  }

  function show(task: string) {
    selection.find(task)
    setForm('auto')
    reveal(task)
  }
  function goTo(p: Found) {
    if (p.task) show(p.task)
    else setForm('workflow')
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
    remove: changes.remove,
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
    copy: changes.clip,
    paste: changes.paste,
  })

  const onDrop = useEvent(changes.add)
  const onOpen = useEvent(() => setForm('auto'))
  const onRefused = useEvent((why: string) => void message.warning(t(`editor.refused.${why}`)))
  const onArrange = useEvent(() => void changes.arrange())
  const onView = useEvent(setView)
  const onFind = useEvent(() => (setFinding(true), view === 'text' && setView('both')))
  const onSettings = useEvent(() => (selection.clear(), setForm('workflow')))
  const onPreview = useEvent(() => setDialog('preview'))
  const onRun = useEvent(() => setDialog('run'))
  const onSave = useEvent(() => void save())
  const onPublish = useEvent(() => void publishNow())
  const onAdd = useEvent((kind: string) => changes.add(kind))
  const closeDialog = () => setDialog(undefined)

  if (draft.error || !loaded)
    return (
      <Page title={t('editor.title')} trail={[{ title: t('nav.workflows'), to: `${base}/workflows` }]}>
        {draft.error ? <ErrorBox error={draft.error} onRetry={draft.reload} /> : <Spin size="large" className="centre" />}
      </Page>
    )
  const task = selection.only === undefined ? undefined : taskNamed(doc, selection.only)
  const chosen = task ?? (selection.tasks.size + selection.edges.size > 0 ? 'many' : undefined)
  const online = draft.workflow?.online ?? false
  const version = draft.workflow?.version ?? 0
  return (
    <Page
      full
      title={doc.name || draft.workflow?.name || t('editor.untitled')}
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
          saving={draft.busy && dialog !== 'publish'}
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
          {view !== 'text' && (
            <Splitter.Panel min="25%">
              <DrawingPane
                editor={editor}
                problems={checks.byTask}
                selection={selection}
                locked={locked}
                edit={edit}
                finding={finding}
                onFound={show}
                onFindClose={() => setFinding(false)}
                onDrop={onDrop}
                onOpen={onOpen}
                onRefused={onRefused}
                onArrange={onArrange}
              />
            </Splitter.Panel>
          )}
          {view !== 'canvas' && (
            <Splitter.Panel min="20%" defaultSize={view === 'both' ? '38%' : undefined}>
              <TextPane editor={editor} mayEdit={mayEdit} beside={view === 'both'} selection={selection} problems={checks.problems} handle={code} />
            </Splitter.Panel>
          )}
        </Splitter>
        {view !== 'text' && (
          <SideForm
            doc={doc}
            project={projectName}
            locked={locked}
            edit={edit}
            of={form === 'workflow' ? 'workflow' : form === 'auto' ? chosen : undefined}
            selection={selection}
            checks={checks}
            onDelete={changes.remove}
            onCopy={changes.copy}
            onPreview={onPreview}
            onClose={() => setForm(form === 'workflow' ? 'auto' : 'closed')}
          />
        )}
      </div>
      {listed && checks.problems.length > 0 && <ProblemsList problems={checks.problems} onGo={goTo} onClose={() => setListed(false)} />}
      <ProblemsBar checks={checks} tasks={tasksOf(doc).length} open={listed} onToggle={() => setListed((x) => !x)} />
      {dialog === 'preview' && <PreviewDialog doc={doc} task={task} project={projectName} onClose={closeDialog} />}
      {dialog === 'publish' && <Publishing draft={draft} project={projectName} doc={doc} problems={checks.problems.length} fail={fail} onClose={closeDialog} />}
      {dialog === 'run' && draft.workflow && <RunDialog project={projectName} workflow={draft.workflow} onClose={closeDialog} note={editor.dirty || draft.workflow.hasDraft ? t('start.published', { version }) : undefined} />}
      {draft.conflict && <ConflictDialog key={draft.conflict.revision} mine={textOf(now)} theirs={draft.conflict} busy={draft.busy} onClose={draft.closeConflict} onTake={draft.takeTheirs} onSave={(merged) => void draft.saveOver(merged === textOf(now) ? undefined : merged).then((done) => done && message.success(t('editor.saved')), fail)} />}
      <Leaving dirty={editor.dirty && mayEdit} going={leaving} busy={draft.busy} onSave={() => save().then((done) => done && id !== undefined)} />
    </Page>
  )
}

// nothing is what those who may only look can change.
const nothing = () => {}
