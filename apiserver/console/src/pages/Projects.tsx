import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Card, Flex, Input, Table, Typography } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { api, data, type Schemas } from '../api/client'

export function ProjectsPage() {
  const { t } = useTranslation()
  const [search, setSearch] = useState('')
  const query = useQuery({
    queryKey: ['projects', search],
    queryFn: () => data(api.GET('/projects', { params: { query: { search, limit: 200 } } })),
    placeholderData: keepPreviousData,
  })
  return (
    <Card>
      <Flex justify="space-between" align="center">
        <Typography.Title level={2}>{t('nav.projects')}</Typography.Title>
        <Input.Search allowClear className="search" placeholder={t('common.search')} aria-label={t('common.search')} onSearch={setSearch} />
      </Flex>
      <Table<Schemas['Project']>
        rowKey="id"
        loading={query.isFetching}
        dataSource={query.data?.items}
        pagination={false}
        columns={[
          { title: t('common.name'), dataIndex: 'name', render: (name: string) => <Link to={`/projects/${encodeURIComponent(name)}/workflows`}>{name}</Link> },
          { title: t('common.description'), dataIndex: 'description' },
          { title: t('common.owner'), dataIndex: 'owner' },
          { title: t('project.workflows'), dataIndex: 'workflows' },
          { title: t('project.running'), dataIndex: 'running' },
        ]}
      />
    </Card>
  )
}
