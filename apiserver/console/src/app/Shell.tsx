import { HomeOutlined, LogoutOutlined, ProjectOutlined } from '@ant-design/icons'
import { Button, Flex, Layout, Menu, Typography, type MenuProps } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, Outlet, useLocation, useMatch } from 'react-router'

import { nav, type NavItem } from '../pages'
import { Preferences } from '../widgets/Preferences'
import { lastProject } from '../widgets/useProject'
import { ProjectSwitch } from './ProjectSwitch'
import { useSession } from './session'

const groups = [
  ['project', 'frame.groupProject'],
  ['resources', 'frame.groupResources'],
  ['security', 'frame.groupSecurity'],
  ['monitor', 'frame.groupMonitor'],
] as const

// Shell is the frame around every page.
export function Shell() {
  const { t } = useTranslation()
  const { me, signOut } = useSession()
  const { pathname } = useLocation()
  const opened = useMatch('/projects/:project/*')?.params.project
  const project = opened ?? lastProject()
  const [small, setSmall] = useState(false)

  const address = (n: NavItem) => (n.group === 'project' ? `/projects/${encodeURIComponent(project)}/${n.to}` : n.to)
  const entry = (n: NavItem) => ({ key: address(n), icon: n.icon, label: <Link to={address(n)}>{t(n.label)}</Link> })
  const shown = (group: NavItem['group']) => nav.filter((n) => n.group === group && (!n.admin || me.admin) && (group !== 'project' || project))
  const items: NonNullable<MenuProps['items']> = [
    { key: '/', icon: <HomeOutlined />, label: <Link to="/">{t('nav.home')}</Link> },
    { key: '/projects', icon: <ProjectOutlined />, label: <Link to="/projects">{t('nav.projects')}</Link> },
    ...shown('root').map(entry),
    ...groups.flatMap(([group, label]) => {
      const list = shown(group).map(entry)
      return list.length > 0 ? [small ? { type: 'divider' as const, key: group } : { type: 'group' as const, key: group, label: t(label) }, ...list] : []
    }),
  ]
  const keys = ['/', '/projects', ...nav.map(address)]
  const plain = decodeURI(pathname)
  const selected = keys.filter((k) => (k === '/' || k === '/projects' ? pathname === k : plain === decodeURI(k) || plain.startsWith(decodeURI(k) + '/')))
  return (
    <Layout className="shell">
      <a className="skip" href="#content">
        {t('frame.skip')}
      </a>
      <Layout.Sider breakpoint="lg" collapsible collapsed={small} onCollapse={setSmall} width={216} collapsedWidth={60} theme="light" className="side">
        <Link to="/" className="brand" aria-label={t('app.name')}>
          <img src={`${import.meta.env.BASE_URL}porpoise.svg`} width={32} height={32} alt="" />
          {!small && <Typography.Text strong>{t('app.name')}</Typography.Text>}
        </Link>
        <nav aria-label={t('frame.navigation')}>
          <Menu mode="inline" selectedKeys={selected} items={items} />
        </nav>
      </Layout.Sider>
      <Layout>
        <Layout.Header className="top">
          <ProjectSwitch project={project} />
          <Flex justify="end" align="center" gap={8}>
            <Preferences />
            <Typography.Text>{me.name}</Typography.Text>
            <Button type="text" icon={<LogoutOutlined />} aria-label={t('login.out')} onClick={() => void signOut()} />
          </Flex>
        </Layout.Header>
        <Layout.Content className="page">
          <Outlet />
        </Layout.Content>
      </Layout>
    </Layout>
  )
}
