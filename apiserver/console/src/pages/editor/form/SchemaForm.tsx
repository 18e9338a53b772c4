import { DeleteOutlined, PlusOutlined } from '@ant-design/icons'
import { AutoComplete, Button, Input, InputNumber, Select, Switch } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import type { Schema } from '../../../api/workflows'
import { CodeEditor, type Syntax } from '../../../widgets/CodeEditor'
import { KeyValues } from '../../../widgets/KeyValues'
import { DurationInput, Field } from '../../../widgets/form/Field'
import { AlertGroupPick, DataSourcePick, DataSourceTypePick, ResourcePick, UDFPick, WorkflowPick } from '../../../widgets/form/pickers'

type Values = Record<string, unknown>

interface Around {
  schema: Schema
  value: Values
}

interface Props {
  schema: Schema
  value: Values
  around?: Around // the object that the value is part of
  onChange: (value: Values, field: string) => void
  errors: ReadonlyMap<string, string> // by path within the value
  path?: string
  project: string
  syntax?: Syntax // of scripts
}

// textsOf gives title and help of a schema in a language.
export function textsOf(s: Schema, language: string): { title?: string; help?: string } {
  const zh = language === 'zh' ? s['x-zh'] : undefined
  return { title: zh?.title ?? s.title, help: zh?.description ?? s.description }
}

// orderOf gives the names of fields in the order in which they are shown.
export function orderOf(schema: Schema): string[] {
  const rank = (n: string) => schema.properties?.[n]?.['x-order'] ?? 1000
  return Object.keys(schema.properties ?? {}).map((n, i) => ({ n, i })).sort((a, b) => rank(a.n) - rank(b.n) || a.i - b.i).map((x) => x.n)
}

// shown says whether other fields want a field to be seen.
export function shown(s: Schema, all: Schema, values: Values, around?: Around): boolean {
  return Object.entries(s['x-when'] ?? {}).every(([key, wanted]) => {
    const up = key.startsWith('../')
    const name = up ? key.slice(3) : key
    const from = up ? around : { schema: all, value: values }
    return wanted.includes(from?.value[name] ?? from?.schema.properties?.[name]?.default)
  })
}

// SchemaForm edits values by their JSON schema. Values that the schema does not
// know stay as they are.
export function SchemaForm(props: Props) {
  const { schema, value, around } = props
  const names = orderOf(schema).filter((n) => shown(schema.properties![n]!, schema, value, around))
  return names.map((n) => <Entry key={n} name={n} {...props} />)
}

function Entry({ name, ...props }: Props & { name: string }) {
  const { i18n } = useTranslation()
  const s = props.schema.properties![name]!
  const said = textsOf(s, i18n.language)
  const path = props.path ? `${props.path}.${name}` : name
  const error = props.errors.get(path) ?? (s.properties ? undefined : [...props.errors].find(([p]) => p.startsWith(`${path}.`) || p.startsWith(`${path}[`))?.[1])
  const patch = (change: Values) => {
    const next = { ...props.value, ...change }
    for (const [k, v] of Object.entries(next)) if (v === undefined || v === '') delete next[k]
    props.onChange(next, path)
  }
  return (
    <Field label={said.title ?? name} help={said.help} error={error} required={s['x-required'] ?? props.schema.required?.includes(name)}>
      {(id) => (
        <Control id={id} label={said.title ?? name} name={name} schema={s} value={props.value[name]} onChange={(v) => patch({ [name]: v })} patch={patch} around={{ schema: props.schema, value: props.value }} {...pass(props, path)} />
      )}
    </Field>
  )
}

const pass = (p: Props, path: string) => ({ errors: p.errors, path, project: p.project, syntax: p.syntax })

interface ControlProps extends Pick<Props, 'errors' | 'path' | 'project' | 'syntax'> {
  id: string
  label: string
  name: string
  schema: Schema
  value: unknown
  onChange: (v: unknown) => void
  patch: (change: Values) => void // of the fields beside it as well
  around: Around
}

// typeFieldOf gives the field that says of which type a data source is: the
// nearest one before it.
export function typeFieldOf(all: Schema, name: string): string | undefined {
  const before = orderOf(all)
  return before.slice(0, before.indexOf(name)).filter((n) => all.properties?.[n]?.['x-widget'] === 'datasource-type').at(-1)
}

