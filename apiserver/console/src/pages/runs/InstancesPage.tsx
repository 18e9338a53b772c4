import { PlayCircleOutlined, ReloadOutlined, ThunderboltOutlined } from '@ant-design/icons'
import { keepPreviousData, useInfiniteQuery, useQuery, type InfiniteData } from '@tanstack/react-query'
import { Button, DatePicker, Empty, Flex, Input, Select, Table, Tooltip, type TableColumnsType } from 'antd'
import dayjs from 'dayjs'
import { useEffect, useMemo, useRef, useState } from 'react'
import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import { Link, useSearchParams } from 'react-router'

import { api, data } from '../../api/client'
import { instances, type Feed, type Instance } from '../../api/runs'
import { reasonText } from '../../run/reasons'
import { ErrorBox } from '../../widgets/ErrorBox'
import { Page } from '../../widgets/Page'
import { StateTag, useStateColours } from '../../widgets/StateTag'
import { durationText, timeText } from '../../widgets/TimeText'
import { useProject } from '../../widgets/useProject'
import '../../widgets/crud.css'
import { actionIcons, offered, useActions } from './actions'
import { changed, filterOf, ranges } from './filter'
import { instanceStates } from './states'
import { lasted, useNow } from './useNow'
import { WorkflowChoice } from './WorkflowChoice'
import './runs.css'

// The first page comes quickly; who goes on reading gets more at once.
const firstPage = 200
const furtherPages = 1000
const refreshed = 2 // pages that are asked for again by themselves

export function AllInstancesPage() {
  const { t } = useTranslation()
  return (
    <Page title={t('nav.allInstances')} icon={<ThunderboltOutlined />} about={t('runs.allAbout')}>
      <Instances project="" />
    </Page>
  )
}

export function InstancesPage() {
  const { t } = useTranslation()
  const { name, base } = useProject()
  return (
    <Page title={t('nav.instances')} icon={<PlayCircleOutlined />} trail={[{ title: name, to: `${base}/workflows` }]}>
      <Instances project={name} />
    </Page>
  )
}

