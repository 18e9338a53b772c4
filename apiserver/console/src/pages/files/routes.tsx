import { FolderOpenOutlined, FunctionOutlined } from '@ant-design/icons'
import type { RouteObject } from 'react-router'

import type { NavItem } from '..'

export const routes: RouteObject[] = [
  { path: 'files', lazy: async () => ({ Component: (await import('./Files')).FilesPage }) },
  { path: 'files/new', lazy: async () => ({ Component: (await import('./NewFile')).NewFilePage }) },
  { path: 'files/:id', lazy: async () => ({ Component: (await import('./File')).FilePage }) },
  { path: 'udfs/:tab?', lazy: async () => ({ Component: (await import('./UDFs')).UDFsPage }) },
]

export const nav: NavItem[] = [
  { label: 'nav.files', icon: <FolderOpenOutlined />, to: '/files', group: 'resources', order: 10, words: 'resources upload scripts jar 资源 上传' },
  { label: 'nav.udfs', icon: <FunctionOutlined />, to: '/udfs', group: 'resources', order: 20, words: 'functions hive spark jar' },
]
