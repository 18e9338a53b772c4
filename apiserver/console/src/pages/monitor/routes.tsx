import { AuditOutlined, ClusterOutlined, HourglassOutlined } from '@ant-design/icons'
import type { RouteObject } from 'react-router'

import type { NavItem } from '..'

export const routes: RouteObject[] = [
  { path: 'monitor/:tab?', lazy: async () => ({ Component: (await import('./Monitor')).MonitorPage }) },
  { path: 'audit', lazy: async () => ({ Component: (await import('../audit/Audit')).AuditPage }) },
  { path: 'retention', lazy: async () => ({ Component: (await import('../retention/Retention')).RetentionPage }) },
]

export const nav: NavItem[] = [
  { label: 'nav.monitor', icon: <ClusterOutlined />, to: '/monitor', group: 'monitor', order: 10, words: 'masters workers etcd database shards servers 服务器 数据库' },
  { label: 'nav.audit', icon: <AuditOutlined />, to: '/audit', group: 'monitor', order: 20, admin: true, words: 'changes history 变更' },
  { label: 'nav.retention', icon: <HourglassOutlined />, to: '/retention', group: 'monitor', order: 30, admin: true, words: 'purge cleanup 清理' },
]
