import { HistoryOutlined } from '@ant-design/icons'
import type { RouteObject } from 'react-router'

import type { NavItem } from '..'

export const routes: RouteObject[] = [
  { path: 'projects/:project/backfills', lazy: async () => ({ Component: (await import('./BackfillsPage')).BackfillsPage }) },
  { path: 'projects/:project/backfills/:backfill', lazy: async () => ({ Component: (await import('./BackfillPage')).BackfillPage }) },
]

export const nav: NavItem[] = [{ label: 'nav.backfills', icon: <HistoryOutlined />, to: 'backfills', group: 'project', order: 40, words: 'complement past dates 补数' }]
