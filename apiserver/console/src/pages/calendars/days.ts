// The arithmetic of business calendars. Days are dates without a zone:
// 2026-02-01.

export interface Days {
  weekend: number[] // 0 is Sunday
  days: Record<string, boolean> // exceptions: whether there is work
}

const two = (n: number) => String(n).padStart(2, '0')

export const dateText = (year: number, month: number, day: number) => `${year}-${two(month + 1)}-${two(day)}`

export const weekdayOf = (date: string) => new Date(`${date}T00:00:00Z`).getUTCDay()

// works says whether there is work on a day.
export function works(c: Days, date: string): boolean {
  return c.days[date] ?? !c.weekend.includes(weekdayOf(date))
}

export const isException = (c: Days, date: string) => c.days[date] !== undefined && c.days[date] === c.weekend.includes(weekdayOf(date))

// toggled turns a working day into a free one, or back; an exception that says
// what the week says anyway is left out.
export function toggled(c: Days, date: string): Record<string, boolean> {
  const next = !works(c, date)
  const days = { ...c.days }
  if (next === !c.weekend.includes(weekdayOf(date))) delete days[date]
  else days[date] = next
  return days
}

export interface Cell {
  date: string
  day: number
}

// monthOf gives the weeks of a month; days of other months are null. The week
// begins with the day that first says.
export function monthOf(year: number, month: number, first: number): (Cell | null)[][] {
  const length = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  const before = (new Date(Date.UTC(year, month, 1)).getUTCDay() - first + 7) % 7
  const cells: (Cell | null)[] = Array.from({ length: before }, () => null)
  for (let day = 1; day <= length; day++) cells.push({ date: dateText(year, month, day), day })
  while (cells.length % 7 !== 0) cells.push(null)
  return Array.from({ length: cells.length / 7 }, (_, i) => cells.slice(i * 7, i * 7 + 7))
}

// workingDays counts them in a year.
export function workingDays(c: Days, year: number): number {
  let n = 0
  for (let d = Date.UTC(year, 0, 1); d < Date.UTC(year + 1, 0, 1); d += 86_400_000) if (works(c, new Date(d).toISOString().slice(0, 10))) n++
  return n
}

// moved gives the date that many days away.
export function moved(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}
