import { HistoryOutlined, RollbackOutlined } from '@ant-design/icons'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Card, Flex, Radio, Segmented, Spin, Table, Tag, Typography } from 'antd'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate, useParams, useSearchParams } from 'react-router'

import { getDraft, getVersion, getWorkflow, listVersions, restoreVersion, type Version } from '../../api/workflows'
import { difference } from '../../model/diff'
import { printYaml } from '../../model/print'
import { parseYaml } from '../../model/yaml'
import { ErrorBox, problemText } from '../../widgets/ErrorBox'
import { Page } from '../../widgets/Page'
import { TextDiff } from '../../widgets/TextDiff'
import { TimeText } from '../../widgets/TimeText'
import { useProject } from '../../widgets/useProject'
import { Changes } from '../editor/dialogs'
import { GraphDiff } from './GraphDiff'
import './versions.css'

// A side of a comparison: the number of a version, or the draft.
type Side = string

function useText(project: string, workflow: string, side: Side | undefined) {
  return useQuery({
    queryKey: ['workflow', project, workflow, 'text', side],
    queryFn: async () => (side === 'draft' ? await getDraft(project, workflow) : await getVersion(project, workflow, Number(side))).document,
    enabled: !!side,
    staleTime: side === 'draft' ? 0 : Infinity,
  })
}

// VersionsPage lists the versions of a workflow and compares two of them.
export function VersionsPage() {
  const { t } = useTranslation()
  const { message, modal } = App.useApp()
  const { workflow = '' } = useParams()
  const { name: project, base, can } = useProject()
  const go = useNavigate()
  const client = useQueryClient()
  const [address, setAddress] = useSearchParams()
  const detail = useQuery({ queryKey: ['workflow', project, workflow], queryFn: () => getWorkflow(project, workflow) })
  const list = useQuery({ queryKey: ['workflow', project, workflow, 'versions'], queryFn: () => listVersions(project, workflow) })
  const versions = useMemo(() => [...(list.data?.items ?? [])].sort((a, b) => b.version - a.version), [list.data])
  const draft = (detail.data?.hasDraft ?? false) && can('DEVELOPER')
  const newest = versions[0]?.version
  const to: Side | undefined = address.get('to') ?? (draft ? 'draft' : newest === undefined ? undefined : String(newest))
  const from: Side | undefined = address.get('from') ?? (draft ? (newest === undefined ? undefined : String(newest)) : versions[1] ? String(versions[1].version) : undefined)
  const view = address.get('view') ?? 'graph'
  const set = (key: string, value: string) => setAddress((a) => (a.set(key, value), a), { replace: true })
  const restore = useMutation({
    mutationFn: (version: number) => restoreVersion(project, workflow, version),
    onError: (e) => void message.error(problemText(e, t)),
    onSuccess() {
      void client.invalidateQueries({ queryKey: ['workflow', project, workflow] })
      void message.success(t('versions.restored'))
      void go(`${base}/workflows/${workflow}/edit`)
    },
  })
  type Line = Version | { version: 'draft'; created: null; modifiedBy: string; comment: string }
  const lines: Line[] = draft ? [{ version: 'draft', created: null, modifiedBy: '', comment: t('versions.draftAbout') }, ...versions] : versions
  return (
    <Page title={detail.data?.name ?? t('versions.title')} icon={<HistoryOutlined />} about={t('versions.about')} trail={[{ title: project, to: `${base}/workflows` }, { title: detail.data?.name ?? workflow, to: `${base}/workflows/${workflow}` }, { title: t('versions.title') }]}
      actions={<Button onClick={() => void go(`${base}/workflows/${workflow}/edit`)}>{can('DEVELOPER') ? t('common.edit') : t('editor.title')}</Button>}>
      <ErrorBox error={detail.error ?? list.error} onRetry={() => (void detail.refetch(), void list.refetch())} />
      <div className="versions">
        <Card className="versions-list" styles={{ body: { padding: 8 } }}>
          <Table<Line>
            size="small"
            rowKey="version"
            loading={list.isPending}
            dataSource={lines}
            pagination={lines.length > 100 ? { pageSize: 100 } : false}
            scroll={{ y: 'calc(100vh - 260px)' }}
            columns={[
              { title: t('versions.from'), key: 'from', width: 60, align: 'center', render: (_, v) => <Radio checked={from === String(v.version)} aria-label={`${t('versions.from')} ${v.version}`} onChange={() => set('from', String(v.version))} /> },
              { title: t('versions.to'), key: 'to', width: 60, align: 'center', render: (_, v) => <Radio checked={to === String(v.version)} aria-label={`${t('versions.to')} ${v.version}`} onChange={() => set('to', String(v.version))} /> },
              {
                title: t('versions.version'), key: 'version',
                render: (_, v) => (
                  <div>
                    <Flex gap={6} align="center" wrap>
                      <strong>{v.version === 'draft' ? t('workflows.draft') : `v${v.version}`}</strong>
                      {v.version === detail.data?.version && <Tag color="success">{t('versions.current')}</Tag>}
                      <span className="small muted">{v.modifiedBy} {v.created && <TimeText at={v.created} relative />}</span>
                    </Flex>
                    {v.comment && <Typography.Text type="secondary" className="small">{v.comment}</Typography.Text>}
                  </div>
                ),
              },
              {
                key: 'restore', width: 44,
                render: (_, v) =>
                  typeof v.version === 'number' && can('DEVELOPER') ? (
                    <Button type="text" icon={<RollbackOutlined />} title={t('versions.restore')} aria-label={`${t('versions.restore')} v${v.version}`}
                      onClick={() => modal.confirm({ title: t('versions.restoreAsk', { version: v.version }), content: draft ? t('versions.restoreOver') : t('versions.restoreAbout'), okText: t('versions.restore'), onOk: () => restore.mutateAsync(v.version as number).catch(() => undefined) })} />
                  ) : null,
              },
            ]}
          />
        </Card>
        <Card className="versions-diff" styles={{ body: { padding: 16 } }}>
          {from && to ? <Comparison project={project} workflow={workflow} from={from} to={to} view={view} onView={(v) => set('view', v)} /> : list.isSuccess && <Typography.Text type="secondary">{t('versions.oneOnly')}</Typography.Text>}
        </Card>
      </div>
    </Page>
  )
}

