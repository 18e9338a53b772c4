import { CheckCircleFilled, CloseOutlined, ExclamationCircleFilled, LoadingOutlined, WarningFilled } from '@ant-design/icons'
import { Button } from 'antd'
import { useTranslation } from 'react-i18next'

import type { Checks, Found } from './checks'

// ProblemsBar says in one line whether the document is right.
export function ProblemsBar({ checks, tasks, open, onToggle }: { checks: Checks; tasks: number; open: boolean; onToggle: () => void }) {
  const { t } = useTranslation()
  const n = checks.problems.length
  return (
    <footer className="bar" aria-live="polite">
      {n > 0 ? (
        <button type="button" className="bar-problems" aria-expanded={open} onClick={onToggle}>
          <ExclamationCircleFilled /> {t('editor.problems', { count: n })}
        </button>
      ) : checks.failed ? (
        <span className="muted"><WarningFilled /> {t('editor.unchecked')}</span>
      ) : checks.busy ? (
        <span className="muted"><LoadingOutlined /> {t('editor.checking')}</span>
      ) : (
        <span className="bar-good"><CheckCircleFilled /> {t('editor.noProblems')}</span>
      )}
      <span className="muted">{t('editor.tasks', { count: tasks })}</span>
      <span className="bar-keys muted">{t('editor.keys')}</span>
    </footer>
  )
}

// ProblemsList lists what is wrong; a click goes there.
export function ProblemsList({ problems, onGo, onClose }: { problems: Found[]; onGo: (p: Found) => void; onClose: () => void }) {
  const { t } = useTranslation()
  return (
    <section className="problems" aria-label={t('editor.problems', { count: problems.length })}>
      <Button type="text" size="small" icon={<CloseOutlined />} className="problems-close" aria-label={t('editor.closeForm')} onClick={onClose} />
      <ul>
        {problems.slice(0, 200).map((p, i) => (
          <li key={i}>
            <button type="button" onClick={() => onGo(p)}>
              <ExclamationCircleFilled className="problems-sign" />
              {p.task && <strong>{p.task}</strong>}
              {p.field && <code>{p.field}</code>}
              <span>{p.message}</span>
              {p.line > 0 && <span className="muted small">{t('editor.line', { line: p.line })}</span>}
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}
