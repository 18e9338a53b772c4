import { PartitionOutlined } from '@ant-design/icons'
import type { RouteObject } from 'react-router'

import type { NavItem } from '..'

export const routes: RouteObject[] = [
  { path: 'projects/:project/workflows', lazy: async () => ({ Component: (await import('./WorkflowsPage')).WorkflowsPage }) },
  { path: 'projects/:project/workflows/new', lazy: async () => ({ Component: (await import('../editor/EditorPage')).EditorPage }) },
  { path: 'projects/:project/workflows/:workflow/edit', lazy: async () => ({ Component: (await import('../editor/EditorPage')).EditorPage }) },
  { path: 'projects/:project/workflows/:workflow/versions', lazy: async () => ({ Component: (await import('../versions/VersionsPage')).VersionsPage }) },
]

export const nav: NavItem[] = [{ label: 'nav.workflows', icon: <PartitionOutlined />, to: 'workflows', group: 'project', order: 10 }]
