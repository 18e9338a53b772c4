import { HomeOutlined, LogoutOutlined, ProjectOutlined } from '@ant-design/icons'
import { Button, Flex, Layout, Menu, Typography } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link, Outlet, useLocation } from 'react-router'

import { Preferences } from '../widgets/Preferences'
import { useSession } from './session'

// Shell is the frame around every page.
export function Shell() {
  const { t } = useTranslation()
  const { me, signOut } = useSession()
  const { pathname } = useLocation()
  const items = [
    { key: '/', icon: <HomeOutlined />, label: <Link to="/">{t('nav.home')}</Link> },
    { key: '/projects', icon: <ProjectOutlined />, label: <Link to="/projects">{t('nav.projects')}</Link> },
  ]
  const selected = items.map((i) => i.key).filter((k) => pathname === k || (k !== '/' && pathname.startsWith(k)))
  return (
    <Layout className="shell">
      <Layout.Sider breakpoint="lg" collapsible width={208} theme="light">
        <Link to="/" className="brand">
          <img src={`${import.meta.env.BASE_URL}porpoise.svg`} width={32} height={32} alt="" />
          <Typography.Text strong>{t('app.name')}</Typography.Text>
        </Link>
        <Menu mode="inline" selectedKeys={selected} items={items} />
      </Layout.Sider>
      <Layout>
        <Layout.Header className="top">
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
