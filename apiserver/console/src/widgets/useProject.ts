import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useParams } from 'react-router'

import { api, data, type Schemas } from '../api/client'
import { useSession } from '../app/session'

export type Role = 'VIEWER' | 'OPERATOR' | 'DEVELOPER' | 'ADMIN'

const order: Role[] = ['VIEWER', 'OPERATOR', 'DEVELOPER', 'ADMIN']
const kept = 'porpoise.project'

// lastProject is the project that was open last, "" when there is none.
export function lastProject(): string {
  return localStorage.getItem(kept) ?? ''
}

export interface CurrentProject {
  name: string // as the address has it
  base: string // the address of its pages
  project: Schemas['Project'] | undefined // undefined while it loads
  error: unknown
  can: (role: Role) => boolean // may the caller do what the role may; no while it loads
}

// useProject gives the project of the address and notes it as the last one.
export function useProject(): CurrentProject {
  const { project: name = '' } = useParams()
  const { me } = useSession()
  const query = useQuery({
    queryKey: ['project', name],
    queryFn: () => data(api.GET('/projects/{project}', { params: { path: { project: name } } })),
    enabled: name !== '',
    staleTime: 30_000,
  })
  useEffect(() => {
    if (query.data) localStorage.setItem(kept, query.data.name)
  }, [query.data])
  const role = (query.data as { role?: Role } | undefined)?.role
  return {
    name,
    base: `/projects/${encodeURIComponent(name)}`,
    project: query.data,
    error: query.error,
    can: (wanted) => me.admin || (role !== undefined && order.indexOf(role) >= order.indexOf(wanted)),
  }
}
