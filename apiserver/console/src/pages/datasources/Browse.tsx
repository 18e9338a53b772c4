import { DatabaseOutlined, TableOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Descriptions, Empty, Flex, Input, Select, Skeleton, Table, Tag } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useParams, useSearchParams } from 'react-router'

import { columnsOf, databasesOf, dataSources, tablesOf, type DataSource } from '../../api/admin'
import { ErrorBox } from '../../widgets/ErrorBox'
import { Page } from '../../widgets/Page'
import { TestButton } from './TestButton'
import { titleOf } from './types'

// BrowsePage shows what is in a database: its tables and their columns.
export function BrowsePage() {
  const { t } = useTranslation()
  const { id = '' } = useParams()
  const query = useQuery({ queryKey: ['/data-sources', 'one', id], queryFn: () => dataSources.get(id) })
  const row = query.data
  return (
    <Page
      title={row?.name ?? t('dataSources.one')}
      icon={<DatabaseOutlined />}
      trail={[{ title: t('nav.dataSources'), to: '/data-sources' }, { title: row?.name ?? id }]}
      extra={row && <Tag>{titleOf(row.type)}</Tag>}
      actions={row && <TestButton text id={row.id} name={row.name} />}
    >
      <ErrorBox error={query.error} onRetry={() => void query.refetch()} />
      {row && <Contents row={row} />}
    </Page>
  )
}

function Contents({ row }: { row: DataSource }) {
  const { t } = useTranslation()
  const [address, setAddress] = useSearchParams()
  const database = address.get('database') ?? ''
  const table = address.get('table') ?? ''
  const set = (key: string, value: string) =>
    setAddress((now) => {
      now.set(key, value)
      if (key === 'database') now.delete('table')
      if (!value) now.delete(key)
      return now
    })
  const c = row.connection
  return (
    <Flex vertical gap={16}>
      <Descriptions
        className="panel"
        size="small"
        column={{ xs: 1, md: 2, xl: 4 }}
        items={[
          { label: t('dataSources.where'), children: <span className="mono">{c.host ? `${c.host}:${c.port}` : c.database}</span> },
          { label: t('dataSources.database'), children: c.database || '–' },
          { label: t('login.user'), children: c.user || '–' },
          { label: t('common.owner'), children: row.owner },
          { label: t('dataSources.note'), children: row.note || '–' },
        ]}
      />
      <div className="browse">
        <Tables id={row.id} database={database} table={table} onDatabase={(d) => set('database', d)} onTable={(x) => set('table', x)} local={!c.host} />
        <section className="panel">{table ? <Columns id={row.id} database={database} table={table} /> : <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('dataSources.chooseTable')} />}</section>
      </div>
    </Flex>
  )
}

interface TablesProps {
  id: number
  database: string
  table: string
  local: boolean
  onDatabase: (name: string) => void
  onTable: (name: string) => void
}

function Tables({ id, database, table, local, onDatabase, onTable }: TablesProps) {
  const { t } = useTranslation()
  const [part, setPart] = useState('')
  const query = useQuery({ queryKey: ['/data-sources', id, 'tables', database], queryFn: () => tablesOf(id, database), retry: false })
  const shown = (query.data?.items ?? []).filter((x) => x.name.toLowerCase().includes(part.toLowerCase()))
  return (
    <section className="panel">
      <Flex vertical gap={8}>
        {!local && <Databases id={id} database={database} onDatabase={onDatabase} />}
        <Input allowClear value={part} placeholder={t('dataSources.findTable')} aria-label={t('dataSources.findTable')} onChange={(e) => setPart(e.target.value)} />
        <ErrorBox error={query.error} onRetry={() => void query.refetch()} />
        {query.isPending ? (
          <Skeleton active />
        ) : (
          <Table
            size="small"
            rowKey="name"
            showHeader={false}
            virtual
            scroll={{ y: 460 }}
            pagination={false}
            dataSource={shown}
            rowClassName={(x) => (x.name === table ? 'chosen' : '')}
            columns={[
              {
                dataIndex: 'name',
                render: (name: string, x) => (
                  <button type="button" className="plain" aria-current={name === table} onClick={() => onTable(name)}>
                    <TableOutlined aria-hidden /> {name}
                    {/view/i.test(x.kind) && <Tag className="view-tag">{t('dataSources.view')}</Tag>}
                  </button>
                ),
              },
            ]}
          />
        )}
      </Flex>
    </section>
  )
}

function Databases({ id, database, onDatabase }: { id: number; database: string; onDatabase: (name: string) => void }) {
  const { t } = useTranslation()
  const query = useQuery({ queryKey: ['/data-sources', id, 'databases'], queryFn: () => databasesOf(id), retry: false, staleTime: 60_000 })
  return (
    <Select
      allowClear
      showSearch
      value={database || undefined}
      loading={query.isFetching}
      placeholder={t('dataSources.otherDatabase')}
      aria-label={t('dataSources.otherDatabase')}
      options={(query.data?.items ?? []).map((d) => ({ value: d, label: d }))}
      onChange={(d?: string) => onDatabase(d ?? '')}
    />
  )
}

function Columns({ id, database, table }: { id: number; database: string; table: string }) {
  const { t } = useTranslation()
  const query = useQuery({ queryKey: ['/data-sources', id, 'columns', database, table], queryFn: () => columnsOf(id, database, table), retry: false })
  return (
    <>
      <h2 className="section-title mono">{table}</h2>
      <ErrorBox error={query.error} onRetry={() => void query.refetch()} />
      <Table
        size="small"
        rowKey="name"
        loading={query.isPending}
        pagination={false}
        dataSource={query.data?.items}
        columns={[
          { title: '#', key: 'n', width: 50, render: (_, __, i) => i + 1 },
          { title: t('dataSources.column'), dataIndex: 'name', className: 'mono' },
          { title: t('dataSources.type'), dataIndex: 'type', className: 'mono' },
          { title: t('dataSources.nullable'), dataIndex: 'nullable', render: (yes: boolean) => t(yes ? 'dataSources.yes' : 'dataSources.no') },
        ]}
      />
    </>
  )
}
