import { useMutation, useQueryClient } from '@tanstack/react-query'
import { AutoComplete, Modal } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { setSorting, type Workflow } from '../../api/workflows'
import { ErrorBox } from '../../widgets/ErrorBox'
import { Field } from '../../widgets/form/Field'
import { KeyValues } from '../../widgets/KeyValues'
import { useFolders } from './FolderTree'

// SortingDialog puts a workflow into a folder and gives it labels.
export function SortingDialog({ project, workflow, onClose }: { project: string; workflow: Workflow; onClose: () => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const [folder, setFolder] = useState(workflow.folder)
  const [labels, setLabels] = useState(workflow.labels ?? {})
  const folders = useFolders(project)
  const save = useMutation({
    mutationFn: () => setSorting(project, workflow.id, { folder: folder.trim().replace(/^\/+|\/+$/g, ''), labels }),
    onSuccess() {
      void client.invalidateQueries({ queryKey: ['workflows', project] })
      onClose()
    },
  })
  return (
    <Modal open title={t('workflows.sortingOf', { name: workflow.name })} okText={t('common.save')} confirmLoading={save.isPending} onOk={() => save.mutate()} onCancel={onClose}>
      <ErrorBox error={save.error} />
      <Field label={t('workflows.folder')} help={t('workflows.folderHelp')}>
        {(id) => <AutoComplete id={id} className="wide" value={folder} onChange={setFolder} placeholder="sales/daily" options={(folders.data?.items ?? []).filter((f) => f.folder).map((f) => ({ value: f.folder }))} />}
      </Field>
      <Field label={t('workflows.labels')}>{(id) => <KeyValues id={id} value={labels} onChange={setLabels} />}</Field>
    </Modal>
  )
}
