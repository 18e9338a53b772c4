import { useQuery } from '@tanstack/react-query'
import { Alert, Skeleton, Typography } from 'antd'
import type { CSSProperties } from 'react'
import { useTranslation } from 'react-i18next'

import { shards, type MasterServer } from '../../api/admin'
import { ErrorBox } from '../../widgets/ErrorBox'

const colours = ['#0b7285', '#e8890c', '#7048c8', '#2f9e44', '#c2255c', '#1971c2', '#a0522d', '#5c7cfa']

// Shards shows which master does which share of the work.
export function Shards({ masters }: { masters: MasterServer[] }) {
  const { t } = useTranslation()
  const query = useQuery({ queryKey: ['/servers/shards'], queryFn: shards, refetchInterval: 5000 })
  if (query.error) return <ErrorBox error={query.error} onRetry={() => void query.refetch()} />
  if (!query.data) return <Skeleton active />
  const rows = query.data.items
  const owners = [...new Set(rows.map((s) => s.owner).filter(Boolean))].sort()
  const nobody = rows.filter((s) => !s.owner).length
  const colour = (owner: string) => ({ '--owner': owner ? colours[owners.indexOf(owner) % colours.length] : '#e03545' }) as CSSProperties
  // An owner is one life of a master: its id, # and the life.
  const nameOf = (owner: string) => masters.find((m) => owner === m.id || owner.startsWith(`${m.id}#`))?.addr ?? owner
  return (
    <>
      <Typography.Paragraph type="secondary">{t('monitor.shardsAbout')}</Typography.Paragraph>
      {nobody > 0 && <Alert type="warning" showIcon title={t('monitor.shardsFree', { count: nobody })} className="error-box" />}
      {owners.map((o) => (
        <span key={o} className="owner mono" style={colour(o)}>
          {nameOf(o)} ({rows.filter((s) => s.owner === o).length})
        </span>
      ))}
      <ul className="shards" aria-label={t('monitor.shards')}>
        {rows.map((s) => (
          <li key={s.id} style={colour(s.owner)} title={s.owner ? nameOf(s.owner) : t('monitor.unowned')}>
            <b>{s.id}</b>
            {s.owner ? t('monitor.epoch', { n: s.epoch }) : t('monitor.unowned')}
          </li>
        ))}
      </ul>
    </>
  )
}
