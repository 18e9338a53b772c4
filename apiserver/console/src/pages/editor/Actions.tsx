import {
  AlignLeftOutlined, ApartmentOutlined, CloudUploadOutlined, ExperimentOutlined, HistoryOutlined, MoreOutlined, PlayCircleOutlined, RedoOutlined, SaveOutlined, SearchOutlined,
  SettingOutlined, SplitCellsOutlined, UndoOutlined,
} from '@ant-design/icons'
import { Button, Dropdown, Segmented, Tooltip } from 'antd'
import { memo, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

export type View = 'canvas' | 'both' | 'text'

interface Props {
  id: string | undefined // none: it is a new workflow
  base: string
  view: View
  version: number
  online: boolean
  mayEdit: boolean
  mayRun: boolean
  locked: boolean
  broken: boolean // the text is no document
  dirty: boolean
  saving: boolean
  canUndo: boolean
  canRedo: boolean
  undo: () => void
  redo: () => void
  onView: (view: View) => void
  onFind: () => void
  onSettings: () => void
  onPreview: () => void
  onArrange: () => void
  onRun: () => void
  onSave: () => void
  onPublish: () => void
}

// Actions is what the editor offers for the whole workflow. It is drawn anew
// when one of them changes, not at every key that is typed in a form.
export const Actions = memo(function Actions(props: Props) {
  const { id, base, view, version, online, mayEdit, mayRun, locked, broken, dirty, saving, canUndo, canRedo, undo, redo } = props
  const { onView, onFind, onSettings, onPreview, onArrange, onRun, onSave, onPublish } = props
  const { t } = useTranslation()
  return (
    <>
      <Segmented<View>
        value={view}
        onChange={onView}
        aria-label={t('editor.view')}
        options={[
          { value: 'canvas', icon: <ApartmentOutlined />, label: t('editor.asCanvas') },
          { value: 'both', icon: <SplitCellsOutlined />, label: t('editor.asBoth') },
          { value: 'text', icon: <AlignLeftOutlined />, label: 'YAML' },
        ]}
      />
      <Tip title={t('editor.undoKey')} icon={<UndoOutlined />} disabled={!canUndo} onClick={undo} />
      <Tip title={t('editor.redoKey')} icon={<RedoOutlined />} disabled={!canRedo} onClick={redo} />
      <Tip title={t('editor.findKey')} icon={<SearchOutlined />} onClick={onFind} />
      <Tip title={t('editor.settings')} icon={<SettingOutlined />} onClick={onSettings} />
      {id !== undefined && (
        <Dropdown
          trigger={['click']}
          menu={{
            items: [
              { key: 'preview', icon: <ExperimentOutlined />, label: t('editor.preview.open'), onClick: onPreview },
              { key: 'arrange', icon: <ApartmentOutlined />, label: t('editor.arrange'), disabled: locked, onClick: onArrange },
              { key: 'versions', icon: <HistoryOutlined />, label: <Link to={`${base}/workflows/${id}/versions`}>{t('versions.title')}</Link> },
            ],
          }}
        >
          <Button icon={<MoreOutlined />} aria-label={t('editor.moreActions')} />
        </Dropdown>
      )}
      {mayRun && id !== undefined && (
        <Tooltip title={version === 0 ? t('editor.publishFirst') : !online ? t('editor.onlineFirst') : undefined}>
          <Button icon={<PlayCircleOutlined />} disabled={version === 0 || !online} onClick={onRun}>
            {t('start.run')}
          </Button>
        </Tooltip>
      )}
      {mayEdit && (
        <>
          <Button icon={<SaveOutlined />} loading={saving} disabled={!dirty && id !== undefined} onClick={onSave}>
            {t('editor.save')}
          </Button>
          {id !== undefined && (
            <Button type="primary" icon={<CloudUploadOutlined />} disabled={broken} onClick={onPublish}>
              {t('editor.publish.ok')}
            </Button>
          )}
        </>
      )}
    </>
  )
})

function Tip({ title, ...rest }: { title: string; icon: ReactNode; disabled?: boolean; onClick: () => void }) {
  return (
    <Tooltip title={title}>
      <Button {...rest} aria-label={title} />
    </Tooltip>
  )
}
