import { DeleteOutlined, PlusOutlined } from '@ant-design/icons'
import { Button, Input, Segmented, Select, Switch as Toggle } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { CONDITIONS, DEPENDENT, SUB_WORKFLOW, SWITCH, type ConditionItem, type Conditions, type Dependent, type DependentItem, type Group, type Switch, type Task, type WorkflowDoc } from '../../../model/document'
import { successorsOf, tidy } from '../../../model/operations'
import { DurationInput, durationError, Field, Row } from '../../../widgets/form/Field'
import { ProjectPick, TaskPick, WorkflowPick } from '../../../widgets/form/pickers'

interface Props {
  doc: WorkflowDoc
  task: Task
  project: string
  onChange: (change: Partial<Task>, field: string) => void
}

// hasLogic says whether a kind has a form of its own here.
export function hasLogic(kind: string): boolean {
  return [SUB_WORKFLOW, DEPENDENT, CONDITIONS, SWITCH].includes(kind)
}

// Logic edits what the scheduler itself decides by.
export function Logic(p: Props) {
  switch (p.task.kind) {
    case SUB_WORKFLOW:
      return <SubWorkflowForm {...p} />
    case DEPENDENT:
      return <DependentForm {...p} />
    case CONDITIONS:
      return <ConditionsForm {...p} />
    case SWITCH:
      return <SwitchForm {...p} />
  }
  return null
}

function SubWorkflowForm({ task, project, onChange }: Props) {
  const { t } = useTranslation()
  const s = task.subWorkflow ?? { workflow: '' }
  const set = (change: Partial<typeof s>) => onChange({ subWorkflow: tidy({ ...s, ...change }) }, 'subWorkflow')
  return (
    <>
      <Field label={t('editor.logic.project')} help={t('editor.logic.projectHelp')}>
        {(id) => <ProjectPick id={id} value={s.project} onChange={(v) => set({ project: v === project ? undefined : v, workflow: '' })} />}
      </Field>
      <Field label={t('editor.logic.workflow')} required>
        {(id) => <WorkflowPick id={id} project={s.project || project} value={s.workflow} onChange={(v) => set({ workflow: v ?? '' })} />}
      </Field>
    </>
  )
}

// Relation chooses whether all must hold or any.
function Relation({ value, onChange, label }: { value?: string; onChange: (v: string) => void; label: string }) {
  const { t } = useTranslation()
  return <Segmented size="small" aria-label={label} value={value || 'AND'} onChange={onChange} options={[{ value: 'AND', label: t('editor.logic.all') }, { value: 'OR', label: t('editor.logic.any') }]} />
}

interface GroupsProps<Item> {
  groups: Group<Item>[]
  relation?: string
  fresh: () => Item
  onGroups: (groups: Group<Item>[]) => void
  onRelation: (relation: string) => void
  render: (item: Item, set: (change: Partial<Item>) => void, index: number) => ReactNode
}

function Groups<Item>({ groups, relation, fresh, onGroups, onRelation, render }: GroupsProps<Item>) {
  const { t } = useTranslation()
  const setGroup = (i: number, g: Group<Item>) => onGroups(groups.map((x, k) => (k === i ? g : x)))
  return (
    <div className="groups">
      {groups.length > 1 && (
        <div className="groups-relation">
          {t('editor.logic.ofGroups')} <Relation label={t('editor.logic.ofGroups')} value={relation} onChange={onRelation} />
        </div>
      )}
      {groups.map((g, i) => (
        <section key={i} className="group" aria-label={t('editor.logic.group', { n: i + 1 })}>
          <header>
            <span>{t('editor.logic.group', { n: i + 1 })}</span>
            <Relation label={t('editor.logic.group', { n: i + 1 })} value={g.relation} onChange={(r) => setGroup(i, { ...g, relation: r })} />
            <Button type="text" size="small" icon={<DeleteOutlined />} aria-label={t('editor.removeRow', { row: i + 1 })} onClick={() => onGroups(groups.filter((_, k) => k !== i))} />
          </header>
          {(g.items ?? []).map((item, j) => (
            <div key={j} className="rows-row">
              <div className="group-item">{render(item, (c) => setGroup(i, { ...g, items: g.items.map((x, k) => (k === j ? tidy({ ...(x as object), ...c }) as Item : x)) }), j)}</div>
              <Button type="text" icon={<DeleteOutlined />} aria-label={t('editor.removeRow', { row: j + 1 })} onClick={() => setGroup(i, { ...g, items: g.items.filter((_, k) => k !== j) })} />
            </div>
          ))}
          <Button type="dashed" size="small" icon={<PlusOutlined />} onClick={() => setGroup(i, { ...g, items: [...(g.items ?? []), fresh()] })}>
            {t('editor.logic.addItem')}
          </Button>
        </section>
      ))}
      <Button size="small" icon={<PlusOutlined />} onClick={() => onGroups([...groups, { items: [fresh()] }])}>
        {t('editor.logic.addGroup')}
      </Button>
    </div>
  )
}

