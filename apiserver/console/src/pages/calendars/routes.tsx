import { CalendarOutlined } from '@ant-design/icons'
import type { RouteObject } from 'react-router'

import type { NavItem } from '..'

export const routes: RouteObject[] = [
  { path: 'calendars', lazy: async () => ({ Component: (await import('./CalendarsPage')).CalendarsPage }) },
  { path: 'calendars/:calendar', lazy: async () => ({ Component: (await import('./CalendarPage')).CalendarPage }) },
]

export const nav: NavItem[] = [{ label: 'nav.calendars', icon: <CalendarOutlined />, to: '/calendars', group: 'resources', order: 45, words: 'holidays working days 节假日 工作日' }]