function Comparison({ project, workflow, from, to, view, onView }: { project: string; workflow: string; from: Side; to: Side; view: string; onView: (v: string) => void }) {
  const { t } = useTranslation()
  const a = useText(project, workflow, from)
  const b = useText(project, workflow, to)
  const before = useMemo(() => (a.data === undefined ? undefined : parseYaml(a.data)), [a.data])
  const after = useMemo(() => (b.data === undefined ? undefined : parseYaml(b.data)), [b.data])
  const name = (s: Side) => (s === 'draft' ? t('workflows.draft') : `v${s}`)
  const label = useMemo(() => ({ before: from === 'draft' ? t('workflows.draft') : `v${from}`, after: to === 'draft' ? t('workflows.draft') : `v${to}` }), [from, to, t])
  const docs = before?.doc && after?.doc ? { before: before.doc, after: after.doc } : undefined
  const changes = useMemo(() => docs && difference(docs.before, docs.after), [before, after]) // eslint-disable-line
  const shown = before && after && !docs ? 'text' : view
  return (
    <>
      <Flex justify="space-between" align="center" wrap gap={10} className="versions-head">
        <Typography.Title level={4} className="versions-title">
          {name(from)} → {name(to)}
        </Typography.Title>
        <Segmented value={shown} aria-label={t('versions.view')} onChange={onView} options={[{ value: 'graph', label: t('versions.graph') }, { value: 'words', label: t('editor.publish.words') }, { value: 'text', label: t('editor.publish.text') }]} />
      </Flex>
      <ErrorBox error={a.error ?? b.error} />
      <Spin spinning={a.isPending || b.isPending}>
        {docs && changes && shown === 'graph' && <GraphDiff before={docs.before} after={docs.after} changes={changes} />}
        {changes && shown === 'words' && <Changes of={changes} />}
        {a.data !== undefined && b.data !== undefined && shown === 'text' && <TextDiff before={before?.doc ? printYaml(before.doc) : a.data} after={after?.doc ? printYaml(after.doc) : b.data} label={label} height="calc(100vh - 300px)" />}
      </Spin>
    </>
  )
}