// Instances is the list: as long as it may be, only what is seen is drawn, and
// more is read when the end comes near.
function Instances({ project }: { project: string }) {
  const { t, i18n } = useTranslation()
  const [address] = useSearchParams()
  const [chosen, setChosen] = useState<number[]>([])
  const minute = Math.floor(useNow(address.has('range')) / 60_000)
  const filter = useMemo(() => filterOf(address, minute * 60_000), [address, minute])
  const query = useInfiniteQuery({
    queryKey: ['instances', project, filter],
    queryFn: ({ pageParam }) => instances(project, filter, { cursor: pageParam || undefined, limit: pageParam ? furtherPages : firstPage }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next || undefined,
    placeholderData: keepPreviousData,
    refetchInterval: (q) => ((q.state.data as InfiniteData<Feed<Instance>> | undefined)?.pages.length ?? 0) <= refreshed && 5000,
  })
  const rows = useMemo(() => query.data?.pages.flatMap((p) => p.items) ?? [], [query.data])
  const { act, busy } = useActions(() => setChosen([]))
  const columns = useColumns(project)
  const box = useRef<HTMLDivElement>(null)
  const height = useRest(box)
  const picked = rows.filter((r) => chosen.includes(r.id))
  const narrowed = Object.keys(filter).length > 0

  function scrolled(e: React.UIEvent<HTMLDivElement>) {
    const el = e.currentTarget
    if (el.scrollTop + el.clientHeight > el.scrollHeight - 1200 && query.hasNextPage && !query.isFetchingNextPage) void query.fetchNextPage()
  }
  return (
    <div className="panel">
      <Filters project={project} />
      <Flex gap={8} wrap align="center" className="crud-tools batch">
        {picked.length > 0 && <span>{t('runs.chosen', { count: picked.length })}</span>}
        {picked.length > 0 &&
          offered.map((a) => {
            const allowed = picked.filter((r) => r.actions?.includes(a))
            return (
              allowed.length > 0 && (
                <Button key={a} size="small" icon={actionIcons[a]} danger={a === 'STOP' || a === 'DELETE'} loading={busy === a} onClick={() => act(a, allowed)}>
                  {t(`runs.action.${a}`)} ({allowed.length})
                </Button>
              )
            )
          })}
        <span className="batch-count muted" aria-live="polite">
          {!query.isPending && t(query.hasNextPage ? 'runs.shownMore' : 'runs.shown', { count: rows.length, number: rows.length.toLocaleString(i18n.language) })}
        </span>
        <Tooltip title={t('crud.reload')}>
          <Button type="text" size="small" icon={<ReloadOutlined spin={query.isFetching} />} aria-label={t('crud.reload')} onClick={() => void query.refetch()} />
        </Tooltip>
      </Flex>
      <ErrorBox error={query.error} onRetry={() => void query.refetch()} />
      <div ref={box}>
        <Table<Instance>
          rowKey="id"
          size="small"
          virtual
          className="crud-table"
          loading={query.isPending}
          dataSource={rows}
          pagination={false}
          scroll={{ x: project ? 1220 : 1360, y: height }}
          onScroll={scrolled}
          rowSelection={{ selectedRowKeys: chosen, onChange: (keys) => setChosen(keys as number[]), columnWidth: 44 }}
          columns={columns}
          locale={{ emptyText: <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={narrowed ? t('runs.noneFound') : t('runs.noRuns')} /> }}
        />
      </div>
    </div>
  )
}

// useColumns gives the cells of the list, plain ones: there are many.
function useColumns(project: string): TableColumnsType<Instance> {
  const { t } = useTranslation()
  return useMemo(() => columnsOf(project, t), [project, t])
}

function columnsOf(project: string, t: TFunction): TableColumnsType<Instance> {
  const baseOf = (r: Instance) => `/projects/${encodeURIComponent(project || r.projectName)}`
  return [
    { title: t('runs.state'), dataIndex: 'state', width: 130, render: (s: string, r) => <span title={r.reason && reasonText(r.reason, t)}><StateTag state={s} /></span> },
    { title: t('runs.instance'), dataIndex: 'name', width: 260, ellipsis: true, render: (name: string, r) => <Link to={`${baseOf(r)}/instances/${r.id}`}>{name}</Link> },
    { title: t('runs.workflow'), dataIndex: 'workflow', width: 180, ellipsis: true, render: (name: string, r) => <Link to={`${baseOf(r)}/workflows/${r.workflowId}`}>{name}</Link> },
    ...(project ? [] : [{ title: t('frame.project'), key: 'project', width: 140, ellipsis: true, render: (_: unknown, r: Instance) => <Link to={`${baseOf(r)}/instances`}>{r.projectName}</Link> }]),
    { title: t('runs.tasks'), key: 'tasks', width: 120, render: (_, r) => <Progress of={r} /> },
    { title: t('runs.started'), dataIndex: 'started', width: 170, render: (at: string | null) => <span className="time">{timeText(at)}</span> },
    { title: t('runs.took'), key: 'took', width: 100, align: 'end', render: (_, r) => <Took of={r} /> },
    { title: t('runs.scheduleTime'), dataIndex: 'scheduleTime', width: 150, render: (at: string | null) => <span className="time">{timeText(at, false) || '–'}</span> },
    { title: t('runs.because'), dataIndex: 'command', width: 150, ellipsis: true, render: (c: string) => t(`runs.command.${c}`, { defaultValue: c ?? '' }) },
    { title: t('runs.user'), dataIndex: 'user', width: 110, ellipsis: true },
  ]
}

// Took counts on by itself.
function Took({ of }: { of: Instance }) {
  const now = useNow(of.ended === null)
  return <span className="time">{durationText(lasted(of, now))}</span>
}

// Progress is how far an instance is, drawn and in words.
function Progress({ of }: { of: Instance }) {
  const { t } = useTranslation()
  const colours = useStateColours()
  const n = of.tasks
  if (!n || n.total === 0) return <span className="muted">–</span>
  const words = t('runs.progressWords', { done: n.success, running: n.running, failed: n.failure, waiting: n.waiting, total: n.total })
  const part = (count: number, state: string) => count > 0 && <i style={{ width: `${(count / Math.max(n.total, 1)) * 100}%`, background: colours(state).line }} />
  return (
    <span className="progress" role="img" aria-label={words} title={words}>
      <span className="progress-bar">
        {part(n.success, 'SUCCEEDED')}
        {part(n.failure, 'FAILED')}
        {part(n.running, 'RUNNING')}
      </span>
      <span className="time">
        {n.success}/{n.total}
      </span>
    </span>
  )
}

function Filters({ project }: { project: string }) {
  const { t } = useTranslation()
  const [address, setAddress] = useSearchParams()
  const set = (part: Record<string, string | string[] | undefined>) => setAddress((now) => changed(now, part), { replace: true })
  const moment = (key: string) => {
    const at = address.get(key)
    return at && dayjs(at).isValid() ? dayjs(at) : null
  }
  const own = moment('from') !== null || moment('to') !== null
  const range = own ? 'own' : (address.get('range') ?? '')
  const [picking, setPicking] = useState(false)
  return (
    <Flex gap={8} wrap align="center" className="crud-tools" role="search">
      <Input.Search key={`s${address.get('search')}`} allowClear className="search" defaultValue={address.get('search') ?? ''} placeholder={t('runs.searchName')} aria-label={t('runs.searchName')} onSearch={(text) => set({ search: text.trim() })} />
      <Select
        mode="multiple"
        allowClear
        maxTagCount="responsive"
        className="filter-states"
        placeholder={t('runs.state')}
        aria-label={t('runs.state')}
        value={address.getAll('state')}
        options={instanceStates.map((s) => ({ value: s, label: t(`state.${s}`) }))}
        onChange={(states: string[]) => set({ state: states })}
      />
      {!project && <ProjectFilter value={address.get('project')} onChange={(p) => set({ project: p, workflow: undefined })} />}
      {(project || address.get('project')) && (
        <WorkflowChoice project={project || address.get('project')!} allowClear value={Number(address.get('workflow')) || undefined} onChange={(w) => set({ workflow: w ? String(w) : undefined })} />
      )}
      <Select
        className="filter"
        aria-label={t('runs.when')}
        value={picking ? 'own' : range}
        options={[{ value: '', label: t('runs.anyTime') }, ...Object.keys(ranges).map((r) => ({ value: r, label: t(`runs.range.${r}`) })), { value: 'own', label: t('runs.range.own') }]}
        onChange={(r) => {
          setPicking(r === 'own')
          if (r !== 'own') set({ range: r, from: undefined, to: undefined })
        }}
      />
      {(own || picking) && (
        <DatePicker.RangePicker
          showTime={{ format: 'HH:mm' }}
          format="YYYY-MM-DD HH:mm"
          allowEmpty={[true, true]}
          aria-label={t('runs.when')}
          value={[moment('from'), moment('to')]}
          onChange={(v) => {
            setPicking(v !== null)
            set({ range: undefined, from: v?.[0]?.toISOString(), to: v?.[1]?.toISOString() })
          }}
        />
      )}
      <Input.Search key={`u${address.get('user')}`} allowClear className="filter-user" defaultValue={address.get('user') ?? ''} placeholder={t('runs.user')} aria-label={t('runs.user')} onSearch={(text) => set({ user: text.trim() })} />
    </Flex>
  )
}

function ProjectFilter({ value, onChange }: { value: string | null; onChange: (name: string | undefined) => void }) {
  const { t } = useTranslation()
  const [search, setSearch] = useState('')
  const query = useQuery({ queryKey: ['projects', search], queryFn: () => data(api.GET('/projects', { params: { query: { search, limit: 100 } } })), staleTime: 30_000, placeholderData: keepPreviousData })
  return (
    <Select
      allowClear
      showSearch={{ filterOption: false, onSearch: setSearch }}
      className="filter"
      placeholder={t('frame.project')}
      aria-label={t('frame.project')}
      value={value ?? undefined}
      options={query.data?.items.map((p) => ({ value: p.name, label: p.name }))}
      onChange={onChange}
    />
  )
}

// useRest is the height between an element and the end of the window.
export function useRest(box: React.RefObject<HTMLElement | null>): number {
  const [height, setHeight] = useState(480)
  useEffect(() => {
    const measure = () => {
      const top = box.current?.getBoundingClientRect().top
      if (top !== undefined) setHeight(Math.max(280, Math.floor(window.innerHeight - top - window.scrollY - 96)))
    }
    measure()
    const watch = new ResizeObserver(measure)
    watch.observe(document.body)
    addEventListener('resize', measure)
    return () => {
      watch.disconnect()
      removeEventListener('resize', measure)
    }
  }, [box])
  return height
}
