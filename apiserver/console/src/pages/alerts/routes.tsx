import { BellOutlined } from '@ant-design/icons'
import type { RouteObject } from 'react-router'

import type { NavItem } from '..'

export const routes: RouteObject[] = [{ path: 'alerts/:tab?', lazy: async () => ({ Component: (await import('./Alerts')).AlertsPage }) }]

export const nav: NavItem[] = [
  { label: 'nav.alerts', icon: <BellOutlined />, to: '/alerts', group: 'resources', order: 80, words: 'mail dingtalk wecom feishu slack telegram webhook 钉钉 企业微信 飞书 邮件' },
]
