// rank gives what a text may mean, best first: all of its words must occur.
// Things that begin with the text come before those that contain it.
export function rank<T>(text: string, all: T[], textOf: (one: T) => string): T[] {
  const wanted = text.trim().toLowerCase()
  if (wanted === '') return all
  const words = wanted.split(/\s+/)
  const scored = all.flatMap((one) => {
    const own = textOf(one).toLowerCase()
    if (!words.every((w) => own.includes(w))) return []
    return [{ one, score: own.startsWith(wanted) ? 0 : own.includes(` ${wanted}`) ? 1 : 2 }]
  })
  return scored.sort((a, b) => a.score - b.score).map((s) => s.one)
}
