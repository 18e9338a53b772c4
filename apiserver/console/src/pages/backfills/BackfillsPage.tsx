import { HistoryOutlined } from '@ant-design/icons'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { backfills, type Backfill } from '../../api/runs'
import '../../widgets/crud.css'
import { ErrorBox } from '../../widgets/ErrorBox'
import { ListTable } from '../../widgets/ListTable'
import { Page } from '../../widgets/Page'
import { Pager, usePager } from '../../widgets/Pager'
import { StateTag } from '../../widgets/StateTag'
import { TimeText } from '../../widgets/TimeText'
import { useProject } from '../../widgets/useProject'
import '../runs/runs.css'
import { BackfillActions, BackfillBar, going } from './BackfillBar'
import './backfills.css'

// BackfillsPage lists runs for past dates.
export function BackfillsPage() {
  const { t } = useTranslation()
  const { name: project, base } = useProject()
  const pager = usePager(project)
  const page = { limit: pager.limit, cursor: pager.cursor }
  const query = useQuery({
    queryKey: ['backfills', project, page],
    queryFn: () => backfills(project, page),
    placeholderData: keepPreviousData,
    refetchInterval: (q) => (q.state.data?.items.some(going) ? 3000 : 15_000),
  })
  return (
    <Page title={t('nav.backfills')} icon={<HistoryOutlined />} about={t('backfills.about')} trail={[{ title: project, to: base }]}>
      <div className="panel">
        <ErrorBox error={query.error} onRetry={() => void query.refetch()} />
        <ListTable<Backfill>
          rowKey="id"
          loading={query.isPending}
          dataSource={query.data?.items}
          none={t('backfills.none')}
          columns={[
            { title: t('runs.state'), dataIndex: 'state', width: 140, render: (s: string) => <StateTag state={s} /> },
            { title: t('runs.backfill'), dataIndex: 'id', render: (id: number, b) => <Link to={`${base}/backfills/${id}`}>{`#${id} ${b.workflow}`}</Link> },
            { title: t('runs.progress'), key: 'progress', render: (_, b) => <BackfillBar of={b} /> },
            { title: t('backfills.parallel'), dataIndex: 'parallel', align: 'end', render: (n: number) => (n === 0 ? t('backfills.all') : n) },
            { title: t('runs.started'), dataIndex: 'created', render: (at: string | null) => <TimeText at={at} /> },
            { title: <span className="unseen">{t('crud.actions')}</span>, key: 'actions', align: 'end', fixed: 'end', render: (_, b) => <BackfillActions project={project} of={b} small /> },
          ]}
        />
        <Pager pager={pager} shown={query.data?.items.length ?? 0} next={query.data?.next} />
      </div>
    </Page>
  )
}
