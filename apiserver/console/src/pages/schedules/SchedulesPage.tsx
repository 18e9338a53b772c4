import { CalendarOutlined, EditOutlined, FieldTimeOutlined, HistoryOutlined, PlusOutlined, ReloadOutlined, UnorderedListOutlined } from '@ant-design/icons'
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Flex, Segmented, Switch, Tooltip } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useSearchParams } from 'react-router'

import { deleteSchedule, schedules, switchSchedule, type Schedule } from '../../api/runs'
import { DeleteButton } from '../../widgets/Crud'
import '../../widgets/crud.css'
import { ErrorBox, problemText } from '../../widgets/ErrorBox'
import { ListTable } from '../../widgets/ListTable'
import { Page } from '../../widgets/Page'
import { Pager, usePager } from '../../widgets/Pager'
import { ago, TimeText } from '../../widgets/TimeText'
import { useProject } from '../../widgets/useProject'
import { changed } from '../runs/filter'
import { WorkflowChoice } from '../runs/WorkflowChoice'
import '../runs/runs.css'
import { cronWords } from './cron'
import { FireCalendar } from './FireCalendar'
import { ScheduleForm } from './ScheduleForm'
import './schedules.css'

// SchedulesPage lists when workflows start by themselves.
export function SchedulesPage() {
  const { t, i18n } = useTranslation()
  const { name: project, base, can } = useProject()
  const { message } = App.useApp()
  const client = useQueryClient()
  const [address, setAddress] = useSearchParams()
  const [switching, setSwitching] = useState<number | null>(null)
  const workflow = Number(address.get('workflow') ?? 0) || undefined
  const onCalendar = address.get('view') === 'calendar'
  const pager = usePager(`${project} ${workflow ?? ''} ${onCalendar}`)
  const asked = { workflow, limit: onCalendar ? 500 : pager.limit, cursor: onCalendar ? undefined : pager.cursor }
  const query = useQuery({ queryKey: ['schedules', project, asked], queryFn: () => schedules(project, asked), placeholderData: keepPreviousData, refetchInterval: 30_000 })
  const rows = query.data?.items ?? []
  const open = address.get('open')
  const opened = open && open !== 'new' ? rows.find((s) => String(s.id) === open) : null
  const may = can('DEVELOPER')
  const set = (part: Record<string, string | undefined>) => setAddress((now) => changed(now, part), { replace: !('open' in part) })
  const refresh = () => client.invalidateQueries({ queryKey: ['schedules'] })

  async function turn(s: Schedule, online: boolean) {
    setSwitching(s.id)
    try {
      await switchSchedule(project, s.id, online)
    } catch (e) {
      void message.error(problemText(e, t))
    }
    await refresh()
    setSwitching(null)
  }
  return (
    <Page
      title={t('nav.schedules')}
      icon={<FieldTimeOutlined />}
      about={t('schedules.about')}
      trail={[{ title: project, to: base }]}
      actions={
        may && (
          <Button type="primary" icon={<PlusOutlined />} onClick={() => set({ open: 'new' })}>
            {t('schedules.new')}
          </Button>
        )
      }
    >
      <div className="panel">
        <Flex className="crud-tools" gap={8} wrap justify="space-between">
          <Flex gap={8} align="center">
            <WorkflowChoice project={project} allowClear value={workflow} onChange={(id) => set({ workflow: id ? String(id) : undefined })} known={workflow && rows[0]?.workflowId === workflow ? { id: workflow, name: rows[0].workflow } : undefined} />
            <Tooltip title={t('crud.reload')}>
              <Button type="text" icon={<ReloadOutlined spin={query.isFetching} />} aria-label={t('crud.reload')} onClick={() => void query.refetch()} />
            </Tooltip>
          </Flex>
          <Segmented
            value={onCalendar ? 'calendar' : 'list'}
            aria-label={t('schedules.view')}
            options={[
              { value: 'list', label: t('schedules.list'), icon: <UnorderedListOutlined /> },
              { value: 'calendar', label: t('schedules.onCalendar'), icon: <CalendarOutlined /> },
            ]}
            onChange={(v) => set({ view: v === 'calendar' ? v : undefined })}
          />
        </Flex>
        <ErrorBox error={query.error} onRetry={() => void query.refetch()} />
        {onCalendar ? (
          <FireCalendar schedules={rows} onOpen={(s) => (may ? set({ open: String(s.id) }) : undefined)} />
        ) : (
          <>
            <ListTable<Schedule>
              rowKey="id"
              loading={query.isPending}
              dataSource={rows}
              none={t('schedules.none')}
              columns={[
                {
                  title: t('schedules.online'),
                  dataIndex: 'online',
                  width: 90,
                  render: (online: boolean, s) => <Switch checked={online} disabled={!may} loading={switching === s.id} aria-label={`${t('schedules.online')}: ${s.workflow}, ${cronWords(s.cron, i18n.language)}`} onChange={(on) => void turn(s, on)} />,
                },
                { title: t('runs.workflow'), dataIndex: 'workflow', render: (name: string, s) => <Link to={`${base}/workflows/${s.workflowId}`}>{name}</Link> },
                {
                  title: t('schedules.when'),
                  dataIndex: 'cron',
                  render: (cron: string, s) => (
                    <>
                      <Link to={`${base}/schedules/${s.id}`} className="wide-text">
                        {cronWords(cron, i18n.language)}
                      </Link>
                      <br />
                      <span className="muted">
                        <code>{cron}</code> · {s.timezone}
                        {s.calendarId && s.calendarRule ? ` · ${t(`schedules.rules.${s.calendarRule}`)}` : ''}
                      </span>
                    </>
                  ),
                },
                {
                  title: t('schedules.next'),
                  dataIndex: 'nextDue',
                  render: (_, s) =>
                    s.online && (s.nextDue ?? s.next[0]) ? (
                      <Tooltip
                        title={
                          <ol className="next-times">
                            {s.next.map((at) => (
                              <li key={at}>
                                <TimeText at={at} />
                              </li>
                            ))}
                          </ol>
                        }
                      >
                        <span tabIndex={0}>
                          {ago(s.nextDue ?? s.next[0]!, i18n.language)}
                          <br />
                          <span className="muted time">{<TimeText at={s.nextDue ?? s.next[0]} seconds={false} />}</span>
                        </span>
                      </Tooltip>
                    ) : (
                      <span className="muted">–</span>
                    ),
                },
                { title: t('schedules.misfire'), dataIndex: 'misfire', render: (m: string) => t(`schedules.misfires.${m}`, { defaultValue: m }) },
                { title: t('runs.user'), dataIndex: 'user' },
                {
                  title: <span className="unseen">{t('crud.actions')}</span>,
                  key: 'actions',
                  align: 'end',
                  fixed: 'end',
                  render: (_, s) => (
                    <Flex gap={2} justify="end">
                      <Tooltip title={t('schedules.history')}>
                        <Link to={`${base}/schedules/${s.id}`} className="icon-link" aria-label={`${t('schedules.history')}: ${s.workflow}`}>
                          <HistoryOutlined />
                        </Link>
                      </Tooltip>
                      {may && (
                        <Tooltip title={s.online ? t('schedules.offlineFirst') : t('common.edit')}>
                          <Button type="text" size="small" icon={<EditOutlined />} disabled={s.online} aria-label={`${t('common.edit')} ${s.workflow}`} onClick={() => set({ open: String(s.id) })} />
                        </Tooltip>
                      )}
                      {may && !s.online && <DeleteButton name={`${s.workflow}: ${cronWords(s.cron, i18n.language)}`} remove={() => deleteSchedule(project, s.id)} onDone={refresh} />}
                    </Flex>
                  ),
                },
              ]}
            />
            <Pager pager={pager} shown={rows.length} total={query.data?.total} next={query.data?.next} />
          </>
        )}
      </div>
      {may && (open === 'new' || opened) && <ScheduleForm key={open} project={project} schedule={opened ?? null} workflow={open === 'new' ? workflow : undefined} onClose={() => set({ open: undefined })} />}
    </Page>
  )
}
