import { useEffect, useState } from 'react'

import type { Servers } from '../../api/admin'
import { stream, type Connection } from '../../run/stream'

// useServers gives what runs, as it changes.
export function useServers(): { servers: Servers | null; connection: Connection } {
  const [servers, setServers] = useState<Servers | null>(null)
  const [connection, setConnection] = useState<Connection>('connecting')
  useEffect(
    () =>
      stream({
        url: () => '/api/v1/servers/events',
        events: { servers: (data) => setServers(JSON.parse(data) as Servers) },
        onState: setConnection,
      }),
    [],
  )
  return { servers, connection }
}
