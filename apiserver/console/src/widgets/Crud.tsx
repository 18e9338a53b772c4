import { DeleteOutlined, EditOutlined, PlusOutlined, ReloadOutlined } from '@ant-design/icons'
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Empty, Flex, Input, Table, Tooltip, type TableColumnsType } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'

import type { Collection, Query } from '../api/call'
import './crud.css'
import { ErrorBox, problemText } from './ErrorBox'
import { FormDrawer } from './FormDrawer'
import { Page } from './Page'
import { Pager, usePager } from './Pager'

interface Named {
  id: number
}

interface Props<T extends Named, I extends object> {
  api: Collection<T, I>
  texts: string // below it: title, about, new, and the form's
  icon?: ReactNode
  columns: TableColumnsType<T>
  nameOf: (row: T) => string
  rowKey?: (row: T) => string // when ids are not unique
  fields?: (row: T | null) => ReactNode // of the form; none: nothing is made or changed
  values?: (row: T | null) => object // what the form begins with
  input?: (values: never, row: T | null) => I // what the form's values mean
  saved?: (row: T, made: boolean) => void
  mayAdd?: boolean
  mayEdit?: (row: T) => boolean
  mayDelete?: (row: T) => boolean
  deleteAbout?: (row: T) => string // what the deletion means, beside the question
  rowActions?: (row: T) => ReactNode
  filters?: ReactNode // beside the search
  query?: Query // narrows the list
  searchable?: boolean
  refetch?: number // in ms
  expand?: (row: T) => ReactNode
  noActions?: boolean // no column of buttons
  bare?: boolean // without a frame: a part of a page
  drawerWidth?: number
  actions?: ReactNode
  footer?: (close: () => void) => ReactNode // beside the buttons of the form
}

// Crud is a page of things that are listed, searched, made, changed and
// deleted. What is searched and what is open is in the address.
export function Crud<T extends Named, I extends object>(props: Props<T, I>) {
  const { t } = useTranslation()
  const { api, texts } = props
  const client = useQueryClient()
  const [address, setAddress] = useSearchParams()
  const search = address.get('search') ?? ''
  const pager = usePager(search + JSON.stringify(props.query ?? {}))
  const asked = { ...props.query, ...(props.searchable === false ? {} : { search }), limit: pager.limit, cursor: pager.cursor }
  const list = useQuery({
    queryKey: [api.path, asked],
    queryFn: () => api.list(asked),
    placeholderData: keepPreviousData,
    refetchInterval: props.refetch,
  })
  const open = address.get('open') ?? ''
  const set = (key: string, value: string) =>
    setAddress((now) => {
      if (value) now.set(key, value)
      else now.delete(key)
      return now
    }, { replace: key === 'search' })
  const forget = () => client.invalidateQueries({ queryKey: [api.path] })
  const mayAdd = props.fields && (props.mayAdd ?? true)

  const tools = (
    <>
      {props.actions}
      {mayAdd && (
        <Button type="primary" icon={<PlusOutlined />} onClick={() => set('open', 'new')}>
          {t(`${texts}.new`)}
        </Button>
      )}
    </>
  )
  const body = (
    <>
      <Flex className="crud-tools" gap={8} wrap justify="space-between" align="center">
        <Flex gap={8} wrap align="center">
          {props.searchable !== false && (
            <Input.Search
              key={search}
              allowClear
              className="search"
              defaultValue={search}
              placeholder={t('crud.search')}
              aria-label={t('crud.search')}
              onSearch={(text) => set('search', text.trim())}
            />
          )}
          {props.filters}
          <Tooltip title={t('crud.reload')}>
            <Button type="text" icon={<ReloadOutlined spin={list.isFetching} />} aria-label={t('crud.reload')} onClick={() => void list.refetch()} />
          </Tooltip>
        </Flex>
        {props.bare && <Flex gap={8}>{tools}</Flex>}
      </Flex>
      <ErrorBox error={list.error} onRetry={() => void list.refetch()} />
      <Table<T>
        rowKey={props.rowKey ?? ((row) => row.id)}
        size="middle"
        className="crud-table"
        loading={list.isPending}
        dataSource={list.data?.items}
        columns={[...props.columns, ...actionColumn(props, t, (row) => set('open', String(row.id)), forget)]}
        pagination={false}
        scroll={{ x: 'max-content' }}
        expandable={props.expand && { expandedRowRender: props.expand }}
        locale={{ emptyText: <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={search ? t('crud.noneFound') : t(`${texts}.none`, { defaultValue: t('crud.none') })} /> }}
      />
      <Pager pager={pager} shown={list.data?.items.length ?? 0} total={list.data?.total} next={list.data?.next} />
      {props.fields && open && (open !== 'new' || mayAdd) && (
        <OpenForm {...props} fields={props.fields} id={open} rows={list.data?.items} loaded={!list.isPending} onClose={() => set('open', '')} onSaved={forget} />
      )}
    </>
  )
  if (props.bare) return body
  return (
    <Page title={t(`${texts}.title`)} about={t(`${texts}.about`)} icon={props.icon} actions={tools}>
      <div className="panel">{body}</div>
    </Page>
  )
}

