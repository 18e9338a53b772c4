import { FolderOpenOutlined } from '@ant-design/icons'
import { useTranslation } from 'react-i18next'

import { Page } from '../../widgets/Page'
import { FileBrowser } from './FileBrowser'

// FilesPage is the files that tasks use.
export function FilesPage() {
  const { t } = useTranslation()
  return (
    <Page title={t('nav.files')} icon={<FolderOpenOutlined />} about={t('files.about')}>
      <FileBrowser kind="FILE" />
    </Page>
  )
}
