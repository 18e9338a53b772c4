import { useEffect, useState } from 'react'

// useNow is the time, that goes on each second while it is asked to.
export function useNow(going: boolean): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (!going) return
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [going])
  return now
}

// lasted is how long something took, or takes until now.
export function lasted(a: { started: string | null; ended: string | null; durationMs?: number | null }, now: number): number | null {
  if (!a.started) return null
  if (!a.ended) return Math.max(0, now - Date.parse(a.started))
  return a.durationMs ?? Date.parse(a.ended) - Date.parse(a.started)
}
