import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, App, DatePicker, Flex, Form, Select } from 'antd'
import dayjs, { type Dayjs } from 'dayjs'
import { useTranslation } from 'react-i18next'

import { addSchedule, calendars, changeSchedule, type Calendar, type Schedule, type ScheduleInput } from '../../api/runs'
import { getWorkflow, type RunOptions } from '../../api/workflows'
import { Choose } from '../../widgets/Choose'
import { FormDrawer } from '../../widgets/FormDrawer'
import { RunOptionsForm } from '../../widgets/RunOptionsForm'
import { WorkflowChoice } from '../runs/WorkflowChoice'
import { CronField } from './CronField'
import { Preview } from './Preview'
import { zones } from './zones'

interface Values {
  workflow: number
  cron: string
  timezone: string
  during: [Dayjs | null, Dayjs | null] | null
  misfire: ScheduleInput['misfire']
  calendarId?: number | null
  calendarRule?: ScheduleInput['calendarRule']
  options: ScheduleInput['options']
}

interface Props {
  project: string
  schedule: Schedule | null // null: a new one
  workflow?: number // of a new one
  onClose: () => void
}

// inputOf is what the values of the form mean.
export function inputOf(v: Omit<Values, 'workflow'>): ScheduleInput {
  return {
    cron: v.cron.trim(),
    timezone: v.timezone,
    start: v.during?.[0]?.toISOString(),
    end: v.during?.[1]?.toISOString(),
    misfire: v.misfire,
    options: v.options ?? {},
    ...(v.calendarId ? { calendarId: v.calendarId, calendarRule: v.calendarRule || 'WORKDAYS' } : {}),
  }
}

const farAway = 2090 // a schedule without an end ends behind it

function valuesOf(s: Schedule | null, workflow: number | undefined): Partial<Values> {
  if (!s) return { workflow, cron: '0 0 2 * * ?', timezone: Intl.DateTimeFormat().resolvedOptions().timeZone, during: null, misfire: 'SKIP', options: {} }
  const end = s.end && dayjs(s.end).year() < farAway ? dayjs(s.end) : null
  return { workflow: s.workflowId, cron: s.cron, timezone: s.timezone, during: s.start || end ? [s.start ? dayjs(s.start) : null, end] : null, misfire: s.misfire, calendarId: s.calendarId, calendarRule: (s.calendarRule || undefined) as ScheduleInput['calendarRule'], options: s.options }
}

// ScheduleForm makes or changes a schedule.
export function ScheduleForm({ project, schedule, workflow, onClose }: Props) {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const client = useQueryClient()
  async function save(values: object) {
    const v = values as Values
    if (schedule) await changeSchedule(project, schedule, inputOf(v))
    else await addSchedule(project, v.workflow, inputOf(v))
    await client.invalidateQueries({ queryKey: ['schedules'] })
    void message.success(t('crud.saved'))
    onClose()
  }
  return (
    <FormDrawer title={schedule ? t('schedules.edit', { name: schedule.workflow }) : t('schedules.new')} initial={valuesOf(schedule, workflow)} width={760} onClose={onClose} onSubmit={save}>
      {schedule?.online && <Alert type="info" showIcon className="error-box" title={t('schedules.onlineNote')} />}
      <Form.Item name="workflow" label={t('runs.workflow')} rules={[{ required: true }]}>
        <WorkflowChoice project={project} disabled={schedule !== null || workflow !== undefined} known={schedule ? { id: schedule.workflowId, name: schedule.workflow } : undefined} />
      </Form.Item>
      <Form.Item name="cron" label={t('schedules.when')} rules={[{ required: true }]}>
        <CronField />
      </Form.Item>
      <Flex gap={16} wrap>
        <Form.Item name="timezone" label={t('schedules.timezone')} rules={[{ required: true }]} className="half">
          <Select showSearch options={zones().map((z) => ({ value: z, label: z }))} />
        </Form.Item>
        <Form.Item name="during" label={t('schedules.during')} extra={t('schedules.duringHelp')} className="half">
          <DatePicker.RangePicker allowEmpty={[true, true]} showTime={{ format: 'HH:mm' }} format="YYYY-MM-DD HH:mm" className="full" />
        </Form.Item>
      </Flex>
      <Flex gap={16} wrap>
        <Form.Item name="calendarId" label={t('schedules.calendar')} className="half">
          <Choose<Calendar> allowClear api={calendars} valueOf={(c) => c.id} labelOf={(c) => c.name} placeholder={t('schedules.noCalendar')} />
        </Form.Item>
        <Form.Item noStyle dependencies={['calendarId']}>
          {({ getFieldValue }) => (
            <Form.Item name="calendarRule" label={t('schedules.rule')} className="half">
              <Select disabled={!getFieldValue('calendarId')} placeholder={t('schedules.rules.WORKDAYS')} options={(['WORKDAYS', 'HOLIDAYS', 'NEXT_WORKDAY'] as const).map((r) => ({ value: r, label: t(`schedules.rules.${r}`) }))} />
            </Form.Item>
          )}
        </Form.Item>
      </Flex>
      <Form.Item noStyle shouldUpdate>
        {({ getFieldsValue }) => {
          const { misfire: _, options: __, ...rule } = inputOf({ misfire: 'SKIP', options: {}, during: null, ...getFieldsValue(['cron', 'timezone', 'during', 'calendarId', 'calendarRule']) } as Values)
          return <Preview rule={rule} />
        }}
      </Form.Item>
      <Form.Item name="misfire" label={t('schedules.misfire')} extra={t('schedules.misfireHelp')}>
        <Select options={(['SKIP', 'LAST', 'ALL'] as const).map((m) => ({ value: m, label: t(`schedules.misfires.${m}`) }))} />
      </Form.Item>
      <Form.Item noStyle dependencies={['workflow']}>
        {({ getFieldValue }) => (
          <Form.Item name="options" noStyle>
            <Options project={project} workflow={getFieldValue('workflow') as number | undefined} />
          </Form.Item>
        )}
      </Form.Item>
    </FormDrawer>
  )
}

function Options({ project, workflow, value, onChange }: { project: string; workflow: number | undefined; value?: RunOptions; onChange?: (o: RunOptions) => void }) {
  const spec = useQuery({ queryKey: ['workflow', project, String(workflow)], queryFn: () => getWorkflow(project, workflow!), enabled: workflow !== undefined, staleTime: 5000 })
  return <RunOptionsForm doc={spec.data?.spec} value={value ?? {}} onChange={(o) => onChange?.(o)} />
}
