import { Collapse, Input, Segmented, Select, Switch } from 'antd'
import { useTranslation } from 'react-i18next'

import { alertGroups } from '../api/admin'
import type { RunOptions } from '../api/workflows'
import type { WorkflowDoc } from '../model/document'
import { Choose } from './Choose'
import { Field, Row } from './form/Field'
import { EnvironmentPick, TenantPick, WorkerGroupPick } from './form/pickers'

interface Props {
  doc: WorkflowDoc | undefined // undefined while it loads
  value: RunOptions
  onChange: (value: RunOptions) => void
  open?: boolean // show all of it
}

// RunOptionsForm edits how a workflow is started; schedules and backfills keep
// the same options.
export function RunOptionsForm({ doc, value, onChange, open }: Props) {
  const { t } = useTranslation()
  const set = (change: RunOptions) => onChange({ ...value, ...change })
  const asked = (doc?.params ?? []).filter((p) => p.direction !== 'OUT')
  const params = value.params ?? {}
  const setParam = (name: string, text: string | undefined) => {
    const next = { ...params }
    if (text === undefined) delete next[name]
    else next[name] = text
    set({ params: Object.keys(next).length > 0 ? next : undefined })
  }
  const extra = Object.keys(params).filter((n) => !asked.some((p) => p.name === n))
  const tasks = (doc?.tasks ?? []).map((k) => ({ value: k.name, label: k.name }))
  const warning = value.warning ?? { type: 'NONE' as const }
  const more = (
    <>
      <Field label={t('start.startTasks')} help={t('start.startTasksHelp')}>
        {(id) => <Select id={id} mode="multiple" value={value.startTasks ?? []} options={tasks} placeholder={t('start.allTasks')} onChange={(list: string[]) => set({ startTasks: list.length > 0 ? list : undefined })} />}
      </Field>
      {(value.startTasks?.length ?? 0) > 0 && (
        <Field label={t('start.scope')}>
          {() => <Segmented aria-label={t('start.scope')} value={value.taskDepend ?? 'POST'} onChange={(v) => set({ taskDepend: v })} options={(['POST', 'PRE', 'ONLY'] as const).map((v) => ({ value: v, label: t(`start.scopes.${v}`) }))} />}
        </Field>
      )}
      <Row>
        <Field label={t('start.failure')} help={t('start.failureHelp')}>
          {(id) => <Select id={id} value={value.failureStrategy ?? 'CONTINUE'} onChange={(v) => set({ failureStrategy: v })} options={(['CONTINUE', 'END'] as const).map((v) => ({ value: v, label: t(`start.failures.${v}`) }))} />}
        </Field>
        <Field label={t('editor.field.priority')}>
          {(id) => <Select id={id} value={value.priority ?? 'MEDIUM'} onChange={(v) => set({ priority: v })} options={(['HIGHEST', 'HIGH', 'MEDIUM', 'LOW', 'LOWEST'] as const).map((v) => ({ value: v, label: t(`editor.priority.${v}`) }))} />}
        </Field>
      </Row>
      <Row>
        <Field label={t('editor.field.workerGroup')}>{(id) => <WorkerGroupPick id={id} value={value.workerGroup} onChange={(workerGroup) => set({ workerGroup })} />}</Field>
        <Field label={t('editor.field.environment')} help={t('start.environmentHelp')}>{(id) => <EnvironmentPick id={id} value={value.environment} onChange={(environment) => set({ environment })} />}</Field>
      </Row>
      <Field label={t('editor.field.tenant')}>{(id) => <TenantPick id={id} value={value.tenant} onChange={(tenant) => set({ tenant })} />}</Field>
      <Row>
        <Field label={t('start.alert')}>
          {(id) => <Select id={id} value={warning.type} onChange={(type) => set({ warning: type === 'NONE' ? undefined : { ...warning, type } })} options={(['NONE', 'SUCCESS', 'FAILURE', 'ALL'] as const).map((v) => ({ value: v, label: t(`start.alerts.${v}`) }))} />}
        </Field>
        <Field label={t('start.alertGroup')}>
          {(id) => <Choose id={id} api={alertGroups} disabled={warning.type === 'NONE'} allowClear valueOf={(g) => g.id} labelOf={(g) => g.name} value={warning.groupId} onChange={(v) => set({ warning: { ...warning, groupId: typeof v === 'number' ? v : undefined } })} />}
        </Field>
      </Row>
      <Field label={t('start.dryRun')} help={t('start.dryRunHelp')}>{(id) => <Switch id={id} checked={value.dryRun ?? false} onChange={(on) => set({ dryRun: on || undefined })} />}</Field>
    </>
  )
  return (
    <>
      {asked.length + extra.length > 0 && (
        <section aria-label={t('start.params')}>
          <h3 className="form-part">{t('start.params')}</h3>
          {asked.map((p) => (
            <Field key={p.name} label={<code>{p.name}</code>} help={p.type}>
              {(id) => <Input id={id} allowClear value={params[p.name] ?? ''} placeholder={p.value || t('start.empty')} onChange={(e) => setParam(p.name, e.target.value === '' ? undefined : e.target.value)} />}
            </Field>
          ))}
          {extra.map((n) => (
            <Field key={n} label={<code>{n}</code>}>{(id) => <Input id={id} value={params[n]} onChange={(e) => setParam(n, e.target.value === '' ? undefined : e.target.value)} />}</Field>
          ))}
        </section>
      )}
      {open ? more : <Collapse ghost className="run-more" items={[{ key: 'more', label: t('start.more'), children: more }]} />}
    </>
  )
}
