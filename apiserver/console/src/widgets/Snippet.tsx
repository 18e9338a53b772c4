import { Typography } from 'antd'
import { useTranslation } from 'react-i18next'

import './crud.css'

// Snippet is a text for a terminal, to be copied.
export function Snippet({ text }: { text: string }) {
  const { t } = useTranslation()
  return (
    <div className="snippet-box">
      <pre className="snippet" tabIndex={0}>
        {text}
      </pre>
      <Typography.Text className="snippet-copy" copyable={{ text, tooltips: [t('tokens.copy'), t('problem.copied')] }} />
    </div>
  )
}
