import { CloseOutlined } from '@ant-design/icons'
import { Button, Select } from 'antd'
import { useTranslation } from 'react-i18next'

import { tasksOf, type WorkflowDoc } from '../../model/document'

// FindTask looks for a task by name, kind or what its script says.
export function FindTask({ doc, onFound, onClose }: { doc: WorkflowDoc; onFound: (name: string) => void; onClose: () => void }) {
  const { t } = useTranslation()
  const options = tasksOf(doc).map((k) => ({ value: k.name, label: k.name, kind: k.kind, text: `${k.name} ${k.kind} ${k.description ?? ''} ${typeof k.params?.rawScript === 'string' ? k.params.rawScript : ''}`.toLowerCase() }))
  return (
    <div className="find" role="search" onKeyDown={(e) => e.key === 'Escape' && onClose()}>
      <Select
        autoFocus
        defaultOpen
        className="find-input"
        aria-label={t('editor.find')}
        placeholder={t('editor.find')}
        showSearch={{ filterOption: (text, o) => o?.text.includes(text.toLowerCase()) ?? false }}
        options={options}
        optionRender={(o) => (
          <span>
            {o.data.label} <span className="muted small">{o.data.kind}</span>
          </span>
        )}
        onSelect={(name: string) => onFound(name)}
      />
      <Button type="text" icon={<CloseOutlined />} aria-label={t('editor.closeForm')} onClick={onClose} />
    </div>
  )
}
