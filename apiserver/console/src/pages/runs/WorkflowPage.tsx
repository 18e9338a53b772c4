import { BranchesOutlined, CalendarOutlined, CaretRightOutlined, EditOutlined, HistoryOutlined, PartitionOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Button, Empty, Flex, Tag, Typography } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useParams } from 'react-router'

import { instances, schedules, workflow } from '../../api/runs'
import { ErrorBox } from '../../widgets/ErrorBox'
import { OnlineTag } from '../../widgets/OnlineTag'
import { Page } from '../../widgets/Page'
import { PageAwaited } from '../../widgets/PageAwaited'
import { BackfillDialog, RunDialog } from '../../widgets/RunDialog'
import { StateTag } from '../../widgets/StateTag'
import { ago, durationText, TimeText } from '../../widgets/TimeText'
import { useProject } from '../../widgets/useProject'
import '../../widgets/crud.css'
import { cronWords } from '../schedules/cron'
import { HistoryGrid } from './HistoryGrid'
import { lasted, useNow } from './useNow'
import './runs.css'

// WorkflowPage tells how a workflow does: its last runs, and its next.
export function WorkflowPage() {
  const { t, i18n } = useTranslation()
  const { name: project, base, can } = useProject()
  const { workflow: id = '' } = useParams()
  const query = useQuery({ queryKey: ['workflow', project, id], queryFn: () => workflow(project, id) })
  const w = query.data
  const [starting, setStarting] = useState<'run' | 'backfill' | null>(null)
  const runs = useQuery({
    queryKey: ['instances', project, { workflow: w?.id }, 'last'],
    queryFn: () => instances(project, { workflow: w!.id }, { limit: 10 }),
    enabled: w !== undefined,
    refetchInterval: 5000,
  })
  const plans = useQuery({ queryKey: ['schedules', project, w?.id], queryFn: () => schedules(project, { workflow: w!.id }), enabled: w !== undefined })
  const now = useNow(runs.data?.items.some((r) => !r.ended) ?? false)
  const trail = [{ title: project, to: `${base}/workflows` }, { title: t('nav.workflows'), to: `${base}/workflows` }]
  if (!w) return <PageAwaited title={t('runs.workflow')} trail={trail} query={query} />
  const here = `${base}/workflows/${w.id}`
  return (
    <Page
      title={w.name}
      icon={<PartitionOutlined />}
      about={w.description}
      trail={trail}
      extra={
        <>
          <OnlineTag online={w.online} />
          {w.hasDraft && <Tag>{t('runs.hasDraft')}</Tag>}
          {Object.entries(w.labels ?? {}).map(([k, v]) => (
            <Tag key={k}>
              {k}={v}
            </Tag>
          ))}
        </>
      }
      actions={
        <>
          {can('OPERATOR') && w.online && (
            <>
              <Button icon={<HistoryOutlined />} onClick={() => setStarting('backfill')}>
                {t('runs.backfill')}
              </Button>
              <Button icon={<CaretRightOutlined />} onClick={() => setStarting('run')}>
                {t('runs.start')}
              </Button>
            </>
          )}
          <Link to={`${here}/versions`}>
            <Button icon={<BranchesOutlined />}>{t('runs.versions', { version: w.version })}</Button>
          </Link>
          <Link to={`${here}/edit`}>
            <Button icon={<EditOutlined />} type="primary">
              {t(can('DEVELOPER') ? 'runs.openEditor' : 'runs.openGraph')}
            </Button>
          </Link>
        </>
      }
    >
      {starting === 'run' && <RunDialog project={project} workflow={w} onClose={() => setStarting(null)} />}
      {starting === 'backfill' && <BackfillDialog project={project} workflow={w} onClose={() => setStarting(null)} />}
      <section className="panel block">
        <Flex justify="space-between" align="center">
          <Typography.Title level={2} className="block-title">
            <HistoryOutlined aria-hidden /> {t('runs.history')}
          </Typography.Title>
          <Link to={`${base}/instances?workflow=${w.id}`}>{t('runs.allRuns')}</Link>
        </Flex>
        <HistoryGrid project={project} base={base} workflow={w.id} />
      </section>
      <div className="halves">
        <section className="panel block">
          <Typography.Title level={2} className="block-title">
            {t('runs.lastRuns')}
          </Typography.Title>
          <ErrorBox error={runs.error} onRetry={() => void runs.refetch()} />
          <ul className="rows">
            {runs.data?.items.map((r) => (
              <li key={r.id}>
                <StateTag state={r.state} />
                <Link to={`${base}/instances/${r.id}`} className="rows-main">
                  {r.name}
                </Link>
                <span className="time muted">{durationText(lasted(r, now))}</span>
                <TimeText at={r.started} relative />
              </li>
            ))}
          </ul>
          {runs.data?.items.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('runs.noRuns')} />}
        </section>
        <section className="panel block">
          <Flex justify="space-between" align="center">
            <Typography.Title level={2} className="block-title">
              <CalendarOutlined aria-hidden /> {t('runs.nextFires')}
            </Typography.Title>
            <Link to={`${base}/schedules?workflow=${w.id}`}>{t('nav.schedules')}</Link>
          </Flex>
          <ErrorBox error={plans.error} onRetry={() => void plans.refetch()} />
          {plans.data?.items.map((s) => (
            <div key={s.id} className="fires">
              <Flex gap={8} align="center" wrap>
                <OnlineTag online={s.online} />
                <Link to={`${base}/schedules/${s.id}`}>
                  <strong>{cronWords(s.cron, i18n.language)}</strong>
                </Link>
                <span className="muted">{s.timezone}</span>
              </Flex>
              <ul className="rows">
                {(s.online ? s.next : []).slice(0, 5).map((at) => (
                  <li key={at}>
                    <span className="rows-main">
                      <TimeText at={at} />
                    </span>
                    <span className="muted">{ago(at, i18n.language)}</span>
                  </li>
                ))}
              </ul>
            </div>
          ))}
          {plans.data?.items.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('runs.noSchedule')} />}
        </section>
      </div>
    </Page>
  )
}
