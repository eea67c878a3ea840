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

/** What was chosen, here or on a page of the server: one cookie says it to both; Chinese where nothing was. */
function chosen(): Language {
  const said = /(?:^|; )language=(zh|en)/.exec(document.cookie)?.[1]
  if (said) return said === 'en' ? 'en' : 'zh-CN'
  return localStorage.getItem(KEY) === 'en' ? 'en' : 'zh-CN'
}

export const i18n = createI18n({
  legacy: false,
  locale: chosen(),
  fallbackLocale: 'zh-CN',
  messages,
  datetimeFormats: {
    'zh-CN': { day: { year: 'numeric', month: 'long', day: 'numeric' }, minute: { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hour12: false } },
    en: { day: { year: 'numeric', month: 'short', day: 'numeric' }, minute: { year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hour12: false } },
  },
})

const english = (): boolean => i18n.global.locale.value === 'en'

/** Words one after the other, as the language that is spoken puts them. */
export function listed(words: string[]): string {
  return words.join(english() ? ', ' : '、')
}

/** Marks between words, as the language that is spoken writes them. */
export const comma = (): string => (english() ? ', ' : '，')
export const semicolon = (): string => (english() ? '; ' : '；')
/** What leads to what follows it. */
export const headed = (label: string): string => label + (english() ? ': ' : '：')
/** What is said beside. */
export const aside = (text: unknown): string => (english() ? ` (${String(text)})` : `（${String(text)}）`)
/** Parts of a sentence one after the other. */
export const strung = (parts: string[]): string => parts.join(semicolon())

/** How moments are written; in English year first, as everywhere in the app (Swedish writes them so). */
export const writing = (): string => (english() ? 'sv-SE' : 'zh-CN')

export function speak(language: Language): void {
  i18n.global.locale.value = language
  localStorage.setItem(KEY, language)
  const secure = window.location.protocol === 'https:' ? '; secure' : ''
  document.cookie = `language=${language === 'en' ? 'en' : 'zh-hans'}; path=/; max-age=31536000; samesite=lax${secure}`
  document.documentElement.lang = language
}
document.documentElement.lang = chosen()
