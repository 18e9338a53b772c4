import dayjs from 'dayjs'
import 'dayjs/locale/zh-cn'
import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'

export type Language = 'en' | 'zh'

const kept = 'porpoise.language'

// Each area has files of its own, <area>.en.json and <area>.zh.json, whose
// top-level keys are the area's.
const files = import.meta.glob<Record<string, unknown>>('./*.json', { eager: true, import: 'default' })

// textsOf merges what all areas say in a language.
export function textsOf(language: Language): Record<string, unknown> {
  const merged: Record<string, Record<string, unknown>> = {}
  for (const [path, texts] of Object.entries(files)) {
    if (!path.endsWith(`/${language}.json`) && !path.endsWith(`.${language}.json`)) continue
    for (const [key, value] of Object.entries(texts)) merged[key] = { ...merged[key], ...(value as object) }
  }
  return merged
}

function firstLanguage(): Language {
  const stored = localStorage.getItem(kept)
  if (stored === 'en' || stored === 'zh') return stored
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en'
}

// follow tells those who write dates and those who read the page aloud.
function follow(language: string) {
  document.documentElement.lang = language
  dayjs.locale(language === 'zh' ? 'zh-cn' : 'en')
}

export async function startLanguages() {
  await i18next.use(initReactI18next).init({
    lng: firstLanguage(),
    fallbackLng: 'en',
    resources: { en: { translation: textsOf('en') }, zh: { translation: textsOf('zh') } },
    interpolation: { escapeValue: false }, // React escapes
  })
  follow(i18next.language)
}

export async function setLanguage(l: Language) {
  localStorage.setItem(kept, l)
  await i18next.changeLanguage(l)
  follow(l)
}
