import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Select, TreeSelect } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { alertGroups, dataSources, environments, listFiles, taskGroups, tenants, udfs, workerGroups, type Resource } from '../../api/admin'
import { call, type Listed } from '../../api/call'
import { listWorkflows } from '../../api/workflows'
import { families } from '../../pages/datasources/types'
import { Choose } from '../Choose'

interface PickProps<T> {
  id?: string
  value: T | undefined
  onChange: (v: T | undefined) => void
}

// DataSourcePick chooses a data source by its id, and tells its type.
export function DataSourcePick({ id, value, onChange, type }: { id?: string; value: unknown; onChange: (v: number | undefined, type: string | undefined) => void; type?: string }) {
  const { t } = useTranslation()
  const query = useQuery({ queryKey: ['/data-sources', 'choose', 'all'], queryFn: () => dataSources.list({ limit: 500 }), staleTime: 10_000 })
  const all = query.data?.items ?? []
  const options = all.filter((d) => !type || d.type.toUpperCase() === type.toUpperCase() || d.id === value).map((d) => ({ value: d.id, label: `${d.name} · ${d.type}` }))
  const none = query.isSuccess && options.length === 0
  return (
    <Select id={id} value={value as number | undefined} allowClear showSearch={{ optionFilterProp: 'label' }} loading={query.isFetching} options={options} placeholder={t('editor.pick.datasource')}
      notFoundContent={none ? <Link to="/data-sources">{t('editor.pick.noDatasource')}</Link> : undefined} onChange={(v: number | undefined) => onChange(v, all.find((d) => d.id === v)?.type)} />
  )
}

// DataSourceTypePick chooses a type of data sources.
export function DataSourceTypePick({ id, value, onChange }: PickProps<string>) {
  return <Select id={id} value={value} allowClear showSearch options={sourceTypes.map((v) => ({ value: v, label: v }))} onChange={onChange} />
}

const sourceTypes = Object.keys(families)

interface Named {
  id?: number
  resourceName?: string
}

type Loaded = Record<number, Resource[]> // what is in folders, by their ids

// ResourcePick chooses files of the resource centre by their full names. What
// is only known by an id is shown by it.
export function ResourcePick({ id, value, onChange, many }: PickProps<unknown> & { many: boolean }) {
  const { t } = useTranslation()
  const [open, setOpen] = useState<Loaded>({})
  const root = useQuery({ queryKey: ['/files', 'choose', 0], queryFn: () => listFiles({ kind: 'FILE', parent: 0, limit: 1000 }), staleTime: 10_000, retry: false })
  const nodes = (list: Resource[]): TreeNode[] =>
    list.map((r) => ({ key: r.id, value: r.fullName, title: r.name, isLeaf: !r.directory, selectable: !r.directory, children: open[r.id] ? nodes(open[r.id]!) : undefined }))
  const read = (v: unknown) => (typeof v === 'string' ? v : ((v as Named | undefined)?.resourceName ?? ((v as Named | undefined)?.id !== undefined ? `#${(v as Named).id}` : undefined)))
  const shared = {
    id, loading: root.isFetching, allowClear: true, showSearch: true, treeData: nodes(root.data?.items ?? []), placeholder: t('editor.pick.resource'), treeNodeLabelProp: 'value',
    async loadData(node: { key?: unknown }) {
      const folder = Number(node.key)
      const { items } = await listFiles({ kind: 'FILE', parent: folder, limit: 1000 })
      setOpen((o) => ({ ...o, [folder]: items }))
    },
  }
  if (!many) return <TreeSelect {...shared} value={read(value)} onChange={(v: string | undefined) => onChange(v ? { resourceName: v } : undefined)} />
  const list = Array.isArray(value) ? (value as unknown[]) : []
  return <TreeSelect {...shared} multiple value={list.map(read)} onChange={(names: (string | undefined)[]) => onChange(names.length > 0 ? names.map((n) => list.find((v) => read(v) === n) ?? { resourceName: n }) : undefined)} />
}

interface TreeNode {
  key: number
  value: string
  title: string
  isLeaf: boolean
  selectable: boolean
  children?: TreeNode[]
}

// UDFPick chooses functions; the value is their ids with commas between them.
export function UDFPick({ id, value, onChange }: PickProps<string>) {
  const list = (value ?? '').split(',').map(Number).filter((n) => n > 0)
  return <Choose id={id} api={udfs} mode="multiple" valueOf={(f) => f.id} labelOf={(f) => f.name} value={list} onChange={(v) => onChange(Array.isArray(v) && v.length > 0 ? v.join(',') : undefined)} />
}

