import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Select } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { workflowNames } from '../../api/runs'

interface Props {
  project: string
  value?: number
  onChange?: (id: number | undefined) => void
  id?: string
  disabled?: boolean
  allowClear?: boolean
  known?: { id: number; name: string } // a name that need not be asked for
}

// WorkflowChoice picks a workflow of a project by its name.
export function WorkflowChoice({ project, value, onChange, id, disabled, allowClear, known }: Props) {
  const { t } = useTranslation()
  const [search, setSearch] = useState('')
  const query = useQuery({ queryKey: ['workflowNames', project, search], queryFn: () => workflowNames(project, search), staleTime: 30_000, placeholderData: keepPreviousData })
  const options = (query.data?.items ?? []).map((w) => ({ value: w.id, label: w.name }))
  if (known && !options.some((o) => o.value === known.id)) options.unshift({ value: known.id, label: known.name })
  return (
    <Select id={id} showSearch={{ filterOption: false, onSearch: setSearch }} allowClear={allowClear} disabled={disabled} className="filter" placeholder={t('runs.workflow')} aria-label={t('runs.workflow')} loading={query.isFetching} value={value} options={options} onChange={(v?: number) => onChange?.(v)} />
  )
}
