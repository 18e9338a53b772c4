import { QuestionCircleOutlined } from '@ant-design/icons'
import { Input, Tooltip, type InputProps } from 'antd'
import { useId, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { seconds } from '../../model/document'
import '../run.css'

interface Props {
  label: ReactNode
  help?: string
  error?: string
  required?: boolean
  children: (id: string) => ReactNode
}

// Field is one entry of a form: label, help, control, what is wrong with it.
export function Field({ label, help, error, required, children }: Props) {
  const { t } = useTranslation()
  const id = useId()
  return (
    <div className={error ? 'field field-wrong' : 'field'}>
      <label htmlFor={id} className="field-label">
        {label}
        {required && (
          <span className="field-star" title={t('editor.required')}>
            *
          </span>
        )}
        {help && (
          <Tooltip title={help}>
            <QuestionCircleOutlined className="field-help" tabIndex={0} aria-label={help} role="note" />
          </Tooltip>
        )}
      </label>
      {children(id)}
      {error && (
        <div className="field-error" role="alert">
          {error}
        </div>
      )}
    </div>
  )
}

// Row puts fields beside each other.
export function Row({ children }: { children: ReactNode }) {
  return <div className="field-row">{children}</div>
}

// DurationInput takes 90s, 10m, 1h30m.
export function DurationInput({ value, onChange, id, ...rest }: { value?: string; onChange: (v: string) => void; id?: string } & Omit<InputProps, 'value' | 'onChange' | 'id'>) {
  const wrong = !!value && !((seconds(value) ?? -1) >= 0)
  return <Input id={id} value={value ?? ''} status={wrong ? 'error' : undefined} placeholder="10m" onChange={(e) => onChange(e.target.value.trim())} aria-invalid={wrong} {...rest} />
}

// durationError says what is wrong with a duration.
export function durationError(value: string | undefined, t: (k: string) => string): string | undefined {
  return value && !((seconds(value) ?? -1) >= 0) ? t('editor.badDuration') : undefined
}