// Periods that a dependency can look at, by their cycle.
const periods: Record<string, string[]> = {
  hour: ['currentHour', 'last1Hour', 'last2Hours', 'last3Hours', 'last24Hours'],
  day: ['today', 'last1Days', 'last2Days', 'last3Days', 'last7Days'],
  week: ['thisWeek', 'lastWeek', 'lastMonday', 'lastTuesday', 'lastWednesday', 'lastThursday', 'lastFriday', 'lastSaturday', 'lastSunday'],
  month: ['thisMonth', 'thisMonthBegin', 'thisMonthEnd', 'lastMonth', 'lastMonthBegin', 'lastMonthEnd'],
}

function DependentForm({ task, project, onChange }: Props) {
  const { t } = useTranslation()
  const d: Dependent = task.dependent ?? { groups: [] }
  const set = (change: Partial<Dependent>) => onChange({ dependent: tidy({ ...d, ...change }) }, 'dependent')
  return (
    <>
      <Groups<DependentItem>
        groups={d.groups ?? []}
        relation={d.relation}
        fresh={() => ({ workflow: '', cycle: 'day', date: 'today' })}
        onGroups={(groups) => set({ groups })}
        onRelation={(relation) => set({ relation })}
        render={(item, change) => (
          <>
            <Field label={t('editor.logic.project')}>{(id) => <ProjectPick id={id} value={item.project} onChange={(v) => change({ project: v === project ? undefined : v, workflow: '', task: undefined })} />}</Field>
            <Row>
              <Field label={t('editor.logic.workflow')} required>{(id) => <WorkflowPick id={id} project={item.project || project} value={item.workflow} onChange={(v) => change({ workflow: v ?? '', task: undefined })} />}</Field>
              <Field label={t('editor.logic.task')}>{(id) => <TaskPick id={id} project={item.project || project} workflow={item.workflow} value={item.task} onChange={(v) => change({ task: v })} />}</Field>
            </Row>
            <Row>
              <Field label={t('editor.logic.cycle')}>
                {(id) => <Select id={id} value={item.cycle} options={Object.keys(periods).map((v) => ({ value: v, label: t(`editor.cycle.${v}`) }))} onChange={(cycle: string) => change({ cycle, date: periods[cycle]?.[0] ?? '' })} />}
              </Field>
              <Field label={t('editor.logic.date')}>
                {(id) => <Select id={id} value={item.date} showSearch popupMatchSelectWidth={false} options={(periods[item.cycle] ?? [item.date]).map((v) => ({ value: v, label: t(`editor.period.${v}`, { defaultValue: v }) }))} onChange={(date: string) => change({ date })} />}
              </Field>
            </Row>
          </>
        )}
      />
      <Row>
        <Field label={t('editor.logic.checkInterval')} error={durationError(d.checkInterval, t)}>{(id) => <DurationInput id={id} value={d.checkInterval} placeholder="10s" onChange={(v) => set({ checkInterval: v || undefined })} />}</Field>
        <Field label={t('editor.logic.failureWait')} help={t('editor.logic.failureWaitHelp')} error={durationError(d.failureWait, t)}>{(id) => <DurationInput id={id} value={d.failureWait} placeholder="0s" onChange={(v) => set({ failureWait: v || undefined })} />}</Field>
      </Row>
    </>
  )
}

