import { SafetyOutlined } from '@ant-design/icons'
import type { RouteObject } from 'react-router'

import type { NavItem } from '..'

export const routes: RouteObject[] = [{ path: 'security/:tab?', lazy: async () => ({ Component: (await import('./Security')).SecurityPage }) }]

export const nav: NavItem[] = [
  { label: 'nav.security', icon: <SafetyOutlined />, to: '/security', group: 'security', order: 10, admin: true, words: 'users tenants queues tokens oidc ldap 用户 租户 队列 令牌' },
]
