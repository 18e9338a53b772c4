import { DatabaseOutlined } from '@ant-design/icons'
import type { RouteObject } from 'react-router'

import type { NavItem } from '..'

export const routes: RouteObject[] = [
  { path: 'data-sources', lazy: async () => ({ Component: (await import('./DataSources')).DataSourcesPage }) },
  { path: 'data-sources/:id', lazy: async () => ({ Component: (await import('./Browse')).BrowsePage }) },
]

export const nav: NavItem[] = [
  { label: 'nav.dataSources', icon: <DatabaseOutlined />, to: '/data-sources', group: 'resources', order: 30, words: 'database jdbc mysql postgresql hive 数据库' },
]
