import { ProjectOutlined } from '@ant-design/icons'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Select } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLocation, useNavigate } from 'react-router'

import { api, data } from '../api/client'

// ProjectSwitch goes to the same page of another project.
export function ProjectSwitch({ project }: { project: string }) {
  const { t } = useTranslation()
  const go = useNavigate()
  const { pathname } = useLocation()
  const [search, setSearch] = useState('')
  const query = useQuery({
    queryKey: ['projects', search],
    queryFn: () => data(api.GET('/projects', { params: { query: { search, limit: 200 } } })),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  })
  function choose(name: string) {
    const page = /^\/projects\/[^/]+\/([^/]+)/.exec(pathname)?.[1] ?? 'workflows'
    void go(`/projects/${encodeURIComponent(name)}/${page}`)
  }
  return (
    <Select
      variant="filled"
      className="project-switch"
      prefix={<ProjectOutlined aria-hidden />}
      showSearch={{ onSearch: setSearch, filterOption: false }}
      value={project || undefined}
      placeholder={t('frame.chooseProject')}
      aria-label={t('frame.chooseProject')}
      popupMatchSelectWidth={280}
      options={(query.data?.items ?? []).map((p) => ({ value: p.name, label: p.name }))}
      onChange={choose}
    />
  )
}
