import { Breadcrumb, Flex, Typography } from 'antd'
import { useEffect, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

interface Props {
  title: string // also the tab's
  icon?: ReactNode
  about?: ReactNode // one sentence below the title
  trail?: { title: string; to?: string }[] // where the page is
  actions?: ReactNode // at the right of the title
  extra?: ReactNode // beside the title: a state, a label
  children: ReactNode
  full?: boolean // fills the window, without scrolling of its own
}

// Page is the frame of a page: heading, actions, the tab's title.
export function Page({ title, icon, about, trail, actions, extra, children, full }: Props) {
  const { t } = useTranslation()
  useEffect(() => {
    document.title = `${title} · ${t('app.name')}`
  }, [title, t])
  return (
    <div className={full ? 'sheet sheet-full' : 'sheet'}>
      {trail && trail.length > 0 && <Breadcrumb className="trail" items={trail.map((c) => ({ title: c.to ? <Link to={c.to}>{c.title}</Link> : c.title }))} />}
      <Flex justify="space-between" align="center" gap={16} wrap className="sheet-head">
        <div>
          <Flex align="center" gap={10} wrap>
            {icon && <span className="sheet-icon" aria-hidden>{icon}</span>}
            <Typography.Title level={1} className="sheet-title">
              {title}
            </Typography.Title>
            {extra}
          </Flex>
          {about && <Typography.Text type="secondary">{about}</Typography.Text>}
        </div>
        {actions && (
          <Flex gap={8} wrap>
            {actions}
          </Flex>
        )}
      </Flex>
      {children}
    </div>
  )
}
