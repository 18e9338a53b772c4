import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Select, type SelectProps } from 'antd'
import { useState } from 'react'

import type { Collection } from '../api/call'

interface Props<T> extends Omit<SelectProps, 'options'> {
  api: Pick<Collection<T>, 'path' | 'list'>
  valueOf: (row: T) => string | number
  labelOf: (row: T) => string
  keep?: (row: T) => boolean // which to offer; without it, all
}

// Choose picks things of a list by name. It asks the server while one types, so
// that long lists are no burden.
export function Choose<T>({ api, valueOf, labelOf, keep, ...rest }: Props<T>) {
  const [search, setSearch] = useState('')
  const query = useQuery({
    queryKey: [api.path, 'choose', search],
    queryFn: () => api.list({ search, limit: 200 }),
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  })
  const options = (query.data?.items ?? []).filter(keep ?? (() => true)).map((row) => ({ value: valueOf(row), label: labelOf(row) }))
  return (
    <Select
      showSearch={{ onSearch: setSearch, optionFilterProp: 'label' }}
      loading={query.isFetching}
      status={query.error ? 'warning' : undefined}
      options={options}
      {...rest}
    />
  )
}
