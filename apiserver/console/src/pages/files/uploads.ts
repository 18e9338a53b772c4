import { useEffect, useRef, useState } from 'react'

import { uploadFile, type FileKind } from '../../api/admin'

export type UploadState = 'waiting' | 'running' | 'done' | 'failed' | 'stopped'

export interface UploadItem {
  key: number
  file: File
  folder: number
  state: UploadState
  sent: number
  error?: unknown
}

export interface Uploads {
  items: UploadItem[]
  add: (list: File[], folder: number) => void
  stop: (key: number) => void
  again: (key: number) => void
  clear: () => void // what has ended
}

const atOnce = 2

// useUploads sends files, two at a time; onDone hears of each that arrived.
// What has not arrived ends with the page.
export function useUploads(kind: FileKind, onDone: () => unknown): Uploads {
  const [items, setItems] = useState<UploadItem[]>([])
  const next = useRef(1)
  const running = useRef(new Map<number, AbortController>())
  const change = (key: number, c: Partial<UploadItem>) => setItems((all) => all.map((i) => (i.key === key ? { ...i, ...c } : i)))

  useEffect(() => {
    for (const item of items) {
      if (item.state !== 'waiting' || running.current.has(item.key) || running.current.size >= atOnce) continue
      const control = new AbortController()
      running.current.set(item.key, control)
      change(item.key, { state: 'running', sent: 0, error: undefined })
      uploadFile(kind, item.folder, item.file, ({ sent }) => change(item.key, { sent }), control.signal)
        .then(
          () => {
            change(item.key, { state: 'done', sent: item.file.size })
            void onDone()
          },
          (e: unknown) => change(item.key, control.signal.aborted ? { state: 'stopped' } : { state: 'failed', error: e }),
        )
        .finally(() => running.current.delete(item.key))
    }
  }, [items, kind])

  useEffect(() => {
    const all = running.current
    return () => all.forEach((c) => c.abort())
  }, [])

  return {
    items,
    add: (list, folder) => setItems((all) => [...all, ...list.map((file) => ({ key: next.current++, file, folder, state: 'waiting' as const, sent: 0 }))]),
    stop(key) {
      const control = running.current.get(key)
      if (control) control.abort()
      else change(key, { state: 'stopped' })
    },
    again: (key) => change(key, { state: 'waiting' }),
    clear: () => setItems((all) => all.filter((i) => i.state === 'waiting' || i.state === 'running')),
  }
}
