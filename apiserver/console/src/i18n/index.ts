import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'

import en from './en.json'
import zh from './zh.json'

export type Language = 'en' | 'zh'

const kept = 'porpoise.language'

function firstLanguage(): Language {
  const stored = localStorage.getItem(kept)
  if (stored === 'en' || stored === 'zh') return stored
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en'
}

export async function startLanguages() {
  await i18next.use(initReactI18next).init({
    lng: firstLanguage(),
    fallbackLng: 'en',
    resources: { en: { translation: en }, zh: { translation: zh } },
    interpolation: { escapeValue: false }, // React escapes
  })
  document.documentElement.lang = i18next.language
}

export async function setLanguage(l: Language) {
  localStorage.setItem(kept, l)
  await i18next.changeLanguage(l)
  document.documentElement.lang = l
}
