import { Tabs } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Navigate, useNavigate, useParams } from 'react-router'

import './crud.css'
import { Page } from './Page'

export interface TabPart {
  key: string // the last part of the address
  label: string
  element: ReactNode
}

// TabPage is a page of parts, each with an address of its own: <base>/<key>.
export function TabPage({ base, title, about, icon, parts, actions }: { base: string; title: string; about?: string; icon?: ReactNode; parts: TabPart[]; actions?: ReactNode }) {
  const { t } = useTranslation()
  const { tab } = useParams()
  const go = useNavigate()
  const current = parts.find((p) => p.key === tab)
  if (!current) return <Navigate to={`${base}/${parts[0]?.key ?? ''}`} replace />
  return (
    <Page title={`${title} · ${current.label}`} about={about} icon={icon} actions={actions}>
      <div className="panel">
        <Tabs
          activeKey={current.key}
          items={parts.map((p) => ({ key: p.key, label: p.label, children: p.key === current.key ? p.element : null }))}
          onChange={(key) => void go(`${base}/${key}`)}
          aria-label={t('frame.navigation')}
          destroyOnHidden
        />
      </div>
    </Page>
  )
}
