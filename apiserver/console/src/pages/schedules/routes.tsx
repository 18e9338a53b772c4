import { FieldTimeOutlined } from '@ant-design/icons'
import type { RouteObject } from 'react-router'

import type { NavItem } from '..'

export const routes: RouteObject[] = [
  { path: 'projects/:project/schedules', lazy: async () => ({ Component: (await import('./SchedulesPage')).SchedulesPage }) },
  { path: 'projects/:project/schedules/:schedule', lazy: async () => ({ Component: (await import('./SchedulePage')).SchedulePage }) },
]

export const nav: NavItem[] = [{ label: 'nav.schedules', icon: <FieldTimeOutlined />, to: 'schedules', group: 'project', order: 30, words: 'cron timing 定时 调度' }]
