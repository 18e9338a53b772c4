import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Select } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { dataSources, environments, taskGroups, tenants, workerGroups } from '../../api/admin'
import { call, type Listed } from '../../api/call'
import { listWorkflows, type Schema } from '../../api/workflows'
import { Choose } from '../Choose'

interface PickProps<T> {
  id?: string
  value: T | undefined
  onChange: (v: T | undefined) => void
}

// DataSourcePick chooses a data source by its id.
export function DataSourcePick({ id, value, onChange, type }: PickProps<unknown> & { type?: string }) {
  const { t } = useTranslation()
  const query = useQuery({ queryKey: ['data-sources', 'choose'], queryFn: () => dataSources.list({ limit: 500 }), staleTime: 10_000 })
  const all = query.data?.items ?? []
  const fitting = type ? all.filter((d) => d.type.toUpperCase() === type.toUpperCase()) : all
  const options = (fitting.length > 0 ? fitting : all).map((d) => ({ value: d.id, label: `${d.name} · ${d.type}` }))
  return <Select id={id} value={value as number | undefined} allowClear showSearch={{ optionFilterProp: 'label' }} loading={query.isFetching} options={options} placeholder={t('editor.pick.datasource')} onChange={onChange} />
}

interface File {
  id: number
  fullName?: string
  path?: string
  name: string
  directory?: boolean
}

const nameOf = (f: File) => f.fullName ?? f.path ?? f.name

// ResourcePick chooses files of the resource centre. What the value looks like
// is the schema's choice: a path, or an object with resourceName or id.
export function ResourcePick({ id, value, onChange, schema, many }: PickProps<unknown> & { schema: Schema; many: boolean }) {
  const { t } = useTranslation()
  const [search, setSearch] = useState('')
  const query = useQuery({
    queryKey: ['files', 'choose', search],
    queryFn: () => call<Listed<File>>('GET', '/files', { query: { kind: 'FILE', search, limit: 200, recursive: true } }),
    placeholderData: keepPreviousData,
    staleTime: 10_000,
    retry: false,
  })
  const files = (query.data?.items ?? []).filter((f) => !f.directory)
  const item = many ? (schema.items ?? {}) : schema
  const asObject = !!item.properties
  const byId = asObject && !('resourceName' in item.properties!) && 'id' in item.properties!
  const read = (v: unknown): string => {
    if (typeof v !== 'object' || v === null) return v === undefined ? '' : String(v)
    const o = v as { resourceName?: string; res?: string; id?: number }
    return o.resourceName ?? o.res ?? files.map((f) => (f.id === o.id ? nameOf(f) : '')).find(Boolean) ?? String(o.id ?? '')
  }
  const write = (name: string): unknown => {
    if (!asObject) return name
    return byId ? { id: files.find((f) => nameOf(f) === name)?.id } : { resourceName: name }
  }
  const shared = { id, loading: query.isFetching, showSearch: { onSearch: setSearch, filterOption: false }, placeholder: t('editor.pick.resource'), options: files.map((f) => ({ value: nameOf(f), label: nameOf(f) })) }
  if (!many) return <Select {...shared} allowClear value={value === undefined ? undefined : read(value)} onChange={(v: string | undefined) => onChange(v ? write(v) : undefined)} />
  const list = Array.isArray(value) ? (value as unknown[]) : []
  return <Select {...shared} mode="tags" value={list.map(read)} onChange={(names: string[]) => onChange(names.length > 0 ? names.map((n) => list.find((v) => read(v) === n) ?? write(n)) : undefined)} />
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
