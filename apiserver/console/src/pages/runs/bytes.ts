const units = ['B', 'KB', 'MB', 'GB', 'TB']

// bytesText writes a size short: 850 B, 12.3 KB, 5 GB.
export function bytesText(n: number): string {
  let unit = 0
  while (n >= 1000 && unit < units.length - 1) {
    n /= 1000
    unit++
  }
  return `${unit === 0 || n >= 100 ? Math.round(n) : Number(n.toFixed(n >= 10 ? 1 : 2))} ${units[unit]}`
}
