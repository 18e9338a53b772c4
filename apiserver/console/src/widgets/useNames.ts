import { useQuery } from '@tanstack/react-query'

// useNames gives names by id, for lists that only say ids. What it does not
// know is shown as its number.
export function useNames(path: string, load: () => Promise<{ items: { id: number; name: string }[] }>, enabled = true): (id: number) => string {
  const query = useQuery({ queryKey: [path, 'names'], queryFn: load, staleTime: 30_000, enabled })
  const names = new Map(query.data?.items.map((x) => [x.id, x.name]))
  return (id) => names.get(id) ?? `#${id}`
}
