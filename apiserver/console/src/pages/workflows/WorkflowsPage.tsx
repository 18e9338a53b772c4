import {
  CopyOutlined, DeleteOutlined, DownloadOutlined, EditOutlined, FolderOutlined, HistoryOutlined, ImportOutlined, MoreOutlined, PartitionOutlined, PlayCircleOutlined,
  PlusOutlined, RetweetOutlined, StopOutlined, ThunderboltOutlined,
} from '@ant-design/icons'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { App, Button, Card, Dropdown, Empty, Flex, Input, Segmented, Select, Switch, Table, Tag, Tooltip, Typography, type MenuProps } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate } from 'react-router'

import { batch, copyWorkflow, exportAddress, setOnline, type Workflow } from '../../api/workflows'
import { ErrorBox, problemText } from '../../widgets/ErrorBox'
import { Page } from '../../widgets/Page'
import { Pager } from '../../widgets/Pager'
import { BackfillDialog, RunDialog } from '../../widgets/RunDialog'
import { StateTag } from '../../widgets/StateTag'
import { TimeText } from '../../widgets/TimeText'
import { useProject } from '../../widgets/useProject'
import { FolderTree } from './FolderTree'
import { ImportDialog } from './ImportDialog'
import { SortingDialog } from './SortingDialog'
import { useListed } from './useListed'
import './workflows.css'

type Opened = { what: 'run' | 'backfill' | 'sorting'; workflow: Workflow } | { what: 'import' } | undefined

// WorkflowsPage lists the workflows of a project.
export function WorkflowsPage() {
  const { t } = useTranslation()
  const { name: project, base, can, error } = useProject()
  const go = useNavigate()
  const listed = useListed(project)
  const [chosen, setChosen] = useState<number[]>([])
  const [opened, setOpened] = useState<Opened>()
  const close = () => setOpened(undefined)
  const rows = listed.list.data?.items ?? []
  const nothing = listed.list.isSuccess && rows.length === 0 && !listed.filtered && listed.pager.page === 0
  return (
    <Page
      title={t('nav.workflows')}
      icon={<PartitionOutlined />}
      actions={
        can('DEVELOPER') && (
          <>
            <Button icon={<ImportOutlined />} onClick={() => setOpened({ what: 'import' })}>
              {t('workflows.import')}
            </Button>
            <Button type="primary" icon={<PlusOutlined />} onClick={() => void go(`${base}/workflows/new`)}>
              {t('workflows.new')}
            </Button>
          </>
        )
      }
    >
      <ErrorBox error={error ?? listed.list.error} onRetry={() => void listed.list.refetch()} />
      {nothing ? (
        <Welcome base={base} mayMake={can('DEVELOPER')} onImport={() => setOpened({ what: 'import' })} />
      ) : (
        <div className="workflows">
          <FolderTree project={project} value={listed.folder} onChange={(f) => listed.set('folder', f)} />
          <Card className="workflows-card" styles={{ body: { padding: 16 } }}>
            {chosen.length > 0 ? <BatchBar project={project} ids={chosen} onDone={() => setChosen([])} /> : <Filters listed={listed} />}
            <Table<Workflow>
              rowKey="id"
              size="middle"
              loading={listed.list.isFetching && listed.list.isPlaceholderData}
              dataSource={rows}
              pagination={false}
              scroll={{ x: 900 }}
              rowSelection={{ selectedRowKeys: chosen, onChange: (keys) => setChosen(keys as number[]), preserveSelectedRowKeys: true, columnWidth: 42 }}
              locale={{ emptyText: <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('workflows.noneFound')} /> }}
              columns={[
                { title: t('common.name'), key: 'name', render: (_, w) => <NameCell w={w} base={base} onLabel={(l) => listed.set('label', [...new Set([...listed.labels, l])])} /> },
                { title: t('workflows.online'), key: 'online', width: 80, render: (_, w) => <OnlineSwitch project={project} w={w} may={can('DEVELOPER')} /> },
                { title: t('workflows.last'), key: 'last', width: 180, render: (_, w) => <LastCell w={w} base={base} /> },
                { title: t('workflows.next'), key: 'next', width: 140, render: (_, w) => <NextCell w={w} /> },
                { title: t('workflows.updated'), key: 'updated', width: 120, render: (_, w) => <span className="small">{w.modifiedBy || w.owner}<br /><span className="muted"><TimeText at={w.updated} relative /></span></span> },
                { key: 'actions', width: 116, align: 'end', fixed: 'right', render: (_, w) => <Actions w={w} base={base} project={project} can={can} onOpen={setOpened} /> },
              ]}
            />
            <Pager pager={listed.pager} shown={rows.length} total={listed.list.data?.total} next={listed.list.data?.next} />
          </Card>
        </div>
      )}
      {opened?.what === 'import' && <ImportDialog project={project} onClose={close} />}
      {opened?.what === 'run' && <RunDialog project={project} workflow={opened.workflow} onClose={close} />}
      {opened?.what === 'backfill' && <BackfillDialog project={project} workflow={opened.workflow} onClose={close} />}
      {opened?.what === 'sorting' && <SortingDialog project={project} workflow={opened.workflow} onClose={close} />}
    </Page>
  )
}

