/** The words of the app: Chinese first, English beside; each room brings its own. */
import { createI18n } from 'vue-i18n'
import { own } from './messages'

export type Language = 'zh-CN' | 'en'
interface Words {
  [key: string]: string | Words
}
type Messages = Record<Language, Words>

const rooms = import.meta.glob<{ default: Messages }>('./rooms/*/messages.ts', { eager: true })

const messages: Messages = { 'zh-CN': { ...own['zh-CN'] }, en: { ...own.en } }
for (const room of Object.values(rooms)) {
  Object.assign(messages['zh-CN'], room.default['zh-CN'])
  Object.assign(messages.en, room.default.en)
}

const KEY = 'greenrule.language'

function chosen(): Language {
  const kept = localStorage.getItem(KEY)
  if (kept === 'zh-CN' || kept === 'en') return kept
  return 'zh-CN'
}

export const i18n = createI18n({
  legacy: false,
  locale: chosen(),
  fallbackLocale: 'zh-CN',
  messages,
  datetimeFormats: {
    'zh-CN': { day: { year: 'numeric', month: 'long', day: 'numeric' } },
    en: { day: { year: 'numeric', month: 'short', day: 'numeric' } },
  },
})

export function speak(language: Language): void {
  i18n.global.locale.value = language
  localStorage.setItem(KEY, language)
  document.documentElement.lang = language
}
document.documentElement.lang = chosen()
