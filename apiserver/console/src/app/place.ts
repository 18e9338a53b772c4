import { useEffect } from 'react'
import { useLocation, useNavigate } from 'react-router'

const kept = 'porpoise.place'
const base = import.meta.env.BASE_URL.replace(/\/$/, '')

// rememberPlace notes where a person is before he signs in elsewhere, from
// where he comes back to the first page.
export function rememberPlace() {
  sessionStorage.setItem(kept, location.pathname.slice(base.length) + location.search)
}

// useRememberedPlace goes back there.
export function useRememberedPlace() {
  const { pathname } = useLocation()
  const go = useNavigate()
  useEffect(() => {
    const place = sessionStorage.getItem(kept)
    sessionStorage.removeItem(kept)
    if (place && place !== '/' && place.startsWith('/') && pathname === '/') void go(place, { replace: true })
    // Only where the frame first appears.
  }, [])
}
