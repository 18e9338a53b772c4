import { LeftOutlined, RightOutlined } from '@ant-design/icons'
import { Button, Flex, Select } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

export interface PagerState {
  limit: number
  cursor: string | undefined
  page: number // from 0
  forward: (next: string) => void
  back: () => void
  resize: (limit: number) => void
}

const sizes = [20, 50, 100, 500]
const kept = 'porpoise.rows'

// usePager remembers the cursors of the pages before. It begins anew when what
// is listed changes.
export function usePager(of: string): PagerState {
  const [limit, setLimit] = useState(() => (sizes.includes(Number(localStorage.getItem(kept))) ? Number(localStorage.getItem(kept)) : 50))
  const [state, setState] = useState<{ of: string; cursors: string[] }>({ of, cursors: [] })
  const cursors = state.of === of ? state.cursors : []
  const setCursors = (next: string[]) => setState({ of, cursors: next })
  return {
    limit,
    cursor: cursors.at(-1),
    page: cursors.length,
    forward: (next) => setCursors([...cursors, next]),
    back: () => setCursors(cursors.slice(0, -1)),
    resize(n) {
      localStorage.setItem(kept, String(n))
      setCursors([])
      setLimit(n)
    },
  }
}

// Pager goes from page to page of a list; a short list shows only its size.
export function Pager({ pager, shown, total, next }: { pager: PagerState; shown: number; total?: number; next?: string }) {
  const { t, i18n } = useTranslation()
  const first = pager.page * pager.limit
  const number = (n: number) => n.toLocaleString(i18n.language)
  if (shown === 0 && pager.page === 0) return null
  return (
    <Flex justify="end" align="center" gap={8} className="pager" wrap>
      <span className="muted" aria-live="polite">
        {total === undefined ? t('crud.rows', { from: number(first + 1), to: number(first + shown) }) : t('crud.rowsOf', { from: number(first + 1), to: number(first + shown), total: number(total) })}
      </span>
      {(next || pager.page > 0) && (
        <>
          <Button size="small" icon={<LeftOutlined />} disabled={pager.page === 0} aria-label={t('crud.before')} onClick={pager.back} />
          <Button size="small" icon={<RightOutlined />} disabled={!next} aria-label={t('crud.after')} onClick={() => next && pager.forward(next)} />
        </>
      )}
      {(next || pager.page > 0 || pager.limit !== 50) && (
        <Select size="small" value={pager.limit} aria-label={t('crud.pageSize')} options={sizes.map((n) => ({ value: n, label: t('crud.perPage', { count: n }) }))} onChange={pager.resize} />
      )}
    </Flex>
  )
}