// Welcome helps those who have nothing yet.
function Welcome({ base, mayMake, onImport }: { base: string; mayMake: boolean; onImport: () => void }) {
  const { t } = useTranslation()
  const go = useNavigate()
  return (
    <Card className="welcome">
      <PartitionOutlined className="welcome-icon" aria-hidden />
      <Typography.Title level={2}>{t('workflows.welcome')}</Typography.Title>
      <Typography.Paragraph type="secondary">{t('workflows.welcomeAbout')}</Typography.Paragraph>
      {mayMake && (
        <>
          <ol className="welcome-steps">
            {[1, 2, 3].map((n) => (
              <li key={n}>
                <strong>{t(`workflows.step${n}`)}</strong>
                <span className="muted">{t(`workflows.step${n}About`)}</span>
              </li>
            ))}
          </ol>
          <Flex gap={10} justify="center" wrap>
            <Button type="primary" size="large" icon={<PlusOutlined />} onClick={() => void go(`${base}/workflows/new`)}>
              {t('workflows.first')}
            </Button>
            <Button size="large" icon={<ImportOutlined />} onClick={onImport}>
              {t('workflows.import')}
            </Button>
          </Flex>
        </>
      )}
    </Card>
  )
}

function Filters({ listed }: { listed: ReturnType<typeof useListed> }) {
  const { t } = useTranslation()
  const known = [...new Set((listed.list.data?.items ?? []).flatMap((w) => Object.entries(w.labels ?? {}).map(([k, v]) => `${k}=${v}`)))]
  return (
    <Flex gap={10} wrap className="workflows-bar">
      <Input.Search key={listed.search} allowClear className="search" defaultValue={listed.search} placeholder={t('common.search')} aria-label={t('common.search')} onSearch={(v) => listed.set('search', v.trim())} />
      <Select mode="tags" className="workflows-labels" value={listed.labels} maxTagCount="responsive" placeholder={t('workflows.labelFilter')} aria-label={t('workflows.labelFilter')} options={known.map((v) => ({ value: v }))} onChange={(v: string[]) => listed.set('label', v.filter((x) => x.includes('=')))} />
      <Segmented value={listed.online || 'all'} aria-label={t('workflows.online')} onChange={(v) => listed.set('online', v === 'all' ? '' : v)} options={[{ value: 'all', label: t('workflows.all') }, { value: 'true', label: t('workflows.online') }, { value: 'false', label: t('workflows.offline') }]} />
      <Select value={listed.sort} aria-label={t('workflows.sort')} onChange={(v: string) => listed.set('sort', v === 'name' ? '' : v)} options={['name', '-updated', 'updated', 'created'].map((v) => ({ value: v, label: t(`workflows.sorts.${v}`) }))} />
    </Flex>
  )
}