export function AlertGroupPick({ id, value, onChange }: PickProps<number>) {
  const { t } = useTranslation()
  return <Choose id={id} api={alertGroups} valueOf={(g) => g.id} labelOf={(g) => g.name} value={value || undefined} allowClear placeholder={t('editor.pick.none')} onChange={(v) => onChange(typeof v === 'number' ? v : undefined)} />
}

// WorkflowPick chooses a workflow of a project by its name.
export function WorkflowPick({ id, value, onChange, project }: PickProps<string> & { project: string }) {
  const { t } = useTranslation()
  const [search, setSearch] = useState('')
  const query = useQuery({ queryKey: ['workflows', project, 'choose', search], queryFn: () => listWorkflows(project, { search, limit: 100 }), placeholderData: keepPreviousData, staleTime: 10_000, enabled: project !== '' })
  return (
    <Select id={id} value={value || undefined} allowClear showSearch={{ onSearch: setSearch, filterOption: false }} loading={query.isFetching} placeholder={t('editor.pick.workflow')}
      options={(query.data?.items ?? []).map((w) => ({ value: w.name, label: w.name }))} onChange={onChange} />
  )
}

// ProjectPick chooses a project; none means the document's own.
export function ProjectPick({ id, value, onChange }: PickProps<string>) {
  const { t } = useTranslation()
  const query = useQuery({ queryKey: ['projects', 'choose'], queryFn: () => call<Listed<{ id: number; name: string }>>('GET', '/projects', { query: { limit: 200 } }), staleTime: 30_000 })
  return <Select id={id} value={value || undefined} allowClear showSearch placeholder={t('editor.pick.thisProject')} options={(query.data?.items ?? []).map((p) => ({ value: p.name, label: p.name }))} onChange={onChange} />
}

// TaskPick chooses a task of a workflow; none means the workflow as a whole.
export function TaskPick({ id, value, onChange, project, workflow }: PickProps<string> & { project: string; workflow: string }) {
  const { t } = useTranslation()
  const query = useQuery({
    queryKey: ['workflows', project, 'tasks', workflow],
    queryFn: async () => {
      const found = (await listWorkflows(project, { search: workflow, limit: 100 })).items.find((w) => w.name === workflow)
      if (!found) return []
      const detail = await call<{ spec?: { tasks?: { name: string }[] } }>('GET', `/projects/${encodeURIComponent(project)}/workflows/${found.id}`)
      return (detail.spec?.tasks ?? []).map((x) => x.name)
    },
    enabled: workflow !== '' && project !== '',
    staleTime: 30_000,
  })
  return <Select id={id} value={value || undefined} allowClear showSearch placeholder={t('editor.pick.wholeWorkflow')} options={(query.data ?? []).map((n) => ({ value: n, label: n }))} onChange={onChange} />
}

const plain = (v: unknown) => (v === undefined || v === null || v === '' ? undefined : String(v))

export function WorkerGroupPick({ id, value, onChange }: PickProps<string>) {
  return <Choose id={id} api={workerGroups} valueOf={(g) => g.name} labelOf={(g) => g.name} value={plain(value)} allowClear placeholder="default" onChange={(v) => onChange(plain(v))} />
}

export function EnvironmentPick({ id, value, onChange }: PickProps<string>) {
  const { t } = useTranslation()
  return <Choose id={id} api={environments} valueOf={(e) => e.name} labelOf={(e) => e.name} value={plain(value)} allowClear placeholder={t('editor.pick.none')} onChange={(v) => onChange(plain(v))} />
}

export function TenantPick({ id, value, onChange }: PickProps<string>) {
  const { t } = useTranslation()
  return <Choose id={id} api={tenants} valueOf={(x) => x.code} labelOf={(x) => (x.name && x.name !== x.code ? `${x.code} · ${x.name}` : x.code)} value={plain(value)} allowClear placeholder={t('editor.pick.ownTenant')} onChange={(v) => onChange(plain(v))} />
}

export function TaskGroupPick({ id, value, onChange }: PickProps<number>) {
  const { t } = useTranslation()
  return <Choose id={id} api={taskGroups} valueOf={(g) => g.id} labelOf={(g) => `${g.name} (${g.size})`} value={value} allowClear placeholder={t('editor.pick.none')} onChange={(v) => onChange(typeof v === 'number' ? v : undefined)} />
}
