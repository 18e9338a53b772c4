import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { App as Messages, ConfigProvider } from 'antd'
import en from 'antd/locale/en_US'
import zh from 'antd/locale/zh_CN'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { createBrowserRouter, RouterProvider } from 'react-router'

import { Problem } from '../api/client'
import { pages } from '../pages'
import { Loading } from '../widgets/Loading'
import { SessionGate } from './session'
import { Shell } from './Shell'
import { design, ThemeProvider, useTheme } from './theme'

function retry(count: number, error: unknown) {
  return error instanceof Problem && (error.status === 0 || error.status >= 500) && count < 5
}

export function App() {
  const [client] = useState(() => new QueryClient({ defaultOptions: { queries: { retry, refetchOnWindowFocus: false } } }))
  return (
    <QueryClientProvider client={client}>
      <ThemeProvider>
        <Themed />
      </ThemeProvider>
    </QueryClientProvider>
  )
}

function Themed() {
  const { dark } = useTheme()
  const { i18n } = useTranslation()
  const [router] = useState(() => createBrowserRouter([{ path: '/', element: <Shell />, HydrateFallback: Loading, children: pages }], { basename: '/ui' }))
  return (
    <ConfigProvider theme={design(dark)} locale={i18n.language === 'zh' ? zh : en}>
      <Messages>
        <SessionGate>
          <RouterProvider router={router} />
        </SessionGate>
      </Messages>
    </ConfigProvider>
  )
}
