import { DeleteOutlined, PlusOutlined } from '@ant-design/icons'
import { Button, Input, Select } from 'antd'
import { useTranslation } from 'react-i18next'

import type { Param } from '../../../model/document'

const types = ['VARCHAR', 'INTEGER', 'LONG', 'FLOAT', 'DOUBLE', 'DATE', 'TIME', 'TIMESTAMP', 'BOOLEAN']

// Params edits parameters; with directions, also those that a task gives out.
export function Params({ value, onChange, directions, label }: { value: Param[]; onChange: (next: Param[]) => void; directions: boolean; label: string }) {
  const { t } = useTranslation()
  const set = (i: number, change: Partial<Param>) => onChange(value.map((p, k) => (k === i ? { ...p, ...change } : p)))
  const names = value.map((p) => `${p.name} ${p.direction ?? 'IN'}`)
  return (
    <div className="rows" role="group" aria-label={label}>
      {value.map((p, i) => {
        const bad = p.name === '' || /[\s${}=]/.test(p.name) || names.indexOf(`${p.name} ${p.direction ?? 'IN'}`) !== i
        return (
          <div key={i} className="rows-row param-row">
            {directions && (
              <Select value={p.direction || 'IN'} aria-label={t('editor.param.direction')} options={[{ value: 'IN', label: t('editor.param.in') }, { value: 'OUT', label: t('editor.param.out') }]} onChange={(direction: string) => set(i, { direction })} />
            )}
            <Input value={p.name} status={bad ? 'error' : undefined} aria-invalid={bad} placeholder={t('editor.param.name')} aria-label={`${t('editor.param.name')} ${i + 1}`} onChange={(e) => set(i, { name: e.target.value.trim() })} />
            <Select value={p.type || 'VARCHAR'} aria-label={t('editor.param.type')} popupMatchSelectWidth={false} options={types.map((v) => ({ value: v, label: v }))} onChange={(type: string) => set(i, { type })} />
            <Input value={p.value ?? ''} placeholder={p.direction === 'OUT' ? t('editor.param.set') : t('editor.param.value')} aria-label={`${t('editor.param.value')} ${i + 1}`} onChange={(e) => set(i, { value: e.target.value })} />
            <Button type="text" icon={<DeleteOutlined />} aria-label={t('editor.removeRow', { row: i + 1 })} onClick={() => onChange(value.filter((_, k) => k !== i))} />
          </div>
        )
      })}
      <Button type="dashed" size="small" icon={<PlusOutlined />} onClick={() => onChange([...value, { name: '', value: '' }])}>
        {t('editor.param.add')}
      </Button>
    </div>
  )
}
