import { DownloadOutlined, EditOutlined, FileOutlined, FileTextOutlined, FileZipOutlined, FolderFilled, ScissorOutlined, TeamOutlined } from '@ant-design/icons'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Button, Flex, Tooltip, type TableColumnsType } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { files, grantsOf, listFiles, type FileKind, type Resource } from '../../api/admin'
import { useSession } from '../../app/session'
import { DeleteButton } from '../../widgets/Crud'
import { ErrorBox } from '../../widgets/ErrorBox'
import { Grants } from '../../widgets/Grants'
import { ListTable } from '../../widgets/ListTable'
import { Pager, usePager } from '../../widgets/Pager'
import { TimeText } from '../../widgets/TimeText'
import { FolderForm } from './FolderForm'
import { MoveDialog } from './MoveDialog'
import { sizeText } from './size'

interface Props {
  kind: FileKind
  folder: number
  search: string // in all folders below
  addressOf: (folder: number) => string
  onChanged: () => Promise<void>
}

const packed = /\.(jar|zip|gz|tgz|tar|xz|bz2|7z)$/i
const text = /\.(sh|py|sql|txt|json|ya?ml|xml|properties|conf|cfg|md|csv|log|hql|ini)$/i

function Icon({ row }: { row: Resource }) {
  if (row.directory) return <FolderFilled className="folder-icon" />
  if (packed.test(row.name)) return <FileZipOutlined />
  return text.test(row.name) ? <FileTextOutlined /> : <FileOutlined />
}

// FileTable lists a folder, folders first.
export function FileTable({ kind, folder, search, addressOf, onChanged }: Props) {
  const { t } = useTranslation()
  const pager = usePager(`${kind} ${folder} ${search}`)
  const [editing, setEditing] = useState<Resource | null>(null)
  const [moving, setMoving] = useState<Resource | null>(null)
  const [granting, setGranting] = useState<Resource | null>(null)
  const asked = { kind, parent: folder, search, limit: pager.limit, cursor: pager.cursor }
  const list = useQuery({ queryKey: ['/files', asked], queryFn: () => listFiles(asked), placeholderData: keepPreviousData })
  const columns: TableColumnsType<Resource> = [
    {
      title: t('common.name'),
      dataIndex: 'name',
      render: (name: string, row) => (
        <Link to={row.directory ? addressOf(row.id) : `/files/${row.id}`} className="file-name">
          <Icon row={row} /> {search ? row.fullName : name}
        </Link>
      ),
    },
    { title: t('files.size'), dataIndex: 'size', align: 'end', render: (size: number) => sizeText(size) },
    { title: t('common.description'), dataIndex: 'description', className: 'wide-text' },
    { title: t('common.owner'), dataIndex: 'owner' },
    { title: t('files.updated'), dataIndex: 'updated', render: (at: string) => <TimeText at={at} /> },
    {
      title: <span className="unseen">{t('crud.actions')}</span>,
      key: 'actions',
      align: 'end',
      fixed: 'end',
      render: (_, row) => <Actions row={row} onEdit={() => setEditing(row)} onMove={() => setMoving(row)} onGrant={() => setGranting(row)} onChanged={onChanged} />,
    },
  ]
  return (
    <>
      <ErrorBox error={list.error} onRetry={() => void list.refetch()} />
      <ListTable<Resource>
        rowKey="id"
        loading={list.isPending}
        dataSource={list.data?.items}
        columns={columns}
        none={t(search ? 'crud.noneFound' : 'files.none')}
      />
      <Pager pager={pager} shown={list.data?.items.length ?? 0} total={list.data?.total} next={list.data?.next} />
      {editing && <FolderForm kind={kind} folder={folder} row={editing} onClose={() => setEditing(null)} onSaved={onChanged} />}
      {moving && <MoveDialog kind={kind} row={moving} onClose={() => setMoving(null)} onMoved={onChanged} />}
      {granting && <Grants name={granting.fullName} about={t(granting.directory ? 'files.grantFolder' : 'files.grantFile')} api={grantsOf(`/files/${granting.id}`)} onClose={() => setGranting(null)} />}
    </>
  )
}

function Actions({ row, onEdit, onMove, onGrant, onChanged }: { row: Resource; onEdit: () => void; onMove: () => void; onGrant: () => void; onChanged: () => Promise<void> }) {
  const { t } = useTranslation()
  const { me } = useSession()
  const mine = me.admin || row.ownerId === me.id
  return (
    <Flex gap={2} justify="end">
      {!row.directory && (
        <Tooltip title={t('files.download')}>
          <Button type="text" size="small" icon={<DownloadOutlined />} href={`/api/v1/files/${row.id}/download`} download={row.name} aria-label={`${t('files.download')} ${row.name}`} />
        </Tooltip>
      )}
      {mine && (
        <>
          <Tooltip title={t('grants.title')}>
            <Button type="text" size="small" icon={<TeamOutlined />} aria-label={`${t('grants.title')} ${row.name}`} onClick={onGrant} />
          </Tooltip>
          <Tooltip title={t('files.rename')}>
            <Button type="text" size="small" icon={<EditOutlined />} aria-label={`${t('files.rename')} ${row.name}`} onClick={onEdit} />
          </Tooltip>
          <Tooltip title={t('files.move')}>
            <Button type="text" size="small" icon={<ScissorOutlined />} aria-label={`${t('files.move')} ${row.name}`} onClick={onMove} />
          </Tooltip>
          <DeleteButton name={row.fullName} about={t(row.directory ? 'files.deleteFolder' : 'files.deleteFile')} remove={() => files.remove(row.id)} onDone={onChanged} />
        </>
      )}
    </Flex>
  )
}
