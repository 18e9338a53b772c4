import { useMutation, useQuery } from '@tanstack/react-query'
import { App, Modal, Skeleton } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { files, foldersTo, type FileKind, type Resource } from '../../api/admin'
import { ErrorBox } from '../../widgets/ErrorBox'
import { FolderTree } from './FolderTree'

interface Props {
  kind: FileKind
  row: Resource
  onClose: () => void
  onMoved: () => Promise<void>
}

// MoveDialog puts a file or folder into another folder.
export function MoveDialog({ kind, row, onClose, onMoved }: Props) {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const [to, setTo] = useState(row.parentId)
  const way = useQuery({ queryKey: ['/files', 'way', row.parentId], queryFn: () => foldersTo(row.parentId) })
  const move = useMutation({
    mutationFn: () => files.update(row.id, { name: row.name, description: row.description, parentId: to }),
    async onSuccess(moved) {
      void message.success(t('files.moved', { name: moved.fullName }))
      await onMoved()
      onClose()
    },
  })
  return (
    <Modal open title={t('files.moveTitle', { name: row.fullName })} okText={t('files.moveHere')} okButtonProps={{ disabled: to === row.parentId }} confirmLoading={move.isPending} onOk={() => move.mutate()} onCancel={onClose}>
      <p className="muted">{t('files.moveAbout')}</p>
      <ErrorBox error={way.error ?? move.error} />
      <div className="move-tree">{way.data ? <FolderTree kind={kind} folder={to} way={way.data} without={row.id} onOpen={setTo} /> : <Skeleton active />}</div>
    </Modal>
  )
}
