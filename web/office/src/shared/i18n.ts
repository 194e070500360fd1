import { createI18n } from 'vue-i18n'
import { features } from '@/app/features'
import type { Words } from './feature'
import en from './texts/en'
import zh from './texts/zh'

export type Language = 'zh' | 'en'

const KEPT = 'wupu.language'

function collected(language: Language): Words {
  const words: Words = { ...(language === 'zh' ? zh : en) }
  for (const [name, feature] of features) words[name] = feature.texts[language]
  return words
}

function first(): Language {
  const kept = localStorage.getItem(KEPT)
  if (kept === 'zh' || kept === 'en') return kept
  return navigator.language.startsWith('en') ? 'en' : 'zh'
}

export const i18n = createI18n({
  legacy: false,
  locale: first(),
  // No fallback to the other language: a missing text shall be seen, the tests compare the keys.
  fallbackLocale: false,
  messages: { zh: collected('zh'), en: collected('en') } as Record<Language, Record<string, never>>,
})

/** Words outside components. The keys come from folders: they are plain texts here, the tests compare the languages. */
export const words = i18n.global as unknown as {
  t: (key: string, params?: Record<string, string>) => string
  te: (key: string) => boolean
}

export function language(): Language {
  return i18n.global.locale.value
}

export function chooseLanguage(chosen: Language): void {
  i18n.global.locale.value = chosen
  localStorage.setItem(KEPT, chosen)
  document.documentElement.lang = chosen === 'zh' ? 'zh-CN' : 'en'
}
