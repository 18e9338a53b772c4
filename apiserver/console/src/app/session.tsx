import { useQuery, useQueryClient } from '@tanstack/react-query'
import { createContext, useContext, useEffect, useMemo, type ReactNode } from 'react'

import { api, data, Problem, setCSRF, whenSignedOut, type Schemas } from '../api/client'
import { LoginPage } from '../pages/Login'
import { Loading } from '../widgets/Loading'

interface Signed {
  me: Schemas['Me']
  signOut: () => Promise<void>
}

const Context = createContext<Signed | null>(null)

// useSession gives who is signed in; only below SessionGate.
export function useSession(): Signed {
  const s = useContext(Context)
  if (!s) throw new Error('useSession outside of SessionGate')
  return s
}

// SessionGate shows the login until somebody is signed in.
export function SessionGate({ children }: { children: ReactNode }) {
  const client = useQueryClient()
  const query = useQuery({
    queryKey: ['session'],
    queryFn: async () => {
      try {
        const s = await data(api.GET('/session'))
        setCSRF(s.csrfToken)
        return s
      } catch (e) {
        if (e instanceof Problem && e.status === 401) return null
        throw e
      }
    },
    staleTime: Infinity,
  })
  useEffect(() => whenSignedOut(() => client.setQueryData(['session'], null)), [client])
  const signed = useMemo<Signed | null>(
    () =>
      query.data
        ? {
            me: query.data.user,
            async signOut() {
              await api.DELETE('/session')
              setCSRF('')
              client.clear()
              client.setQueryData(['session'], null)
            },
          }
        : null,
    [query.data, client],
  )
  if (query.isPending || query.isError) return <Loading note={query.isError ? String(query.error) : undefined} />
  if (!signed)
    return (
      <LoginPage
        onLogin={(s) => {
          setCSRF(s.csrfToken)
          client.setQueryData(['session'], s)
        }}
      />
    )
  return <Context value={signed}>{children}</Context>
}
