import { KeyOutlined, UserOutlined } from '@ant-design/icons'
import type { RouteObject } from 'react-router'

import type { NavItem } from '..'

export const routes: RouteObject[] = [{ path: 'account/:tab?', lazy: async () => ({ Component: (await import('./Account')).AccountPage }) }]

// accountPages are a person's own; the menu of his name leads there.
export const accountPages: NavItem[] = [
  { label: 'nav.account', icon: <UserOutlined />, to: '/account/password', group: 'root', order: 0, words: 'password 密码' },
  { label: 'nav.tokens', icon: <KeyOutlined />, to: '/account/tokens', group: 'root', order: 1, words: 'api access 令牌' },
]
