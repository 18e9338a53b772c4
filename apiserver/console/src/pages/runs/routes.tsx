import { PlayCircleOutlined, ThunderboltOutlined } from '@ant-design/icons'
import type { RouteObject } from 'react-router'

import type { NavItem } from '..'

export const routes: RouteObject[] = [
  { path: 'instances', lazy: async () => ({ Component: (await import('./InstancesPage')).AllInstancesPage }) },
  { path: 'projects/:project/instances', lazy: async () => ({ Component: (await import('./InstancesPage')).InstancesPage }) },
  { path: 'projects/:project/instances/:instance', lazy: async () => ({ Component: (await import('./InstancePage')).InstancePage }) },
  { path: 'projects/:project/tasks/:task/log', lazy: async () => ({ Component: (await import('./LogPage')).LogPage }) },
  { path: 'projects/:project/workflows/:workflow', lazy: async () => ({ Component: (await import('./WorkflowPage')).WorkflowPage }) },
]

export const nav: NavItem[] = [
  { label: 'nav.allInstances', icon: <ThunderboltOutlined />, to: '/instances', group: 'root', order: 2, words: 'runs executions 运行' },
  { label: 'nav.instances', icon: <PlayCircleOutlined />, to: 'instances', group: 'project', order: 20, words: 'runs executions 运行' },
]
