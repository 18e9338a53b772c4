// zones are the names of time zones that the browser knows; own is first.
export function zones(): string[] {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone
  const all = typeof Intl.supportedValuesOf === 'function' ? Intl.supportedValuesOf('timeZone') : []
  return [...new Set([own, 'UTC', ...all])]
}

// inZone is a time as the clocks of a zone show it.
export function inZone(at: string, zone: string, language: string): string {
  try {
    return new Intl.DateTimeFormat(language, { timeZone: zone, weekday: 'short', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(at))
  } catch {
    return at
  }
}

// dayInZone is the date of a time in a zone: 2026-02-01.
export function dayInZone(at: string | number, zone: string): string {
  try {
    return new Intl.DateTimeFormat('sv-SE', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(new Date(at))
  } catch {
    return new Date(at).toISOString().slice(0, 10)
  }
}
