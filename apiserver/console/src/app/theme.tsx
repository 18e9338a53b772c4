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
      colorLinkHover: dark ? '#a5ecf5' : '#095866',
      colorSuccess: dark ? '#5fd08a' : '#1f7a3d',
      colorWarning: dark ? '#f0b75e' : '#925400',
      colorError: dark ? '#ff7f88' : '#c02434',
      ...(dark ? { colorBgLayout: '#101415', colorBgContainer: '#1a2024', colorBgElevated: '#20272b' } : { colorPrimaryBg: '#e3f4f7', colorPrimaryBgHover: '#cfebf0', colorInfoBg: '#e3f4f7', colorInfoBorder: '#9fd5de', colorSuccessBg: '#e6f6eb', colorWarningBg: '#fdf3e0', colorErrorBg: '#fdecee' }),
      colorTextDescription: dark ? '#9aa8b2' : '#56636c',
      colorTextSecondary: dark ? '#a9b6bf' : '#4d5a63',
      colorTextTertiary: dark ? '#9aa8b2' : '#56636c',
      controlItemBgActive: dark ? '#16363c' : '#dff3f6',
      controlItemBgActiveHover: dark ? '#1b4149' : '#d0ecf1',
      colorTextPlaceholder: dark ? '#9aa8b2' : '#66727b',
      borderRadius: 8,
      fontFamily: "-apple-system, 'Segoe UI', Roboto, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans SC', sans-serif",
    },
    components: {
      Layout: dark ? { headerBg: '#1a2024', siderBg: '#1a2024', bodyBg: '#101415', lightSiderBg: '#1a2024', lightTriggerBg: '#1a2024' } : { headerBg: '#ffffff', siderBg: '#ffffff', bodyBg: '#f4f7f8' },
      Menu: { itemHeight: 36, itemMarginBlock: 2, groupTitleColor: dark ? '#9aa8b2' : '#56636c', itemBg: 'transparent', itemSelectedBg: dark ? '#16363c' : '#dff3f6' },
      // The text on a button of the theme's colour.
      Button: dark ? { primaryColor: '#06262c', dangerColor: '#2b0609' } : {},
    },
  }
}
