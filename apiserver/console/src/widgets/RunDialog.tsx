import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, App, Calendar, DatePicker, Flex, InputNumber, Modal, Segmented, Spin, Typography } from 'antd'
import dayjs, { type Dayjs } from 'dayjs'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'

import { call, type Listed } from '../api/call'
import { getWorkflow, startBackfill, startRun, type RunOptions, type Started } from '../api/workflows'
import './run.css'
import { ErrorBox } from './ErrorBox'
import { Field, Row } from './form/Field'
import { MonthHead } from './MonthHead'
import { RunOptionsForm } from './RunOptionsForm'
import { zoneText } from './TimeText'

interface Props {
  project: string
  workflow: { id: number; name: string }
  startTasks?: string[] // chosen beforehand
  note?: string // what one should know before
  onClose: () => void
  onStarted?: (started: Started) => void // else the page of what was started opens
}

function useSpec(project: string, id: number) {
  return useQuery({ queryKey: ['workflow', project, String(id)], queryFn: () => getWorkflow(project, id), staleTime: 5_000 })
}

// RunDialog starts a workflow.
export function RunDialog({ project, workflow, startTasks, note, onClose, onStarted }: Props) {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const go = useNavigate()
  const client = useQueryClient()
  const spec = useSpec(project, workflow.id)
  const [options, setOptions] = useState<RunOptions>(() => (startTasks && startTasks.length > 0 ? { startTasks } : {}))
  const start = useMutation({
    mutationFn: () => startRun(project, workflow.id, options),
    onSuccess(started) {
      void client.invalidateQueries({ queryKey: ['workflows', project] })
      onClose()
      void message.success(t('start.started', { name: workflow.name }))
      if (onStarted) onStarted(started)
      else if (started.instanceId) void go(`/projects/${encodeURIComponent(project)}/instances/${started.instanceId}`)
    },
  })
  return (
    <Modal open title={t('start.title', { name: workflow.name })} width={640} okText={t('start.run')} confirmLoading={start.isPending} onOk={() => start.mutate()} onCancel={onClose}>
      <ErrorBox error={spec.error ?? start.error} />
      {note && <Alert type="info" showIcon title={note} className="error-box" />}
      <Spin spinning={spec.isPending}>
        <RunOptionsForm doc={spec.data?.spec} value={options} onChange={setOptions} open={(startTasks?.length ?? 0) > 0} />
        {spec.data && (spec.data.spec.params ?? []).length === 0 && <Typography.Paragraph type="secondary">{t('start.noParams')}</Typography.Paragraph>}
      </Spin>
    </Modal>
  )
}

interface ScheduleRow {
  cron: string
  timezone: string
  online: boolean
  calendarId: number | null
  calendarRule: string
}

const mostShown = 200

// useDates gives the times that a backfill from here to there would run: those
// of the schedules that are online, or else midnights.
function useDates(project: string, id: number, from: Dayjs, to: Dayjs) {
  const list = useQuery({ queryKey: ['schedules', project, id, 'backfill'], queryFn: () => call<Listed<ScheduleRow>>('GET', `/projects/${encodeURIComponent(project)}/schedules`, { query: { workflow: id, limit: 100 } }) })
  const rules = (list.data?.items ?? []).filter((s) => s.online)
  const key = [from.toISOString(), to.toISOString()]
  const times = useQuery({
    queryKey: ['backfill dates', project, id, ...key, rules.map((r) => r.cron)],
    enabled: list.data !== undefined,
    queryFn: async () => {
      if (rules.length === 0) return midnights(from, to)
      const all = new Set<string>()
      for (const r of rules) {
        const body = { cron: r.cron, timezone: r.timezone, calendarId: r.calendarId ?? undefined, calendarRule: r.calendarRule || undefined, count: mostShown, from: from.subtract(1, 'second').toISOString(), start: from.toISOString(), end: to.toISOString() }
        const found = await call<{ times: string[] }>('POST', '/schedules:preview', { body })
        for (const at of found.times) if (!dayjs(at).isAfter(to)) all.add(at)
      }
      return [...all].sort()
    },
  })
  return { times: times.data, byRule: rules.length > 0, loading: list.isPending || times.isFetching, error: list.error ?? times.error }
}

// midnights lists the days from one to another.
export function midnights(from: Dayjs, to: Dayjs): string[] {
  const out: string[] = []
  for (let d = from.startOf('day'); !d.isAfter(to) && out.length < 3000; d = d.add(1, 'day')) if (!d.isBefore(from)) out.push(d.toISOString())
  return out
}

