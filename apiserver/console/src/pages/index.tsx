import { HomeOutlined, ProjectOutlined } from '@ant-design/icons'
import type { ReactNode } from 'react'
import type { RouteObject } from 'react-router'

// NavItem is an entry of the navigation.
export interface NavItem {
  label: string // key of its text
  icon: ReactNode
  to: string // an address; of items of the group project, below the project's
  group: 'root' | 'project' | 'resources' | 'security' | 'monitor'
  order: number // within its group
  admin?: boolean // only for administrators
  words?: string // more words by which it is found
}

// Area is what a folder of pages gives to the frame.
interface Area {
  routes: RouteObject[]
  nav?: NavItem[]
}

// Each area has a folder with a file routes.tsx; its pages are loaded when
// they are first shown.
const areas = Object.values(import.meta.glob<Area>('./*/routes.tsx', { eager: true }))

const first: NavItem[] = [
  { label: 'nav.home', icon: <HomeOutlined />, to: '/', group: 'root', order: 0, words: 'dashboard overview 总览' },
  { label: 'nav.projects', icon: <ProjectOutlined />, to: '/projects', group: 'root', order: 1 },
]

export const nav: NavItem[] = [...first, ...areas.flatMap((a) => a.nav ?? [])].sort((a, b) => a.order - b.order)

export const pages: RouteObject[] = [
  { index: true, lazy: async () => ({ Component: (await import('./Home')).HomePage }) },
  { path: 'projects', lazy: async () => ({ Component: (await import('./Projects')).ProjectsPage }) },
  ...areas.flatMap((a) => a.routes),
  { path: '*', lazy: async () => ({ Component: (await import('./NotFound')).NotFoundPage }) },
]
