import { useTranslation } from 'react-i18next'
import { useNavigate, useSearchParams } from 'react-router'
import { Select } from 'antd'
import { HomeOutlined } from '@ant-design/icons'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'

import { api, data } from '../../api/client'
import { Page } from '../../widgets/Page'
import { changed } from '../runs/filter'
import { Overview } from './Overview'

// HomePage tells at one look how things are.
export function HomePage() {
  const { t } = useTranslation()
  const [address, setAddress] = useSearchParams()
  const navigate = useNavigate()
  const project = address.get('project') ?? ''
  const [search, setSearch] = useState('')
  const projects = useQuery({
    queryKey: ['projects', search],
    queryFn: () => data(api.GET('/projects', { params: { query: { search, limit: 100 } } })),
    staleTime: 30_000,
    placeholderData: keepPreviousData,
  })
  return (
    <Page
      title={t('nav.home')}
      icon={<HomeOutlined />}
      actions={
        <Select
          allowClear
          showSearch={{ filterOption: false, onSearch: setSearch }}
          className="home-project"
          placeholder={t('home.allProjects')}
          aria-label={t('frame.project')}
          value={project || undefined}
          options={projects.data?.items.map((p) => ({ value: p.name, label: p.name }))}
          onChange={(p?: string) => setAddress((now) => changed(now, { project: p }), { replace: true })}
          notFoundContent={projects.data?.items.length === 0 ? <a onClick={() => void navigate('/projects?open=new')}>{t('project.new')}</a> : undefined}
        />
      }
    >
      <Overview project={project} />
    </Page>
  )
}
