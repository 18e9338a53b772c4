import { AppstoreOutlined, DeploymentUnitOutlined, ProfileOutlined } from '@ant-design/icons'
import type { RouteObject } from 'react-router'

import type { NavItem } from '..'

export const routes: RouteObject[] = [
  { path: 'environments', lazy: async () => ({ Component: (await import('./Environments')).EnvironmentsPage }) },
  { path: 'task-groups', lazy: async () => ({ Component: (await import('./TaskGroups')).TaskGroupsPage }) },
  { path: 'worker-groups', lazy: async () => ({ Component: (await import('./WorkerGroups')).WorkerGroupsPage }) },
]

export const nav: NavItem[] = [
  { label: 'nav.environments', icon: <AppstoreOutlined />, to: '/environments', group: 'resources', order: 40, words: 'variables 变量' },
  { label: 'nav.taskGroups', icon: <ProfileOutlined />, to: '/task-groups', group: 'resources', order: 60, words: 'slots limit 并发' },
  { label: 'nav.workerGroups', icon: <DeploymentUnitOutlined />, to: '/worker-groups', group: 'resources', order: 70 },
]
