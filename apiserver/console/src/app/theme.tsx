import { theme as algorithms, type ThemeConfig } from 'antd'
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react'

export type Choice = 'light' | 'dark' | 'system'

const kept = 'porpoise.theme'
const Context = createContext({ choice: 'system' as Choice, dark: false, choose: (_: Choice) => {} })

export const useTheme = () => useContext(Context)

export function ThemeProvider({ children }: { children: ReactNode }) {
  const [choice, setChoice] = useState<Choice>(() => (localStorage.getItem(kept) as Choice | null) ?? 'system')
  const [systemDark, setSystemDark] = useState(() => matchMedia('(prefers-color-scheme: dark)').matches)
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)')
    const follow = (e: MediaQueryListEvent) => setSystemDark(e.matches)
    query.addEventListener('change', follow)
    return () => query.removeEventListener('change', follow)
  }, [])
  const dark = choice === 'dark' || (choice === 'system' && systemDark)
  useEffect(() => {
    document.documentElement.dataset.theme = dark ? 'dark' : 'light'
    document.documentElement.style.colorScheme = dark ? 'dark' : 'light'
  }, [dark])
  const value = useMemo(
    () => ({
      choice,
      dark,
      choose(c: Choice) {
        localStorage.setItem(kept, c)
        setChoice(c)
      },
    }),
    [choice, dark],
  )
  return <Context value={value}>{children}</Context>
}

// design is the look of the components: a calm teal, contrast AA in both.
export function design(dark: boolean): ThemeConfig {
  return {
    algorithm: dark ? algorithms.darkAlgorithm : algorithms.defaultAlgorithm,
    token: {
      colorPrimary: dark ? '#3bc9db' : '#0b7285',
      colorInfo: dark ? '#3bc9db' : '#0b7285',
      colorLink: dark ? '#66d9e8' : '#0b7285',
      // The tints that are derived from a dark teal are grey; these are not.
      ...(dark ? { colorBgLayout: '#101415', colorBgContainer: '#1a2024', colorBgElevated: '#20272b' } : { colorPrimaryBg: '#e3f6f9', colorPrimaryBgHover: '#c9eef3', colorInfoBg: '#e9f7fa', colorInfoBorder: '#a9dce5', controlItemBgActive: '#e3f6f9', controlItemBgActiveHover: '#d3f1f6' }),
      borderRadius: 8,
      fontFamily: "-apple-system, 'Segoe UI', Roboto, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans SC', sans-serif",
    },
    components: { Layout: dark ? { headerBg: '#1a2024', siderBg: '#1a2024', bodyBg: '#101415', lightSiderBg: '#1a2024', lightTriggerBg: '#1a2024' } : { headerBg: '#ffffff', siderBg: '#ffffff', bodyBg: '#f4f7f8' } },
  }
}
