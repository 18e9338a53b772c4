import { Form, Input } from 'antd'
import { useTranslation } from 'react-i18next'

import { createFolder, files, type FileKind, type Resource } from '../../api/admin'
import { FormDrawer } from '../../widgets/FormDrawer'

interface Props {
  kind: FileKind
  folder: number // where a new one is made
  row?: Resource // else this is renamed or described
  onClose: () => void
  onSaved: () => Promise<void>
}

// FolderForm makes a folder, or renames and describes a folder or file.
export function FolderForm({ kind, folder, row, onClose, onSaved }: Props) {
  const { t } = useTranslation()
  async function save(values: object) {
    const { name, description = '' } = values as { name: string; description?: string }
    if (row) await files.update(row.id, { name, description })
    else await createFolder({ kind, parentId: folder, name, description })
    await onSaved()
    onClose()
  }
  return (
    <FormDrawer title={row ? `${t('files.rename')} · ${row.fullName}` : t('files.newFolder')} initial={row ?? {}} onClose={onClose} onSubmit={save}>
      <Form.Item name="name" label={t('common.name')} rules={[{ required: true }, { max: 64 }]}>
        <Input autoFocus />
      </Form.Item>
      <Form.Item name="description" label={t('common.description')} rules={[{ max: 255 }]}>
        <Input.TextArea autoSize={{ minRows: 2 }} />
      </Form.Item>
    </FormDrawer>
  )
}
