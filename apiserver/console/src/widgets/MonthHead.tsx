import { DoubleLeftOutlined, DoubleRightOutlined, LeftOutlined, RightOutlined } from '@ant-design/icons'
import { Button, Flex, Tooltip } from 'antd'
import type { Dayjs } from 'dayjs'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

// MonthHead is the head of a calendar: which month it shows, and the way to
// others. Each of its buttons has a name, which those of the library lack.
export function MonthHead({ value, onChange }: { value: Dayjs; onChange: (month: Dayjs) => void }) {
  const { t, i18n } = useTranslation()
  const step = (label: string, icon: ReactNode, by: number, unit: 'month' | 'year') => (
    <Tooltip title={t(label)}>
      <Button type="text" size="small" icon={icon} aria-label={t(label)} onClick={() => onChange(value.add(by, unit))} />
    </Tooltip>
  )
  return (
    <Flex justify="end" align="center" gap={4} className="month-head">
      {step('month.yearBefore', <DoubleLeftOutlined />, -1, 'year')}
      {step('month.before', <LeftOutlined />, -1, 'month')}
      <strong aria-live="polite">{new Intl.DateTimeFormat(i18n.language, { year: 'numeric', month: 'long' }).format(value.toDate())}</strong>
      {step('month.after', <RightOutlined />, 1, 'month')}
      {step('month.yearAfter', <DoubleRightOutlined />, 1, 'year')}
    </Flex>
  )
}
