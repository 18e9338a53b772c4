import { TeamOutlined } from '@ant-design/icons'
import type { RouteObject } from 'react-router'

import type { NavItem } from '..'

export const routes: RouteObject[] = [
  { path: 'projects/:project', lazy: async () => ({ Component: (await import('./ProjectPage')).ProjectPage }) },
  { path: 'projects/:project/members', lazy: async () => ({ Component: (await import('./MembersPage')).MembersPage }) },
]

export const nav: NavItem[] = [{ label: 'nav.members', icon: <TeamOutlined />, to: 'members', group: 'project', order: 90, words: 'roles permissions 权限 角色' }]