// BackfillDialog runs a workflow for past dates.
export function BackfillDialog({ project, workflow, onClose, onStarted }: Omit<Props, 'startTasks' | 'note'>) {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const go = useNavigate()
  const spec = useSpec(project, workflow.id)
  const [range, setRange] = useState<[Dayjs, Dayjs]>(() => [dayjs().subtract(7, 'day').startOf('day'), dayjs().subtract(1, 'day').endOf('day').millisecond(0)])
  const [without, setWithout] = useState<ReadonlySet<string>>(new Set())
  const [order, setOrder] = useState<'ASC' | 'DESC'>('ASC')
  const [parallel, setParallel] = useState(1)
  const [options, setOptions] = useState<RunOptions>({})
  const dates = useDates(project, workflow.id, range[0], range[1])
  const chosen = useMemo(() => (dates.times ?? []).filter((at) => !without.has(at)), [dates.times, without])
  const start = useMutation({
    mutationFn: () =>
      startBackfill(project, workflow.id, {
        ...(without.size > 0 ? { dates: chosen } : { from: range[0].toISOString(), to: range[1].toISOString() }),
        order, parallel, options, timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      }),
    onSuccess(started) {
      onClose()
      void message.success(t('start.backfillStarted', { name: workflow.name }))
      if (onStarted) onStarted(started)
      else void go(`/projects/${encodeURIComponent(project)}/backfills${started.backfillId ? `/${started.backfillId}` : ''}`)
    },
  })
  return (
    <Modal open title={t('start.backfillTitle', { name: workflow.name })} width={860} okText={t('start.backfillStart', { count: chosen.length })} okButtonProps={{ disabled: chosen.length === 0 }} confirmLoading={start.isPending} onOk={() => start.mutate()} onCancel={onClose}>
      <Flex vertical gap={12}>
        <Typography.Text type="secondary">{t('start.backfillAbout')}</Typography.Text>
        <ErrorBox error={spec.error ?? dates.error ?? start.error} />
        <div className="backfill">
          <div>
            <Field label={`${t('start.range')} (${zoneText()})`}>
              {(id) => (
                <DatePicker.RangePicker id={id} className="wide" showTime={{ format: 'HH:mm' }} format="YYYY-MM-DD HH:mm" allowClear={false} value={range} maxDate={dayjs()}
                  onChange={(r) => r?.[0] && r[1] && (setRange([r[0], r[1]]), setWithout(new Set()))}
                  presets={[7, 14, 30].map((n) => ({ label: t('start.lastDays', { count: n }), value: [dayjs().subtract(n, 'day').startOf('day'), dayjs().subtract(1, 'day').endOf('day').millisecond(0)] }))} />
              )}
            </Field>
            <Row>
              <Field label={t('start.order')}>{() => <Segmented aria-label={t('start.order')} value={order} onChange={setOrder} options={(['ASC', 'DESC'] as const).map((v) => ({ value: v, label: t(`start.orders.${v}`) }))} />}</Field>
              <Field label={t('start.parallel')} help={t('start.parallelHelp')}>{(id) => <InputNumber id={id} className="wide" min={0} max={10000} precision={0} value={parallel} onChange={(v) => setParallel(v ?? 1)} />}</Field>
            </Row>
            <RunOptionsForm doc={spec.data?.spec} value={options} onChange={setOptions} />
          </div>
          <Spin spinning={dates.loading}>
            <DateMap times={dates.times ?? []} without={without} onChange={setWithout} />
            <Typography.Paragraph type="secondary" className="small">
              {t(dates.byRule ? 'start.byRule' : 'start.byDay', { count: chosen.length })} {(dates.times?.length ?? 0) >= mostShown && dates.byRule && t('start.moreThanShown')}
            </Typography.Paragraph>
          </Spin>
        </div>
      </Flex>
    </Modal>
  )
}

// DateMap shows times on a calendar; a click on a day leaves it out or takes it
// in again.
function DateMap({ times, without, onChange }: { times: string[]; without: ReadonlySet<string>; onChange: (without: ReadonlySet<string>) => void }) {
  const { t } = useTranslation()
  const days = useMemo(() => {
    const map = new Map<string, string[]>()
    for (const at of times) {
      const day = dayjs(at).format('YYYY-MM-DD')
      map.set(day, [...(map.get(day) ?? []), at])
    }
    return map
  }, [times])
  const last = times.at(-1)
  const [shown, setShown] = useState<Dayjs>()
  function toggle(day: string) {
    const list = days.get(day)
    if (!list) return
    const next = new Set(without)
    const out = list.every((at) => next.has(at))
    for (const at of list) {
      if (out) next.delete(at)
      else next.add(at)
    }
    onChange(next)
  }
  return (
    <Calendar
      fullscreen={false}
      value={shown ?? (last ? dayjs(last) : dayjs())}
      headerRender={MonthHead}
      onPanelChange={setShown}
      onSelect={(d, { source }) => {
        setShown(d)
        if (source === 'date') toggle(d.format('YYYY-MM-DD'))
      }}
      fullCellRender={(d, info) => {
        if (info.type !== 'date') return info.originNode
        const key = d.format('YYYY-MM-DD')
        const list = days.get(key) ?? []
        const on = list.filter((at) => !without.has(at)).length
        const state = list.length === 0 ? '' : on > 0 ? 'day-on' : 'day-off'
        return (
          <div className={`day ${state}`} title={list.length > 0 ? t('start.timesOn', { count: on, day: key }) : undefined}>
            {d.date()}
            {on > 1 && <sup>{on}</sup>}
          </div>
        )
      }}
    />
  )
}
