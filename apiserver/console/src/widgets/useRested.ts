import { useEffect, useState } from 'react'

// useRested is a value once it has not changed for some time; with 0 at once.
export function useRested<T>(value: T, ms: number): T {
  const [rested, setRested] = useState(value)
  useEffect(() => {
    if (ms === 0) return
    const timer = setTimeout(() => setRested(value), ms)
    return () => clearTimeout(timer)
  }, [value, ms])
  return ms === 0 ? value : rested
}
