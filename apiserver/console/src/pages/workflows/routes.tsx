import { PartitionOutlined } from '@ant-design/icons'
import type { RouteObject } from 'react-router'

import type { NavItem } from '..'

export const routes: RouteObject[] = []

export const nav: NavItem[] = [{ label: 'nav.workflows', icon: <PartitionOutlined />, to: 'workflows', group: 'project', order: 10 }]