function typeOf(s: Schema): string {
  return Array.isArray(s.type) ? (s.type.find((x) => x !== 'null') ?? 'string') : (s.type ?? (s.properties ? 'object' : s.items ? 'array' : 'string'))
}

function Control(p: ControlProps) {
  const { i18n } = useTranslation()
  const { id, label, schema: s, value, onChange } = p
  const text = typeof value === 'string' ? value : value === undefined || value === null ? '' : String(value)
  const widget = s['x-widget']
  const example = s.examples?.[0] ?? s.default
  const hint = example === undefined || typeof example === 'object' ? undefined : String(example)
  const type = widget === 'datasource' ? typeFieldOf(p.around.schema, p.name) : undefined
  switch (widget) {
    case 'script':
    case 'sql': {
      const syntax = (s['x-language'] ?? (widget === 'sql' ? 'sql' : p.syntax) ?? 'shell') as Syntax
      return <CodeEditor label={label} value={text} onChange={onChange} syntax={syntax} height={syntax === 'json' ? '180px' : '280px'} wrap />
    }
    case 'statements':
      return <Statements {...p} />
    case 'textarea':
      return <Input.TextArea id={id} value={text} autoSize={{ minRows: 2, maxRows: 10 }} placeholder={hint} onChange={(e) => onChange(e.target.value)} />
    case 'datasource-type':
      return <DataSourceTypePick id={id} value={text || undefined} onChange={onChange} />
    case 'datasource':
      return <DataSourcePick id={id} value={value} type={type ? (p.around.value[type] as string | undefined) : undefined} onChange={(v, of) => p.patch({ [p.name]: v, ...(type && of ? { [type]: of } : {}) })} />
    case 'resource':
    case 'resources':
      return <ResourcePick id={id} value={value} onChange={onChange} many={widget === 'resources'} />
    case 'udfs':
      return <UDFPick id={id} value={text} onChange={onChange} />
    case 'alert-group':
      return <AlertGroupPick id={id} value={value as number | undefined} onChange={onChange} />
    case 'duration':
      return <DurationInput id={id} value={text} onChange={onChange} />
    case 'workflow':
      return <WorkflowPick id={id} project={p.project} value={text || undefined} onChange={onChange} />
  }
  const choices = s.oneOf?.map((o) => ({ value: o.const as string, label: textsOf(o, i18n.language).title ?? String(o.const) })) ?? s.enum?.map((v) => ({ value: v as string, label: String(v) }))
  if (choices) return <Select id={id} value={(value ?? s.default) as string | undefined} onChange={onChange} allowClear={s.default === undefined} showSearch={choices.length > 8} options={choices} />
  switch (typeOf(s)) {
    case 'boolean':
      return <Switch id={id} checked={(value ?? s.default ?? false) as boolean} onChange={onChange} />
    case 'integer':
    case 'number':
      return <InputNumber id={id} className="wide" value={(value ?? null) as number | null} placeholder={hint} min={s.minimum} max={s.maximum} precision={typeOf(s) === 'integer' ? 0 : undefined} onChange={(v) => onChange(v ?? undefined)} />
    case 'array':
      return <List {...p} />
    case 'object':
      return <Fields {...p} />
  }
  if (s.examples && s.examples.length > 1)
    return <AutoComplete id={id} value={text} onChange={onChange} options={s.examples.map((v) => ({ value: String(v) }))} placeholder={hint} />
  return <Input id={id} value={text} placeholder={hint} maxLength={s.maxLength} onChange={(e) => onChange(e.target.value)} />
}

function isValues(v: unknown): v is Values {
  return typeof v === 'object' && v !== null && !Array.isArray(v)
}

function Fields(p: ControlProps) {
  const { schema: s, value, onChange } = p
  if (s.properties)
    return (
      <div className="field-group">
        <SchemaForm schema={s} value={isValues(value) ? value : {}} around={p.around} onChange={(v) => onChange(Object.keys(v).length > 0 ? v : undefined)} errors={p.errors} path={p.path} project={p.project} syntax={p.syntax} />
      </div>
    )
  if (isValues(value) && Object.values(value).some((x) => typeof x !== 'string')) return <Raw {...p} />
  return <KeyValues id={p.id} value={(value ?? {}) as Record<string, string>} onChange={(v) => onChange(Object.keys(v).length > 0 ? v : undefined)} />
}

