import { DeleteOutlined, PlusOutlined } from '@ant-design/icons'
import { AutoComplete, Button, Collapse, Input, InputNumber, Select, Switch } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import type { Schema } from '../../../api/workflows'
import { CodeEditor, type Syntax } from '../../../widgets/CodeEditor'
import { KeyValues } from '../../../widgets/KeyValues'
import { Field } from '../../../widgets/form/Field'
import { DataSourcePick, ResourcePick, WorkflowPick } from '../../../widgets/form/pickers'

type Values = Record<string, unknown>

interface Props {
  schema: Schema
  value: Values
  onChange: (value: Values, field: string) => void
  errors: ReadonlyMap<string, string> // by path within the value
  path?: string
  project: string
  syntax?: Syntax // of scripts
}

const zhOf = (s: Schema) => (typeof s['x-zh'] === 'string' ? { title: s['x-zh'], description: undefined, enum: undefined } : s['x-zh'])

// orderOf gives the names of fields in the order in which they are shown.
export function orderOf(schema: Schema): string[] {
  const names = Object.keys(schema.properties ?? {})
  const given = schema['x-order']
  if (Array.isArray(given)) return [...given.filter((n) => names.includes(n)), ...names.filter((n) => !given.includes(n))]
  const rank = (n: string) => {
    const o = schema.properties?.[n]?.['x-order']
    return typeof o === 'number' ? o : 1000
  }
  return names.map((n, i) => ({ n, i })).sort((a, b) => rank(a.n) - rank(b.n) || a.i - b.i).map((x) => x.n)
}

// shown says whether other fields want a field to be seen.
export function shown(s: Schema, all: Schema, values: Values): boolean {
  return Object.entries(s['x-when'] ?? {}).every(([key, wanted]) => {
    const is = values[key] ?? all.properties?.[key]?.default
    return Array.isArray(wanted) ? wanted.includes(is) : wanted === is
  })
}

// SchemaForm edits values by their JSON schema. Values that the schema does not
// know stay as they are.
export function SchemaForm(props: Props) {
  const { schema, value } = props
  const { t } = useTranslation()
  const names = orderOf(schema).filter((n) => shown(schema.properties![n]!, schema, value) && schema.properties![n]!['x-widget'] !== 'hidden')
  const plain = names.filter((n) => !schema.properties![n]!['x-advanced'])
  const more = names.filter((n) => schema.properties![n]!['x-advanced'])
  const entry = (n: string) => <Entry key={n} name={n} {...props} />
  return (
    <>
      {plain.map(entry)}
      {more.length > 0 && <Collapse ghost size="small" items={[{ key: 'more', label: t('editor.more'), children: more.map(entry), forceRender: false }]} />}
    </>
  )
}

function Entry({ name, ...props }: Props & { name: string }) {
  const { i18n } = useTranslation()
  const s = props.schema.properties![name]!
  const zh = i18n.language === 'zh' ? zhOf(s) : undefined
  const path = props.path ? `${props.path}.${name}` : name
  const error = props.errors.get(path) ?? [...props.errors].find(([p]) => p.startsWith(`${path}.`) || p.startsWith(`${path}[`))?.[1]
  return (
    <Field label={zh?.title ?? s.title ?? name} help={zh?.description ?? s.description} error={error} required={props.schema.required?.includes(name)}>
      {(id) => (
        <Control
          id={id}
          label={zh?.title ?? s.title ?? name}
          schema={s}
          value={props.value[name]}
          onChange={(v) => {
            const next = { ...props.value }
            if (v === undefined || v === '') delete next[name]
            else next[name] = v
            props.onChange(next, path)
          }}
          siblings={props.value}
          {...pass(props, path)}
        />
      )}
    </Field>
  )
}

const pass = (p: Props, path: string) => ({ errors: p.errors, path, project: p.project, syntax: p.syntax })

interface ControlProps extends Pick<Props, 'errors' | 'path' | 'project' | 'syntax'> {
  id: string
  label: string
  schema: Schema
  value: unknown
  onChange: (v: unknown) => void
  siblings: Values
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
  switch (widget) {
    case 'script':
    case 'sql':
    case 'json':
      return <CodeEditor label={label} value={text} onChange={onChange} syntax={widget === 'script' ? (p.syntax ?? 'shell') : widget} height={widget === 'json' ? '220px' : '300px'} wrap />
    case 'textarea':
      return <Input.TextArea id={id} value={text} autoSize={{ minRows: 2, maxRows: 10 }} placeholder={hint} onChange={(e) => onChange(e.target.value)} />
    case 'datasource':
      return <DataSourcePick id={id} value={value} onChange={onChange} type={typeof p.siblings.type === 'string' ? p.siblings.type : undefined} />
    case 'resource':
    case 'resources':
      return <ResourcePick id={id} value={value} onChange={onChange} schema={s} many={widget === 'resources' || typeOf(s) === 'array'} />
    case 'workflow':
      return <WorkflowPick id={id} project={p.project} value={text || undefined} onChange={onChange} />
  }
  if (s.enum) {
    const zh = i18n.language === 'zh' ? zhOf(s)?.enum : undefined
    const titles = s['x-enum-titles']
    const said = (v: unknown, i: number) => titles?.[String(v)]?.[i18n.language === 'zh' ? 'zh' : 'en'] ?? zh?.[i] ?? String(v)
    return <Select id={id} value={value ?? s.default} onChange={onChange} allowClear={s.default === undefined} showSearch={s.enum.length > 8} options={s.enum.map((v, i) => ({ value: v as string, label: said(v, i) }))} />
  }
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
        <SchemaForm schema={s} value={isValues(value) ? value : {}} onChange={(v) => onChange(Object.keys(v).length > 0 ? v : undefined)} errors={p.errors} path={p.path} project={p.project} syntax={p.syntax} />
      </div>
    )
  if (isValues(value) && Object.values(value).some((x) => typeof x !== 'string')) return <Raw {...p} />
  return <KeyValues id={p.id} value={(value ?? {}) as Record<string, string>} onChange={(v) => onChange(Object.keys(v).length > 0 ? v : undefined)} />
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
  const title = (i18n.language === 'zh' ? zhOf(s)?.title : undefined) ?? s.title ?? name
  const withHint = s.examples || s.default !== undefined ? s : { ...s, examples: [title] }
  return (
    <label className="rows-label">
      <span className="rows-title">{title}</span>
      <Control {...p} id={`${p.id}-${index}-${name}`} label={`${title} ${index + 1}`} schema={withHint} value={row[name]} siblings={row} path={`${p.path}[${index}].${name}`} onChange={(v) => onRow({ ...row, [name]: v ?? '' })} />
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