const names = (list: string[]) => list.map((n) => ({ value: n, label: n }))

function ConditionsForm({ doc, task, onChange }: Props) {
  const { t } = useTranslation()
  const c: Conditions = task.conditions ?? { groups: [] }
  const set = (change: Partial<Conditions>) => onChange({ conditions: tidy({ ...c, ...change }) }, 'conditions')
  const next = successorsOf(doc, task.name)
  const before = task.needs ?? []
  return (
    <>
      <Groups<ConditionItem>
        groups={c.groups ?? []}
        relation={c.relation}
        fresh={() => ({ task: before[0] ?? '', status: 'SUCCESS' })}
        onGroups={(groups) => set({ groups })}
        onRelation={(relation) => set({ relation })}
        render={(item, change, i) => (
          <Row>
            <Select value={item.task || undefined} aria-label={`${t('editor.logic.task')} ${i + 1}`} showSearch placeholder={t('editor.logic.task')} options={names(before)} onChange={(v: string) => change({ task: v })} />
            <Select value={item.status} aria-label={`${t('editor.logic.status')} ${i + 1}`} options={[{ value: 'SUCCESS', label: t('editor.logic.succeeded') }, { value: 'FAILURE', label: t('editor.logic.failed') }]} onChange={(v: string) => change({ status: v })} />
          </Row>
        )}
      />
      <Field label={t('editor.logic.whenTrue')} help={t('editor.logic.branchHelp')}>{(id) => <Select id={id} mode="multiple" value={c.success ?? []} options={names(next)} onChange={(success: string[]) => set({ success, failed: c.failed?.filter((n) => !success.includes(n)) })} />}</Field>
      <Field label={t('editor.logic.whenFalse')}>{(id) => <Select id={id} mode="multiple" value={c.failed ?? []} options={names(next)} onChange={(failed: string[]) => set({ failed, success: c.success?.filter((n) => !failed.includes(n)) })} />}</Field>
      <Field label={t('editor.logic.verdict')} help={t('editor.logic.verdictHelp')}>{(id) => <Toggle id={id} checked={c.verdict ?? false} onChange={(verdict) => set({ verdict })} />}</Field>
    </>
  )
}

function SwitchForm({ doc, task, onChange }: Props) {
  const { t } = useTranslation()
  const s: Switch = task.switch ?? {}
  const cases = s.cases ?? []
  const set = (change: Partial<Switch>) => onChange({ switch: tidy({ ...s, ...change }) }, 'switch')
  const next = successorsOf(doc, task.name)
  return (
    <>
      <div className="rows" role="group" aria-label={t('editor.logic.cases')}>
        {cases.map((k, i) => (
          <div key={i} className="rows-row">
            <div className="group-item">
              <Field label={t('editor.logic.when', { n: i + 1 })} help={t('editor.logic.whenHelp')}>
                {(id) => <Input id={id} value={k.when} placeholder={'${amount} > 100'} className="mono" onChange={(e) => set({ cases: cases.map((x, j) => (j === i ? { ...x, when: e.target.value } : x)) })} />}
              </Field>
              <Field label={t('editor.logic.then')}>
                {(id) => <Select id={id} value={k.next || undefined} allowClear options={names(next)} onChange={(v: string | undefined) => set({ cases: cases.map((x, j) => (j === i ? { ...x, next: v ?? '' } : x)) })} />}
              </Field>
            </div>
            <Button type="text" icon={<DeleteOutlined />} aria-label={t('editor.removeRow', { row: i + 1 })} onClick={() => set({ cases: cases.filter((_, j) => j !== i) })} />
          </div>
        ))}
        <Button type="dashed" size="small" icon={<PlusOutlined />} onClick={() => set({ cases: [...cases, { when: '', next: '' }] })}>
          {t('editor.logic.addCase')}
        </Button>
      </div>
      <Field label={t('editor.logic.otherwise')} help={t('editor.logic.branchHelp')}>{(id) => <Select id={id} value={s.default || undefined} allowClear options={names(next)} onChange={(v: string | undefined) => set({ default: v })} />}</Field>
    </>
  )
}
