import { useCallback, useRef } from 'react'

// useEvent gives a function that stays the same and does what the latest one
// would: for parts of a page that are expensive to draw again.
export function useEvent<A extends unknown[], R>(f: (...args: A) => R): (...args: A) => R {
  const latest = useRef(f)
  latest.current = f
  return useCallback((...args: A) => latest.current(...args), [])
}