// Statements edits statements that run one after the other.
function Statements({ id, label, value, onChange }: ControlProps) {
  const { t } = useTranslation()
  const list = Array.isArray(value) ? (value as string[]) : []
  const change = (next: string[]) => onChange(next.length > 0 ? next : undefined)
  return (
    <div className="rows" role="group" aria-label={label} id={id}>
      {list.map((text, i) => (
        <div key={i} className="rows-row">
          <Input.TextArea className="mono" autoSize={{ minRows: 1, maxRows: 8 }} value={text} aria-label={`${label} ${i + 1}`} onChange={(e) => change(list.map((x, k) => (k === i ? e.target.value : x)))} />
          <Button type="text" icon={<DeleteOutlined />} aria-label={t('editor.removeRow', { row: i + 1 })} onClick={() => change(list.filter((_, k) => k !== i))} />
        </div>
      ))}
      <Button type="dashed" size="small" icon={<PlusOutlined />} onClick={() => change([...list, ''])}>
        {t('editor.addRow')}
      </Button>
    </div>
  )
}

// Raw edits what no other control can, as JSON.
function Raw({ label, value, onChange }: ControlProps) {
  const [text, setText] = useState(() => (value === undefined ? '' : JSON.stringify(value, null, 2)))
  return (
    <CodeEditor
      label={label}
      value={text}
      syntax="json"
      height="140px"
      onChange={(next) => {
        setText(next)
        if (next.trim() === '') onChange(undefined)
        else
          try {
            onChange(JSON.parse(next))
          } catch {
            // Half-typed JSON is no value yet.
          }
      }}
    />
  )
}

function List(p: ControlProps) {
  const { t } = useTranslation()
  const { id, label, schema: s, onChange } = p
  const list = Array.isArray(p.value) ? (p.value as unknown[]) : []
  const change = (next: unknown[]) => onChange(next.length > 0 ? next : undefined)
  const item = s.items ?? { type: 'string' }
  if (typeOf(item) === 'string' && !item['x-widget'])
    return <Select id={id} mode="tags" value={list as string[]} onChange={change} open={item.enum ? undefined : false} suffixIcon={null} options={item.enum?.map((v) => ({ value: String(v) }))} tokenSeparators={[',', ' ']} placeholder={t('editor.listHint')} />
  if (!item.properties) return <Raw {...p} />
  return (
    <div className="rows" role="group" aria-label={label}>
      {list.map((row, i) => (
        <div key={i} className="rows-row">
          <div className="rows-cells">
            {orderOf(item).filter((n) => item.properties![n]!['x-widget'] !== 'hidden').map((n) => (
              <div key={n} className="rows-cell">
                <Cell {...p} schema={item} name={n} row={isValues(row) ? row : {}} index={i} onRow={(r) => change(list.map((x, k) => (k === i ? r : x)))} />
              </div>
            ))}
          </div>
          <Button type="text" icon={<DeleteOutlined />} aria-label={t('editor.removeRow', { row: i + 1 })} onClick={() => change(list.filter((_, k) => k !== i))} />
        </div>
      ))}
      <Button type="dashed" size="small" icon={<PlusOutlined />} onClick={() => change([...list, defaultsOf(item)])}>
        {t('editor.addRow')}
      </Button>
    </div>
  )
}

function Cell({ name, row, index, onRow, ...p }: ControlProps & { name: string; row: Values; index: number; onRow: (r: Values) => void }) {
  const { i18n } = useTranslation()
  const s = p.schema.properties![name]!
  const title = textsOf(s, i18n.language).title ?? name
  return (
    <label className="rows-label">
      <span className="rows-title">{title}</span>
      <Control {...p} id={`${p.id}-${index}-${name}`} label={`${title} ${index + 1}`} name={name} schema={s} value={row[name]} around={{ schema: p.schema, value: row }} patch={(change) => onRow({ ...row, ...change })} path={`${p.path}[${index}].${name}`} onChange={(v) => onRow({ ...row, [name]: v ?? '' })} />
    </label>
  )
}

// defaultsOf is what a new value of a schema is.
export function defaultsOf(s: Schema): Values {
  const out: Values = {}
  for (const n of orderOf(s)) {
    const d = s.properties?.[n]?.default
    if (d !== undefined) out[n] = d
  }
  return out
}
