import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useSearchParams } from 'react-router'

import { listWorkflows } from '../../api/workflows'
import { usePager } from '../../widgets/Pager'

// useListed lists workflows as the address says: what is searched, in which
// folder, with which labels.
export function useListed(project: string) {
  const [address, setAddress] = useSearchParams()
  const search = address.get('search') ?? ''
  const folder = address.get('folder') ?? ''
  const labels = address.getAll('label')
  const online = address.get('online') ?? ''
  const sort = address.get('sort') ?? 'name'
  const pager = usePager(`${project} ${address.toString()}`)
  const query = { search, folder, label: labels, online, sort, limit: pager.limit, cursor: pager.cursor }
  const list = useQuery({ queryKey: ['workflows', project, query], queryFn: () => listWorkflows(project, query), placeholderData: keepPreviousData, refetchInterval: 15_000 })
  const set = (key: string, value: string | string[]) =>
    setAddress(
      (a) => {
        a.delete(key)
        for (const v of [value].flat()) if (v) a.append(key, v)
        return a
      },
      { replace: true },
    )
  return { search, folder, labels, online, sort, pager, list, set, filtered: !!(search || folder || labels.length > 0 || online) }
}