function NameCell({ w, base, onLabel }: { w: Workflow; base: string; onLabel: (label: string) => void }) {
  const { t } = useTranslation()
  return (
    <div>
      <Flex gap={8} align="center" wrap>
        <Link className="workflow-name" to={`${base}/workflows/${w.id}`}>
          {w.name}
        </Link>
        {w.version > 0 ? <span className="muted small">v{w.version}</span> : <Tag>{t('workflows.neverPublished')}</Tag>}
        {w.hasDraft && w.version > 0 && <Tag color="warning">{t('workflows.draft')}</Tag>}
      </Flex>
      {w.description && (
        <Typography.Text type="secondary" className="small" ellipsis={{ tooltip: w.description }}>
          {w.description}
        </Typography.Text>
      )}
      {(w.folder || Object.keys(w.labels ?? {}).length > 0) && (
        <Flex gap={4} wrap className="workflow-labels">
          {w.folder && <span className="muted small"><FolderOutlined /> {w.folder}</span>}
          {Object.entries(w.labels ?? {}).map(([k, v]) => (
            <button type="button" key={k} className="label" onClick={() => onLabel(`${k}=${v}`)}>
              {k}={v}
            </button>
          ))}
        </Flex>
      )}
    </div>
  )
}

function OnlineSwitch({ project, w, may }: { project: string; w: Workflow; may: boolean }) {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const client = useQueryClient()
  const change = useMutation({
    mutationFn: (online: boolean) => setOnline(project, w.id, online),
    onError: (e) => void message.error(problemText(e, t)),
    onSettled: () => client.invalidateQueries({ queryKey: ['workflows', project] }),
  })
  return (
    <Tooltip title={w.version === 0 ? t('editor.publishFirst') : undefined}>
      <Switch size="small" checked={w.online} loading={change.isPending} disabled={!may || w.version === 0} aria-label={t('workflows.onlineOf', { name: w.name })} onChange={(v) => change.mutate(v)} />
    </Tooltip>
  )
}

function LastCell({ w, base }: { w: Workflow; base: string }) {
  const { t } = useTranslation()
  if (!w.last) return <span className="muted">{t('workflows.neverRan')}</span>
  return (
    <Link to={`${base}/instances/${w.last.id}`} className="last">
      <StateTag state={w.last.state} />
      <span className="muted small"><TimeText at={w.last.started} relative /></span>
    </Link>
  )
}

function NextCell({ w }: { w: Workflow }) {
  const due = (w.schedules ?? []).filter((s) => s.online && s.nextDue).map((s) => s.nextDue!).sort()[0]
  if (!due) return <span className="muted">–</span>
  return <TimeText at={due} seconds={false} />
}

interface ActionsProps {
  w: Workflow
  base: string
  project: string
  can: ReturnType<typeof useProject>['can']
  onOpen: (o: Opened) => void
}

