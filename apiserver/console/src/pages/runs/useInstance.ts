import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'

import { attempts, instance, instanceEvents, type Instance, type InstanceDetail, type TaskInstance } from '../../api/runs'
import { stream, type Connection } from '../../run/stream'

// withTask puts a task instance at its place: that of the attempt it is, or of
// an earlier one of its task.
export function withTask(all: TaskInstance[], task: TaskInstance): TaskInstance[] {
  const at = all.findIndex((a) => a.id === task.id)
  if (at >= 0) return all.map((a, i) => (i === at ? { ...a, ...task } : a))
  const earlier = all.findIndex((a) => a.task === task.task)
  if (earlier >= 0 && all[earlier]!.attempt > task.attempt) return all
  return earlier >= 0 ? all.map((a, i) => (i === earlier ? task : a)) : [...all, task]
}

// withInstance takes what an event says of an instance; what it does not
// speak of stays.
export function withInstance(old: InstanceDetail, event: Partial<Instance>): InstanceDetail {
  const said = Object.fromEntries(Object.entries(event).filter(([, v]) => v !== undefined))
  return { ...old, ...said, graph: old.graph, taskInstances: old.taskInstances, params: old.params, waiting: old.waiting }
}

const afterEvents = 700 // ms after an event until the rest is asked for

// useInstance is an instance that stays current: by events, and by asking for
// what events do not carry.
export function useInstance(project: string, id: string) {
  const client = useQueryClient()
  const [connection, setConnection] = useState<Connection>('connecting')
  const query = useQuery({
    queryKey: ['instance', project, id],
    queryFn: () => instance(project, id),
    refetchInterval: connection === 'lost' ? 10_000 : false,
  })
  const tries = useQuery({ queryKey: ['attempts', project, id], queryFn: () => attempts(project, id) })

  const loaded = query.data !== undefined
  useEffect(() => {
    if (!loaded) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const soon = () => {
      timer ??= setTimeout(() => {
        timer = undefined
        void client.invalidateQueries({ queryKey: ['instance', project, id] })
        void client.invalidateQueries({ queryKey: ['attempts', project, id] })
      }, afterEvents)
    }
    const change = (f: (old: InstanceDetail) => InstanceDetail) => client.setQueryData<InstanceDetail>(['instance', project, id], (old) => old && f(old))
    const stop = stream({
      url: () => instanceEvents(project, id),
      events: {
        instance: (data) => {
          const event = JSON.parse(data) as Partial<Instance>
          const before = client.getQueryData<InstanceDetail>(['instance', project, id])?.state
          change((old) => withInstance(old, event))
          if (event.state !== before) soon()
        },
        task: (data) => {
          const task = JSON.parse(data) as TaskInstance
          const before = client.getQueryData<InstanceDetail>(['instance', project, id])?.taskInstances.find((a) => a.id === task.id)
          change((old) => ({ ...old, taskInstances: withTask(old.taskInstances, task) }))
          if (before?.state !== task.state || before?.reason !== task.reason) soon()
        },
      },
      onState: setConnection,
      onLost: () => void client.invalidateQueries({ queryKey: ['session'] }),
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [client, project, id, loaded])

  return { query, attempts: tries.data?.items ?? query.data?.taskInstances ?? [], connection }
}
