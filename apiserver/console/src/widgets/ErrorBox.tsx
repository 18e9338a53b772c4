import { Alert, Button } from 'antd'
import { useTranslation } from 'react-i18next'

import { Problem } from '../api/client'

// problemText says in one sentence what went wrong.
export function problemText(error: unknown, t: (key: string) => string): string {
  if (error instanceof Problem && error.status === 0) return t('problem.network')
  if (error instanceof Error) return error.message || error.name
  return String(error)
}

// ErrorBox shows a refusal of the server with the fields it names, and offers
// to try again. Nothing is shown without an error.
export function ErrorBox({ error, onRetry, onClose }: { error: unknown; onRetry?: () => void; onClose?: () => void }) {
  const { t } = useTranslation()
  if (!error) return null
  const fields = error instanceof Problem ? error.fields.filter((f) => f.message) : []
  return (
    <Alert
      type="error"
      showIcon
      className="error-box"
      title={problemText(error, t)}
      description={
        fields.length > 0 ? (
          <ul className="error-fields">
            {fields.slice(0, 20).map((f, i) => (
              <li key={i}>
                {f.field && <code>{f.field}</code>} {f.message}
              </li>
            ))}
          </ul>
        ) : undefined
      }
      action={
        onRetry && (
          <Button size="small" onClick={onRetry}>
            {t('problem.again')}
          </Button>
        )
      }
      closable={onClose ? { onClose } : false}
    />
  )
}
