import { DatabaseOutlined, TableOutlined, TeamOutlined } from '@ant-design/icons'
import { Button, Flex, Select, Tag, Tooltip } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useSearchParams } from 'react-router'

import { dataSources, sourceGrants, type DataSource, type DataSourceInput } from '../../api/admin'
import { useSession } from '../../app/session'
import { Crud } from '../../widgets/Crud'
import { Grants } from '../../widgets/Grants'
import { TimeText } from '../../widgets/TimeText'
import { ConnectionFields } from './ConnectionFields'
import { TestButton } from './TestButton'
import { families, titleOf } from './types'

// DataSourcesPage is the named connections to databases.
export function DataSourcesPage() {
  const { t } = useTranslation()
  const { me } = useSession()
  const [address, setAddress] = useSearchParams()
  const [granting, setGranting] = useState<DataSource | null>(null)
  const mine = (row: DataSource) => me.admin || row.ownerId === me.id
  const type = address.get('type') ?? undefined
  return (
    <>
      <Crud<DataSource, DataSourceInput>
        api={dataSources}
        texts="dataSources"
        icon={<DatabaseOutlined />}
        nameOf={(row) => row.name}
        mayEdit={mine}
        mayDelete={mine}
        deleteAbout={() => t('dataSources.deleteAbout')}
        drawerWidth={600}
        query={{ type }}
        filters={
          <Select
            allowClear
            className="filter"
            value={type}
            placeholder={t('dataSources.anyType')}
            aria-label={t('dataSources.type')}
            options={Object.keys(families).map((k) => ({ value: k, label: titleOf(k) }))}
            onChange={(v?: string) =>
              setAddress((now) => {
                if (v) now.set('type', v)
                else now.delete('type')
                return now
              })
            }
          />
        }
        columns={[
          { title: t('common.name'), dataIndex: 'name', render: (name: string, row) => <Link to={`/data-sources/${row.id}`}>{name}</Link> },
          { title: t('dataSources.type'), dataIndex: 'type', render: (k: string) => <Tag>{titleOf(k)}</Tag> },
          { title: t('dataSources.where'), key: 'where', className: 'mono wide-text', render: (_, row) => whereOf(row) },
          { title: t('dataSources.note'), dataIndex: 'note', className: 'wide-text' },
          { title: t('common.owner'), dataIndex: 'owner' },
          { title: t('common.created'), dataIndex: 'created', render: (at: string) => <TimeText at={at} seconds={false} /> },
        ]}
        rowActions={(row) => (
          <>
            <TestButton id={row.id} name={row.name} />
            <Tooltip title={t('dataSources.browse')}>
              <Link to={`/data-sources/${row.id}`} aria-label={`${t('dataSources.browse')} ${row.name}`}>
                <Button type="text" size="small" icon={<TableOutlined />} tabIndex={-1} aria-hidden />
              </Link>
            </Tooltip>
            {mine(row) && (
              <Tooltip title={t('grants.title')}>
                <Button type="text" size="small" icon={<TeamOutlined />} aria-label={`${t('grants.title')} ${row.name}`} onClick={() => setGranting(row)} />
              </Tooltip>
            )}
          </>
        )}
        values={(row) => (row ? { ...row, connection: { ...row.connection, options: row.connection.options ?? {} } } : { type: 'MYSQL', connection: { port: 3306, options: {} } })}
        input={({ name, note, type, connection, password }: DataSourceInput) => ({ name, note: note ?? '', type, connection, password: password || undefined })}
        fields={(row) => <ConnectionFields row={row} />}
      />
      {granting && <Grants name={granting.name} about={t('dataSources.grantAbout')} api={sourceGrants(granting.id)} onClose={() => setGranting(null)} />}
    </>
  )
}

function whereOf({ connection: c }: DataSource) {
  if (!c.host) return c.database ?? ''
  return (
    <Flex vertical>
      {c.host.split(',').map((h) => (
        <span key={h}>
          {h}
          {c.port ? `:${c.port}` : ''}
          {c.database ? `/${c.database}` : ''}
        </span>
      ))}
    </Flex>
  )
}
