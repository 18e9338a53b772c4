import { KeyOutlined, LogoutOutlined, MenuOutlined, SearchOutlined, UserOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Button, Drawer, Dropdown, Flex, Grid, Layout, Menu, Typography, type MenuProps } from 'antd'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, Outlet, useLocation, useNavigate } from 'react-router'

import { api, data } from '../api/client'
import { nav } from '../pages'
import { Preferences } from '../widgets/Preferences'
import { lastProject } from '../widgets/useProject'
import '../widgets/crud.css'
import './shell.css'
import { CommandPalette } from './CommandPalette'
import { Help } from './Help'
import { addressOf, entryAt, projectOf, reachable, sections } from './nav'
import { useRememberedPlace } from './place'
import { ProjectSwitch } from './ProjectSwitch'
import { useSession } from './session'

const kept = 'porpoise.menu'

// Shell is the frame around every page: where one is, where one may go.
export function Shell() {
  const { t } = useTranslation()
  const { pathname } = useLocation()
  const wide = Grid.useBreakpoint().lg ?? true
  const [collapsed, setCollapsed] = useState(() => localStorage.getItem(kept) === 'small')
  const [open, setOpen] = useState(false)
  const project = useChosenProject(pathname)
  useRememberedPlace()
  useEffect(() => setOpen(false), [pathname])
  function collapse(small: boolean) {
    localStorage.setItem(kept, small ? 'small' : 'wide')
    setCollapsed(small)
  }
  return (
    <Layout className="shell" hasSider={wide}>
      <a href="#content" className="skip">
        {t('frame.skip')}
      </a>
      {wide ? (
        <Layout.Sider className="side" collapsible collapsed={collapsed} onCollapse={collapse} width={216} collapsedWidth={64} theme="light">
          <Brand small={collapsed} />
          <Navigation project={project} small={collapsed} />
        </Layout.Sider>
      ) : (
        <Drawer open={open} onClose={() => setOpen(false)} placement="left" size={260} title={t('app.name')} styles={{ body: { padding: 0 } }}>
          <Navigation project={project} />
        </Drawer>
      )}
      <Layout>
        <Layout.Header className="top">
          <Flex justify="space-between" align="center" gap={12} className="top-row">
            <Flex align="center" gap={8} className="top-left">
              {!wide && <Button type="text" icon={<MenuOutlined />} aria-label={t('frame.navigation')} onClick={() => setOpen(true)} />}
              <ProjectSwitch project={project} />
            </Flex>
            <Tools project={project} />
          </Flex>
        </Layout.Header>
        <Layout.Content className="page" id="content" tabIndex={-1}>
          <Outlet />
        </Layout.Content>
      </Layout>
    </Layout>
  )
}

// useChosenProject gives the project of the address, else the last one, else
// any that the caller may see.
function useChosenProject(pathname: string): string {
  const named = projectOf(pathname)
  const last = lastProject()
  const there = useQuery({
    queryKey: ['project', last],
    queryFn: () => data(api.GET('/projects/{project}', { params: { path: { project: last } } })),
    enabled: named === '' && last !== '',
    retry: false,
    staleTime: 30_000,
  })
  const any = useQuery({
    queryKey: ['projects', 'any'],
    queryFn: () => data(api.GET('/projects', { params: { query: { limit: 1 } } })),
    enabled: named === '' && (last === '' || there.isError),
    staleTime: 30_000,
  })
  return named || (there.isError ? '' : last) || any.data?.items[0]?.name || ''
}

function Brand({ small }: { small: boolean }) {
  const { t } = useTranslation()
  return (
    <Link to="/" className="brand" aria-label={t('app.name')}>
      <img src={`${import.meta.env.BASE_URL}porpoise.svg`} width={32} height={32} alt="" />
      {!small && <Typography.Text strong>{t('app.name')}</Typography.Text>}
    </Link>
  )
}

function Navigation({ project, small }: { project: string; small?: boolean }) {
  const { t } = useTranslation()
  const { me } = useSession()
  const { pathname } = useLocation()
  const shown = reachable(nav, me.admin, project)
  const items: MenuProps['items'] = sections.flatMap(({ key, groups, heading }): NonNullable<MenuProps['items']> => {
    const entries = groups
      .flatMap((g) => shown.filter((n) => n.group === g))
      .map((n) => ({ key: addressOf(n, project), icon: n.icon, label: <Link to={addressOf(n, project)}>{t(n.label)}</Link> }))
    if (key === 'root' || entries.length === 0) return entries
    if (small) return [{ type: 'divider', key }, ...entries]
    return [{ type: 'group', key, label: heading ? t(heading) : project, children: entries }]
  })
  return (
    <nav aria-label={t('frame.navigation')} className="side-menu">
      <Menu mode="inline" selectedKeys={[entryAt(pathname, shown, project)]} items={items} />
    </nav>
  )
}

// Tools are what is at hand on every page.
function Tools({ project }: { project: string }) {
  const { t } = useTranslation()
  const [searching, setSearching] = useState(false)
  useEffect(() => {
    const listen = (e: KeyboardEvent) => {
      if (!(e.ctrlKey || e.metaKey) || e.altKey || e.shiftKey || e.key.toLowerCase() !== 'k') return
      e.preventDefault()
      setSearching((now) => !now)
    }
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [])
  return (
    <Flex align="center" gap={4}>
      <Button className="jump" icon={<SearchOutlined />} onClick={() => setSearching(true)} aria-label={`${t('shell.jump')} Ctrl K`} aria-keyshortcuts="Control+K">
        <span className="jump-text">{t('shell.jump')}</span> <kbd>Ctrl K</kbd>
      </Button>
      <Help />
      <Preferences />
      <Person />
      {searching && <CommandPalette project={project} onClose={() => setSearching(false)} />}
    </Flex>
  )
}

function Person() {
  const { t } = useTranslation()
  const { me, signOut } = useSession()
  const navigate = useNavigate()
  const items: MenuProps['items'] = [
    { key: '/account', icon: <UserOutlined />, label: t('nav.account') },
    { key: '/account/tokens', icon: <KeyOutlined />, label: t('nav.tokens') },
    { type: 'divider' },
    { key: 'out', icon: <LogoutOutlined />, label: t('login.out') },
  ]
  return (
    <Dropdown trigger={['click']} menu={{ items, onClick: ({ key }) => void (key === 'out' ? signOut() : navigate(key)) }}>
      <Button type="text" icon={<UserOutlined />} aria-label={`${t('nav.account')}: ${me.name}`}>
        <span className="person">{me.name}</span>
      </Button>
    </Dropdown>
  )
}
