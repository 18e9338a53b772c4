import type { RouteObject } from 'react-router'

// pages are loaded when they are first shown.
export const pages: RouteObject[] = [
  { index: true, lazy: async () => ({ Component: (await import('./Home')).HomePage }) },
  { path: 'projects', lazy: async () => ({ Component: (await import('./Projects')).ProjectsPage }) },
  { path: '*', lazy: async () => ({ Component: (await import('./NotFound')).NotFoundPage }) },
]
