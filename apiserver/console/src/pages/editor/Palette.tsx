import { SearchOutlined } from '@ant-design/icons'
import { Empty, Input, Tooltip } from 'antd'
import { memo, useContext, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { useTheme } from '../../app/theme'
import { dragType } from './Canvas'
import { groupColour, groupOrder, kindIcon, Kinds, useSaid } from './kinds'

// Palette lists the kinds of tasks by group, to drag onto the canvas or to
// click.
export const Palette = memo(function Palette({ onAdd, disabled }: { onAdd: (kind: string) => void; disabled: boolean }) {
  const { t } = useTranslation()
  const { dark } = useTheme()
  const kinds = useContext(Kinds)
  const said = useSaid()
  const [search, setSearch] = useState('')
  const groups = useMemo(() => {
    const wanted = search.trim().toLowerCase()
    const found = [...kinds.values()].filter((k) => !wanted || [k.id, k.title.en, k.title.zh].some((x) => x?.toLowerCase().includes(wanted)))
    return groupOrder.map((g) => ({ group: g, kinds: found.filter((k) => k.group === g) })).filter((g) => g.kinds.length > 0)
  }, [kinds, search])
  return (
    <aside className="kinds" aria-label={t('editor.palette')}>
      <Input size="small" allowClear prefix={<SearchOutlined />} placeholder={t('editor.findKind')} aria-label={t('editor.findKind')} value={search} onChange={(e) => setSearch(e.target.value)} />
      <div className="kinds-list">
        {groups.map(({ group, kinds }) => (
          <section key={group} aria-label={t(`editor.group.${group}`)}>
            <h3>{t(`editor.group.${group}`)}</h3>
            {kinds.map((k) => (
              <Tooltip key={k.id} title={said(k.help)} placement="right" mouseEnterDelay={0.6}>
                <button
                  type="button"
                  className="kinds-kind"
                  disabled={disabled}
                  draggable={!disabled}
                  style={{ ['--kind' as string]: groupColour(k.group, dark) }}
                  onDragStart={(e) => {
                    e.dataTransfer.setData(dragType, k.id)
                    e.dataTransfer.effectAllowed = 'copy'
                  }}
                  onClick={() => onAdd(k.id)}
                >
                  <span className="task-icon" aria-hidden>
                    {kindIcon(k.id, k.group)}
                  </span>
                  {said(k.title, k.id)}
                </button>
              </Tooltip>
            ))}
          </section>
        ))}
        {groups.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} />}
      </div>
    </aside>
  )
})
