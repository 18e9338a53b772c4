import { ArrowsAltOutlined, CloseOutlined, CopyOutlined, DeleteOutlined, ExperimentOutlined, ShrinkOutlined } from '@ant-design/icons'
import { Alert, Button, Flex, Input, InputNumber, Select, Switch, Tabs, Tooltip } from 'antd'
import { memo, useEffect, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { useTheme } from '../../app/theme'
import type { Task, WorkflowDoc } from '../../model/document'
import { namesOf, tidy, updateTask } from '../../model/operations'
import { useEvent } from '../../widgets/useEvent'
import { DurationInput, durationError, Field, Row } from '../../widgets/form/Field'
import { hasLogic, Logic } from './form/Logic'
import { Params } from './form/Params'
import { EnvironmentPick, TaskGroupPick, TenantPick, WorkerGroupPick } from '../../widgets/form/pickers'
import { SchemaForm } from './form/SchemaForm'
import { groupColour, kindIcon, useKind, useSaid } from './kinds'

interface Props {
  doc: WorkflowDoc
  project: string
  locked: boolean
  edit: (change: (doc: WorkflowDoc) => WorkflowDoc, tag?: string) => void
}

// SetTask changes fields of a task; edits of one field in a row are undone together.
type SetTask = (change: Partial<Task>, field: string) => void

interface TaskProps extends Props {
  task: Task
  errors: ReadonlyMap<string, string> // by path within the task
  onRename: (from: string, to: string) => void
  onDelete: () => void
  onCopy: () => void
  onPreview: () => void
  wide: boolean
  onWide: () => void
  onClose: () => void
}

// TaskForm edits one task.
export function TaskForm({ doc, project, locked, edit, task, errors, onRename, onDelete, onCopy, onPreview, wide, onWide, onClose }: TaskProps) {
  const { t } = useTranslation()
  const { dark } = useTheme()
  const kind = useKind(task.kind)
  const said = useSaid()
  const set = (change: Partial<Task>, field: string) => edit((d) => updateTask(d, task.name, (k) => tidy({ ...k, ...change })), `${task.name} ${field}`)
  const own = useMemo(() => new Map([...errors].filter(([p]) => p.startsWith('params')).map(([p, m]) => [p.replace(/^params\.?/, ''), m])), [errors])
  const other = [...errors].filter(([p]) => p === '' || p === 'params').map(([, m]) => m)
  const properties = Object.keys(kind?.schema?.properties ?? {}).length
  return (
    <div className="inspector" style={{ ['--kind' as string]: groupColour(kind?.group, dark) }}>
      <header className="inspector-head">
        <span className="task-icon" aria-hidden>
          {kindIcon(task.kind, kind?.group)}
        </span>
        <div className="inspector-title">
          <Name key={task.name} doc={doc} name={task.name} locked={locked} onRename={onRename} />
          <span className="muted small">{said(kind?.title, task.kind)}</span>
        </div>
        <Tooltip title={t('editor.preview.open')}>
          <Button type="text" icon={<ExperimentOutlined />} aria-label={t('editor.preview.open')} disabled={false} onClick={onPreview} />
        </Tooltip>
        <Tooltip title={t(wide ? 'editor.narrow' : 'editor.widen')}>
          <Button type="text" icon={wide ? <ShrinkOutlined /> : <ArrowsAltOutlined />} aria-label={t(wide ? 'editor.narrow' : 'editor.widen')} disabled={false} onClick={onWide} />
        </Tooltip>
        <Tooltip title={t('editor.copy')}>
          <Button type="text" icon={<CopyOutlined />} aria-label={t('editor.copy')} disabled={false} onClick={onCopy} />
        </Tooltip>
        <Tooltip title={t('editor.delete')}>
          <Button type="text" danger icon={<DeleteOutlined />} disabled={locked} aria-label={t('editor.delete')} onClick={onDelete} />
        </Tooltip>
        <Button type="text" icon={<CloseOutlined />} aria-label={t('editor.closeForm')} disabled={false} onClick={onClose} />
      </header>
      <fieldset disabled={locked} className="inspector-body">
        {other.map((m) => (
          <Alert key={m} type="error" showIcon title={m} className="error-box" />
        ))}
        <Tabs
          size="small"
          items={[
            {
              key: 'kind',
              label: t('editor.tab.kind'),
              children: (
                <>
                  {hasLogic(task.kind) && <Logic doc={doc} task={task} project={project} onChange={set} />}
                  {!hasLogic(task.kind) && kind?.schema && properties > 0 && (
                    <SchemaForm key={task.name} schema={kind.schema} value={task.params ?? {}} errors={own} project={project} syntax={task.kind === 'PYTHON' ? 'python' : 'shell'} onChange={(params, field) => set({ params }, field)} />
                  )}
                  {!hasLogic(task.kind) && properties === 0 && <p className="muted">{kind ? t('editor.noSettings') : t('editor.unknownKind', { kind: task.kind })}</p>}
                </>
              ),
            },
            { key: 'params', label: t('editor.tab.params'), children: <><p className="muted small">{t('editor.paramHelp')}</p><Params directions label={t('editor.tab.params')} value={task.inputs ?? []} onChange={(inputs) => set({ inputs: inputs.length > 0 ? inputs : undefined }, 'inputs')} /></> },
            { key: 'common', label: t('editor.tab.common'), children: <Common task={task} set={set} doc={doc} errors={errors} /> },
          ]}
        />
      </fieldset>
    </div>
  )
}

// Name renames when one leaves it or presses Enter.
function Name({ doc, name, locked, onRename }: { doc: WorkflowDoc; name: string; locked: boolean; onRename: (from: string, to: string) => void }) {
  const { t } = useTranslation()
  const [text, setText] = useState(name)
  useEffect(() => setText(name), [name])
  const wanted = text.trim()
  const taken = wanted !== name && namesOf(doc).has(wanted)
  const bad = wanted === '' || taken
  const done = () => (bad ? setText(name) : wanted !== name && onRename(name, wanted))
  return (
    <Tooltip title={taken ? t('editor.nameTaken') : undefined} open={taken}>
      <Input variant="borderless" className="inspector-name" value={text} status={bad ? 'error' : undefined} disabled={locked} maxLength={255} aria-label={t('editor.task.name')} aria-invalid={bad} onChange={(e) => setText(e.target.value)} onBlur={done} onPressEnter={done} />
    </Tooltip>
  )
}

// Common is what tasks of all kinds have. Its parts are drawn by themselves: a
// key that is typed in one need not draw the lists of another.
function Common({ doc, task, set, errors }: { doc: WorkflowDoc; task: Task; set: SetTask; errors: ReadonlyMap<string, string> }) {
  const { t } = useTranslation()
  const change = useEvent(set)
  const names = (doc.tasks ?? []).map((k) => k.name).join('\n')
  return (
    <>
      <Field label={t('editor.field.description')}>{(id) => <Input.TextArea id={id} autoSize={{ minRows: 2, maxRows: 8 }} value={task.description ?? ''} onChange={(e) => set({ description: e.target.value || undefined }, 'description')} />}</Field>
      <Needs names={names} own={task.name} needs={task.needs} error={errors.get('needs')} set={change} />
      <Place disabled={task.disabled} priority={task.priority} workerGroup={task.workerGroup} environment={task.environment} wrong={['priority', 'workerGroup', 'environment'].map((k) => errors.get(k) ?? '').join('\n')} set={change} />
      <Failure retry={task.retry} onLost={task.onLost} set={change} />
      <Times timeout={task.timeout} delay={task.delay} set={change} />
      <Limits taskGroup={task.taskGroup} set={change} />
    </>
  )
}

const priorities = ['HIGHEST', 'HIGH', 'MEDIUM', 'LOW', 'LOWEST']

const Needs = memo(function Needs({ names, own, needs, error, set }: { names: string; own: string; needs?: string[]; error?: string; set: SetTask }) {
  const { t } = useTranslation()
  const others = useMemo(() => names.split('\n').filter((n) => n !== '' && n !== own).map((n) => ({ value: n, label: n })), [names, own])
  return (
    <Field label={t('editor.field.needs')} help={t('editor.field.needsHelp')} error={error}>
      {(id) => <Select id={id} mode="multiple" value={needs ?? []} options={others} onChange={(needs: string[]) => set({ needs: needs.length > 0 ? needs : undefined }, 'needs')} />}
    </Field>
  )
})

// Place is whether, how soon and where a task runs. Wrong are messages about
// the last three, in lines.
const Place = memo(function Place({ disabled, priority, workerGroup, environment, wrong, set }: Pick<Task, 'disabled' | 'priority' | 'workerGroup' | 'environment'> & { wrong: string; set: SetTask }) {
  const { t } = useTranslation()
  const [wrongPriority, wrongGroup, wrongEnvironment] = wrong.split('\n').map((m) => m || undefined)
  return (
    <>
      <Row>
        <Field label={t('editor.field.disabled')} help={t('editor.field.disabledHelp')}>{(id) => <Switch id={id} checked={disabled ?? false} onChange={(on) => set({ disabled: on || undefined }, 'disabled')} />}</Field>
        <Field label={t('editor.field.priority')} error={wrongPriority}>
          {(id) => <Select id={id} value={priority || 'MEDIUM'} options={priorities.map((v) => ({ value: v, label: t(`editor.priority.${v}`) }))} onChange={(v: string) => set({ priority: v === 'MEDIUM' ? undefined : v }, 'priority')} />}
        </Field>
      </Row>
      <Row>
        <Field label={t('editor.field.workerGroup')} help={t('editor.field.workerGroupHelp')} error={wrongGroup}>{(id) => <WorkerGroupPick id={id} value={workerGroup} onChange={(workerGroup) => set({ workerGroup }, 'workerGroup')} />}</Field>
        <Field label={t('editor.field.environment')} error={wrongEnvironment}>{(id) => <EnvironmentPick id={id} value={environment} onChange={(environment) => set({ environment }, 'environment')} />}</Field>
      </Row>
    </>
  )
})

const Failure = memo(function Failure({ retry: given, onLost, set }: Pick<Task, 'retry' | 'onLost'> & { set: SetTask }) {
  const { t } = useTranslation()
  const retry = given ?? { times: 0 }
  const setRetry = (change: Partial<typeof retry>) => {
    const next = tidy({ ...retry, ...change })
    set({ retry: next.times > 0 || next.interval ? next : undefined }, 'retry')
  }
  return (
    <>
      <h3 className="form-part">{t('editor.part.failure')}</h3>
      <Row>
        <Field label={t('editor.field.retries')}>{(id) => <InputNumber id={id} className="wide" min={0} max={10000} precision={0} value={retry.times} onChange={(times) => setRetry({ times: times ?? 0 })} />}</Field>
        <Field label={t('editor.field.retryInterval')} error={durationError(retry.interval, t)}>{(id) => <DurationInput id={id} value={retry.interval} placeholder="1m" onChange={(v) => setRetry({ interval: v || undefined })} />}</Field>
      </Row>
      <Field label={t('editor.field.onLost')} help={t('editor.field.onLostHelp')}>
        {(id) => <Select id={id} value={onLost || 'rerun'} options={['rerun', 'fail', 'hold'].map((v) => ({ value: v, label: t(`editor.onLost.${v}`) }))} onChange={(v: string) => set({ onLost: v === 'rerun' ? undefined : v }, 'onLost')} />}
      </Field>
    </>
  )
})

const Times = memo(function Times({ timeout, delay, set }: Pick<Task, 'timeout' | 'delay'> & { set: SetTask }) {
  const { t } = useTranslation()
  return (
    <>
      <h3 className="form-part">{t('editor.part.time')}</h3>
      <Row>
        <Field label={t('editor.field.timeout')} error={durationError(timeout?.after, t)}>{(id) => <DurationInput id={id} value={timeout?.after} placeholder={t('editor.pick.none')} onChange={(after) => set({ timeout: after ? { ...timeout, after } : undefined }, 'timeout')} />}</Field>
        <Field label={t('editor.field.timeoutAction')}>
          {(id) => <Select id={id} disabled={!timeout} value={timeout?.action || 'WARN'} options={['WARN', 'FAIL', 'WARN_FAIL'].map((v) => ({ value: v, label: t(`editor.timeoutAction.${v}`) }))} onChange={(action: string) => timeout && set({ timeout: { ...timeout, action } }, 'timeoutAction')} />}
        </Field>
      </Row>
      <Field label={t('editor.field.delay')} help={t('editor.field.delayHelp')} error={durationError(delay, t)}>{(id) => <DurationInput id={id} value={delay} placeholder="0s" onChange={(v) => set({ delay: v || undefined }, 'delay')} />}</Field>
    </>
  )
})

const Limits = memo(function Limits({ taskGroup, set }: Pick<Task, 'taskGroup'> & { set: SetTask }) {
  const { t } = useTranslation()
  return (
    <>
      <h3 className="form-part">{t('editor.part.limit')}</h3>
      <Row>
        <Field label={t('editor.field.taskGroup')} help={t('editor.field.taskGroupHelp')}>{(id) => <TaskGroupPick id={id} value={taskGroup?.id} onChange={(v) => set({ taskGroup: v ? { ...taskGroup, id: v } : undefined }, 'taskGroup')} />}</Field>
        <Field label={t('editor.field.taskGroupPriority')}>{(id) => <InputNumber id={id} className="wide" precision={0} disabled={!taskGroup} value={taskGroup?.priority ?? 0} onChange={(v) => taskGroup && set({ taskGroup: { ...taskGroup, priority: v ?? 0 } }, 'taskGroupPriority')} />}</Field>
      </Row>
    </>
  )
})

const policies = ['PARALLEL', 'SERIAL_WAIT', 'SERIAL_DISCARD', 'SERIAL_PRIORITY']

// WorkflowForm edits what is not a task's.
export function WorkflowForm({ doc, locked, edit, errors, onClose, onPreview }: Props & { errors: ReadonlyMap<string, string>; onClose: () => void; onPreview: () => void }) {
  const { t } = useTranslation()
  const set = (change: Partial<WorkflowDoc>, field: string) => edit((d) => tidy({ ...d, ...change }), `workflow ${field}`)
  return (
    <div className="inspector">
      <header className="inspector-head">
        <strong className="inspector-title">{t('editor.settings')}</strong>
        <Tooltip title={t('editor.preview.open')}>
          <Button type="text" icon={<ExperimentOutlined />} aria-label={t('editor.preview.open')} disabled={false} onClick={onPreview} />
        </Tooltip>
        <Button type="text" icon={<CloseOutlined />} aria-label={t('editor.closeForm')} disabled={false} onClick={onClose} />
      </header>
      <fieldset disabled={locked} className="inspector-body">
        <Field label={t('common.name')} required error={errors.get('name')}>{(id) => <Input id={id} value={doc.name ?? ''} maxLength={255} onChange={(e) => set({ name: e.target.value }, 'name')} />}</Field>
        <Field label={t('common.description')} error={errors.get('description')}>{(id) => <Input.TextArea id={id} autoSize={{ minRows: 2, maxRows: 8 }} value={doc.description ?? ''} onChange={(e) => set({ description: e.target.value || undefined }, 'description')} />}</Field>
        <h3 className="form-part">{t('editor.globalParams')}</h3>
        <p className="muted small">{t('editor.globalParamsHelp')}</p>
        <Params directions={false} label={t('editor.globalParams')} value={doc.params ?? []} onChange={(params) => set({ params: params.length > 0 ? params : undefined }, 'params')} />
        <h3 className="form-part">{t('editor.part.run')}</h3>
        <Row>
          <Field label={t('editor.field.tenant')} help={t('editor.field.tenantHelp')} error={errors.get('tenant')}>{(id) => <TenantPick id={id} value={doc.tenant} onChange={(tenant) => set({ tenant }, 'tenant')} />}</Field>
          <Field label={t('editor.field.timeout')} help={t('editor.field.wholeTimeoutHelp')} error={durationError(doc.timeout, t) ?? errors.get('timeout')}>{(id) => <DurationInput id={id} value={doc.timeout} placeholder={t('editor.pick.none')} onChange={(v) => set({ timeout: v || undefined }, 'timeout')} />}</Field>
        </Row>
        <Field label={t('editor.field.policy')} help={t('editor.field.policyHelp')} error={errors.get('policy')}>
          {(id) => <Select id={id} value={doc.policy || 'PARALLEL'} options={policies.map((v) => ({ value: v, label: t(`editor.policy.${v}`) }))} onChange={(v: string) => set({ policy: v === 'PARALLEL' ? undefined : v }, 'policy')} />}
        </Field>
      </fieldset>
    </div>
  )
}

// ManyForm is shown while more than one thing is chosen.
export function ManyForm({ count, locked, onDelete, onCopy, onDisable }: { count: number; locked: boolean; onDelete: () => void; onCopy: () => void; onDisable: (disabled: boolean) => void }) {
  const { t } = useTranslation()
  return (
    <div className="inspector">
      <header className="inspector-head">
        <strong className="inspector-title">{t('editor.chosen', { count })}</strong>
      </header>
      <Flex vertical gap={8} className="inspector-body">
        <Button icon={<CopyOutlined />} disabled={false} onClick={onCopy}>{t('editor.copy')}</Button>
        <Button disabled={locked} onClick={() => onDisable(true)}>{t('editor.disable')}</Button>
        <Button disabled={locked} onClick={() => onDisable(false)}>{t('editor.enable')}</Button>
        <Button danger disabled={locked} icon={<DeleteOutlined />} onClick={onDelete}>{t('editor.delete')}</Button>
      </Flex>
    </div>
  )
}
