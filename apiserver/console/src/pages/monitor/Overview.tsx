import { CheckCircleFilled, CloseCircleFilled, WarningFilled } from '@ant-design/icons'
import { Descriptions, Flex, Typography } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import type { Servers, WorkerServer } from '../../api/admin'
import { sizeText } from '../files/size'

type Health = 'good' | 'odd' | 'bad'

const signs: Record<Health, ReactNode> = { good: <CheckCircleFilled />, odd: <WarningFilled />, bad: <CloseCircleFilled /> }

// Overview is how everything is, at a glance.
export function Overview({ servers }: { servers: Servers }) {
  const { t } = useTranslation()
  const { database: d, etcd, workers, masters, apiservers } = servers
  const slots = workers.reduce((n, w) => n + w.slots, 0)
  const running = workers.reduce((n, w) => n + w.running, 0)
  const health = (list: unknown[]): Health => (list.length > 0 ? 'good' : 'bad')
  return (
    <div className="tiles">
      <Tile title={t('monitor.masters')} to="/monitor/masters" health={health(masters)} main={masters.length} about={t('monitor.ownShards', { count: masters.reduce((n, m) => n + m.shards.length, 0) })} />
      <Tile title={t('monitor.workers')} to="/monitor/workers" health={health(workers)} main={workers.length} about={t('monitor.slotsUsed', { used: running, all: slots })} problem={fullest(workers) ? t('monitor.diskLow', { name: fullest(workers) }) : undefined} />
      <Tile title={t('monitor.apiservers')} to="/monitor/apiservers" health={health(apiservers)} main={apiservers.length} about={t('monitor.answer')} />
      <Tile title={t('monitor.database')} health={d.up ? 'good' : 'bad'} main={d.up ? name(d.kind) : t('monitor.away')}>
        <Descriptions
          column={1}
          size="small"
          items={[
            { label: t('monitor.roundTrip'), children: ms(d.roundTripMs) },
            { label: t('monitor.connections'), children: d.maxConnections > 0 ? `${d.connections} / ${d.maxConnections}` : d.connections },
            { label: t('monitor.size'), children: sizeText(d.sizeBytes) },
            { label: t('monitor.schema'), children: d.schema },
          ]}
        />
      </Tile>
      <Tile title="etcd" health={etcdHealth(etcd)} main={etcd.healthy ? t('monitor.healthy') : t('monitor.away')}>
        <Descriptions
          column={1}
          size="small"
          items={[
            { label: t('monitor.roundTrip'), children: ms(etcd.roundTripMs) },
            { label: t('monitor.registered'), children: etcd.members },
            ...etcd.servers.map((s) => ({
              label: s.addr || s.name,
              children: s.up ? [t(`monitor.modes.${s.mode || 'none'}`), s.version, sizeText(s.sizeBytes)].join(' · ') : t('monitor.away'),
            })),
          ]}
        />
      </Tile>
    </div>
  )
}

const names: Record<string, string> = { mysql: 'MySQL', mariadb: 'MariaDB', sqlite: 'SQLite' }
const name = (kind: string) => names[kind.toLowerCase()] ?? kind
const ms = (n: number) => `${n < 10 ? n.toFixed(2) : Math.round(n)} ms`

// etcdHealth also says when a part of the cluster is away.
function etcdHealth(etcd: Servers['etcd']): Health {
  if (!etcd.healthy) return 'bad'
  return etcd.servers.every((s) => s.up && !s.problem) ? 'good' : 'odd'
}

// fullest names a worker with little room on its disk.
function fullest(workers: WorkerServer[]): string | undefined {
  return workers.find((w) => w.freeBytes > 0 && w.freeBytes < 2 ** 30)?.addr
}

interface TileProps {
  title: string
  to?: string
  health: Health
  main: ReactNode
  about?: string
  problem?: string
  children?: ReactNode
}

function Tile({ title, to, health, main, about, problem, children }: TileProps) {
  const { t } = useTranslation()
  const state = problem && health === 'good' ? 'odd' : health
  return (
    <section className={`tile tile-${state}`}>
      <Flex justify="space-between" align="center">
        <Typography.Title level={2} className="tile-title">
          {to ? <Link to={to}>{title}</Link> : title}
        </Typography.Title>
        <span className="tile-sign" role="img" aria-label={t(`monitor.${state}`)}>
          {signs[state]}
        </span>
      </Flex>
      <div className="tile-main">{main}</div>
      {about && <div className="muted">{about}</div>}
      {problem && <div className="tile-problem">{problem}</div>}
      {children}
    </section>
  )
}