function Actions({ w, base, project, can, onOpen }: ActionsProps) {
  const { t } = useTranslation()
  const { message, modal } = App.useApp()
  const go = useNavigate()
  const client = useQueryClient()
  const fresh = () => client.invalidateQueries({ queryKey: ['workflows', project] })
  const fail = (e: unknown) => void message.error(problemText(e, t))
  const runs = can('OPERATOR') && w.online
  const items: MenuProps['items'] = [
    { key: 'backfill', icon: <RetweetOutlined />, label: t('start.backfill'), disabled: !runs, onClick: () => onOpen({ what: 'backfill', workflow: w }) },
    { key: 'versions', icon: <HistoryOutlined />, label: t('versions.title'), onClick: () => void go(`${base}/workflows/${w.id}/versions`) },
    { key: 'export', icon: <DownloadOutlined />, label: <a href={exportAddress(project, [w.id])} download>{t('workflows.export')}</a> },
    ...(can('DEVELOPER')
      ? [
          { key: 'copy', icon: <CopyOutlined />, label: t('workflows.copy'), onClick: () => void copyWorkflow(project, w.id).then((made) => (fresh(), message.success(t('workflows.copied', { name: made.name }))), fail) },
          { key: 'sorting', icon: <FolderOutlined />, label: t('workflows.sorting'), onClick: () => onOpen({ what: 'sorting', workflow: w }) },
          { type: 'divider' as const },
          {
            key: 'delete', icon: <DeleteOutlined />, danger: true, label: t('common.delete'),
            onClick: () => modal.confirm({ title: t('workflows.deleteOne', { name: w.name }), content: t('workflows.deleteAbout'), okText: t('common.delete'), okButtonProps: { danger: true }, onOk: () => batch(project, [w.id], 'DELETE').then((r) => (void fresh(), (r.failed ?? []).forEach((f) => void message.error(f.message))), fail) }),
          },
        ]
      : []),
  ]
  return (
    <Flex gap={2} justify="end">
      {can('OPERATOR') && (
        <Tooltip title={w.online ? t('start.run') : t('editor.onlineFirst')}>
          <Button type="text" icon={<PlayCircleOutlined />} disabled={!w.online} aria-label={t('start.title', { name: w.name })} onClick={() => onOpen({ what: 'run', workflow: w })} />
        </Tooltip>
      )}
      <Tooltip title={can('DEVELOPER') ? t('common.edit') : t('editor.title')}>
        <Button type="text" icon={<EditOutlined />} aria-label={`${t('common.edit')} ${w.name}`} onClick={() => void go(`${base}/workflows/${w.id}/edit`)} />
      </Tooltip>
      <Dropdown trigger={['click']} menu={{ items }}>
        <Button type="text" icon={<MoreOutlined />} aria-label={`${t('editor.moreActions')} ${w.name}`} />
      </Dropdown>
    </Flex>
  )
}

// BatchBar does one thing with many workflows.
function BatchBar({ project, ids, onDone }: { project: string; ids: number[]; onDone: () => void }) {
  const { t } = useTranslation()
  const { message, modal } = App.useApp()
  const { can } = useProject()
  const client = useQueryClient()
  const run = useMutation({
    mutationFn: (action: string) => batch(project, ids, action),
    onError: (e) => void message.error(problemText(e, t)),
    onSuccess(r) {
      void client.invalidateQueries({ queryKey: ['workflows', project] })
      const failed = r.failed ?? []
      if (failed.length === 0) void message.success(t('workflows.batchDone', { count: r.done?.length ?? 0 }))
      else
        modal.warning({
          title: t('workflows.batchPart', { done: r.done?.length ?? 0, failed: failed.length }),
          content: (
            <ul className="error-fields">
              {failed.slice(0, 50).map((f) => (
                <li key={f.id}>#{f.id} {f.message}</li>
              ))}
            </ul>
          ),
        })
      onDone()
    },
  })
  const act = (action: string) => run.mutate(action)
  return (
    <Flex gap={8} align="center" wrap className="workflows-bar batch" role="toolbar" aria-label={t('workflows.chosen', { count: ids.length })}>
      <strong>{t('workflows.chosen', { count: ids.length })}</strong>
      {can('DEVELOPER') && <Button icon={<ThunderboltOutlined />} onClick={() => act('ONLINE')}>{t('workflows.goOnline')}</Button>}
      {can('DEVELOPER') && <Button icon={<StopOutlined />} onClick={() => act('OFFLINE')}>{t('workflows.goOffline')}</Button>}
      {can('OPERATOR') && <Button icon={<PlayCircleOutlined />} onClick={() => act('RUN')}>{t('start.run')}</Button>}
      <Button icon={<DownloadOutlined />} href={exportAddress(project, ids)} download>{t('workflows.export')}</Button>
      {can('DEVELOPER') && (
        <Button danger icon={<DeleteOutlined />} onClick={() => modal.confirm({ title: t('workflows.deleteMany', { count: ids.length }), content: t('workflows.deleteAbout'), okText: t('common.delete'), okButtonProps: { danger: true }, onOk: () => run.mutateAsync('DELETE').catch(() => undefined) })}>
          {t('common.delete')}
        </Button>
      )}
      <Button type="text" onClick={onDone}>{t('common.cancel')}</Button>
    </Flex>
  )
}