function actionColumn<T extends Named, I extends object>(
  p: Props<T, I>,
  t: (key: string) => string,
  edit: (row: T) => void,
  forget: () => Promise<void>,
): TableColumnsType<T> {
  if (p.noActions) return []
  return [
    {
      title: <span className="unseen">{t('crud.actions')}</span>,
      key: 'actions',
      align: 'end',
      fixed: 'end',
      render: (_, row) => (
        <Flex gap={2} justify="end">
          {p.rowActions?.(row)}
          {p.fields && (p.mayEdit?.(row) ?? true) && (
            <Tooltip title={t('common.edit')}>
              <Button type="text" size="small" icon={<EditOutlined />} aria-label={`${t('common.edit')} ${p.nameOf(row)}`} onClick={() => edit(row)} />
            </Tooltip>
          )}
          {(p.mayDelete?.(row) ?? true) && (
            <DeleteButton name={p.nameOf(row)} about={p.deleteAbout?.(row)} remove={() => p.api.remove(row.id)} onDone={forget} />
          )}
        </Flex>
      ),
    },
  ]
}

// DeleteWords are said where something is not deleted but removed from where it is.
interface DeleteWords {
  verb: string
  ask: string
  done: string
}

// DeleteButton asks before it deletes; a refusal is shown where it was asked.
export function DeleteButton({ name, about, remove, onDone, text, words }: { name: string; about?: string; remove: () => Promise<unknown>; onDone: () => unknown; text?: boolean; words?: DeleteWords }) {
  const { t } = useTranslation()
  const verb = words?.verb ?? t('common.delete')
  const { modal, message } = App.useApp()
  function ask() {
    const dialog = modal.confirm({
      title: words?.ask ?? t('crud.deleteAsk', { name }),
      content: about ?? t('crud.deleteAbout'),
      okText: verb,
      okButtonProps: { danger: true },
      autoFocusButton: 'cancel',
      async onOk() {
        try {
          await remove()
          void message.success(words?.done ?? t('crud.deleted', { name }))
          await onDone()
        } catch (e) {
          dialog.update({ content: <ErrorBox error={e} />, okText: t('problem.again') })
          throw new Error(problemText(e, t))
        }
      },
    })
  }
  const button = (
    <Button type={text ? 'default' : 'text'} danger size={text ? 'middle' : 'small'} icon={<DeleteOutlined />} aria-label={`${verb} ${name}`} onClick={ask}>
      {text && verb}
    </Button>
  )
  return text ? button : <Tooltip title={verb}>{button}</Tooltip>
}

interface OpenProps<T extends Named, I extends object> extends Props<T, I> {
  fields: (row: T | null) => ReactNode
  id: string
  rows: T[] | undefined
  loaded: boolean
  onClose: () => void
  onSaved: () => Promise<void>
}

// OpenForm shows the form of what the address names: a row of the list, one
// that is not on this page of it, or a new one.
function OpenForm<T extends Named, I extends object>(p: OpenProps<T, I>) {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const shown = p.rows?.find((r) => String(r.id) === p.id)
  const found = useQuery({
    queryKey: [p.api.path, 'one', p.id],
    queryFn: () => p.api.get(p.id),
    enabled: p.id !== 'new' && p.loaded && !shown,
  })
  const row = p.id === 'new' ? null : (shown ?? found.data)
  if (row === undefined) return found.error ? <ErrorBox error={found.error} onClose={p.onClose} /> : null
  // An address may come from somebody who may do more.
  if (row && p.mayEdit?.(row) === false) return null
  async function save(values: object) {
    const body = p.input ? p.input(values as never, row ?? null) : (values as I)
    const result = row ? await p.api.update(row.id, body) : await p.api.create(body)
    await p.onSaved()
    p.onClose()
    void message.success(t('crud.saved'))
    p.saved?.(result, !row)
  }
  return (
    <FormDrawer
      key={p.id}
      title={row ? `${t('common.edit')} · ${p.nameOf(row)}` : t(`${p.texts}.new`)}
      initial={p.values?.(row) ?? row ?? {}}
      width={p.drawerWidth}
      onClose={p.onClose}
      onSubmit={save}
      footer={p.footer?.(p.onClose)}
    >
      {p.fields(row)}
    </FormDrawer>
  )
}
