import { ApiOutlined } from '@ant-design/icons'
import type { RouteObject } from 'react-router'

import type { NavItem } from '..'

export const routes: RouteObject[] = [{ path: 'api', lazy: async () => ({ Component: (await import('./ApiDocs')).ApiDocsPage }) }]

export const nav: NavItem[] = [{ label: 'nav.api', icon: <ApiOutlined />, to: '/api', group: 'monitor', order: 40, words: 'openapi swagger docs curl rest dolphinscheduler' }]
