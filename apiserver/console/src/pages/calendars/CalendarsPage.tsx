import { CalendarOutlined } from '@ant-design/icons'
import { Form, Input, Select } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate } from 'react-router'

import { calendars, type Calendar, type CalendarInput } from '../../api/runs'
import { useSession } from '../../app/session'
import { Crud } from '../../widgets/Crud'
import { workingDays } from './days'

export const weekdayName = (day: number, language: string, width: 'short' | 'narrow' | 'long' = 'short') =>
  new Intl.DateTimeFormat(language, { weekday: width, timeZone: 'UTC' }).format(Date.UTC(2026, 1, 1 + day)) // 1 February 2026 is a Sunday

// CalendarsPage lists the business calendars.
export function CalendarsPage() {
  const { t, i18n } = useTranslation()
  const { me } = useSession()
  const navigate = useNavigate()
  const year = new Date().getFullYear()
  return (
    <Crud<Calendar, CalendarInput>
      api={calendars}
      texts="calendars"
      icon={<CalendarOutlined />}
      nameOf={(c) => c.name}
      mayAdd={me.admin}
      mayEdit={() => me.admin}
      mayDelete={() => me.admin}
      saved={(c, made) => made && void navigate(`/calendars/${c.id}`)}
      columns={[
        {
          title: t('common.name'),
          dataIndex: 'name',
          render: (name: string, c) => (
            <>
              <Link to={`/calendars/${c.id}`}>
                <strong>{name}</strong>
              </Link>
              {c.description && <div className="muted wide-text">{c.description}</div>}
            </>
          ),
        },
        { title: t('calendars.weekend'), dataIndex: 'weekend', render: (days: number[]) => days.map((d) => weekdayName(d, i18n.language)).join(', ') || '–' },
        { title: t('calendars.exceptions'), dataIndex: 'days', align: 'end', render: (days: Record<string, boolean>) => Object.keys(days).length },
        { title: t('calendars.workingDays', { year }), key: 'working', align: 'end', render: (_, c) => workingDays(c, year) },
      ]}
      values={(c) => c ?? { weekend: [0, 6] }}
      fields={() => (
        <>
          <Form.Item name="name" label={t('common.name')} rules={[{ required: true }, { max: 100 }]}>
            <Input autoFocus />
          </Form.Item>
          <Form.Item name="description" label={t('common.description')}>
            <Input.TextArea autoSize={{ minRows: 1, maxRows: 6 }} />
          </Form.Item>
          <Form.Item name="weekend" label={t('calendars.weekend')} extra={t('calendars.weekendHelp')}>
            <Select mode="multiple" options={[1, 2, 3, 4, 5, 6, 0].map((d) => ({ value: d, label: weekdayName(d, i18n.language, 'long') }))} />
          </Form.Item>
        </>
      )}
      input={(v: CalendarInput, c) => ({ name: v.name, description: v.description ?? '', weekend: v.weekend ?? [], days: c?.days ?? {} })}
    />
  )
}
