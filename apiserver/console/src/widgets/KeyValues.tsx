import { DeleteOutlined, PlusOutlined } from '@ant-design/icons'
import { AutoComplete, Button, Flex, Input } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

interface Props {
  value?: Record<string, string>
  onChange?: (value: Record<string, string>) => void
  id?: string
  keys?: string[] // proposed
  keyText?: string
  valueText?: string
  addText?: string
}

// KeyValues edits names and texts. Lines without a name do not count.
export function KeyValues({ value, onChange, id, keys, keyText, valueText, addText }: Props) {
  const { t } = useTranslation()
  const [rows, setRows] = useState(() => Object.entries(value ?? {}))
  function change(next: [string, string][]) {
    setRows(next)
    onChange?.(Object.fromEntries(next.filter(([k]) => k.trim() !== '').map(([k, v]) => [k.trim(), v])))
  }
  const at = (i: number, row: [string, string]) => change(rows.map((r, n) => (n === i ? row : r)))
  return (
    <Flex vertical gap={8} id={id} role="group">
      {rows.map(([k, v], i) => (
        <Flex key={i} gap={8}>
          <AutoComplete
            className="half"
            value={k}
            options={(keys ?? []).filter((x) => !rows.some(([r]) => r === x)).map((x) => ({ value: x }))}
            showSearch={{ filterOption: (text, o) => String(o?.value).toLowerCase().includes(text.toLowerCase()) }}
            onChange={(key: string) => at(i, [key, v])}
            aria-label={`${keyText ?? t('crud.key')} ${i + 1}`}
            placeholder={keyText ?? t('crud.key')}
          />
          <Input className="half" value={v} onChange={(e) => at(i, [k, e.target.value])} aria-label={`${valueText ?? t('crud.value')} ${i + 1}`} placeholder={valueText ?? t('crud.value')} />
          <Button type="text" icon={<DeleteOutlined />} aria-label={`${t('common.delete')} ${k || i + 1}`} onClick={() => change(rows.filter((_, n) => n !== i))} />
        </Flex>
      ))}
      <div>
        <Button size="small" type="dashed" icon={<PlusOutlined />} onClick={() => setRows([...rows, ['', '']])}>
          {addText ?? t('crud.add')}
        </Button>
      </div>
    </Flex>
  )
}
