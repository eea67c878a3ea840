/** Findings seen on this device: those that were asked for here, and those whose page the service worker keeps. */
export interface Kept {
  id: string
  name: string
  decision: string
  /** When it was seen last, in milliseconds. */
  seen: number
  /** Whether its page is kept for use without a network. */
  offline: boolean
}

const KEY = 'greenrule.recent'
/** Must be the name that the service worker uses. */
const CACHE = 'findings'
const MOST = 30

type Entry = Omit<Kept, 'offline'>

function entries(): Entry[] {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? '[]') as Entry[]
    return Array.isArray(found) ? found : []
  } catch {
    return []
  }
}
function keep(list: Entry[]): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(list.slice(0, MOST)))
  } catch {
    // A private window may keep nothing.
  }
}

export function remember(one: { id: string; name: string; decision: string }): void {
  keep([{ ...one, seen: Date.now() }, ...entries().filter((other) => other.id !== one.id)])
}

export async function recent(): Promise<Kept[]> {
  const list = new Map<string, Kept>(entries().map((one) => [one.id, { ...one, offline: false }]))
  if ('caches' in window) {
    const cache = await caches.open(CACHE)
    for (const request of await cache.keys()) {
      const id = /^\/f\/([^/]+)$/.exec(new URL(request.url).pathname)?.[1]
      if (!id) continue
      const known = list.get(id)
      if (known) known.offline = true
      else {
        const page = await cache.match(request)
        const title = /<title>([^<]*)<\/title>/.exec((await page?.text()) ?? '')?.[1] ?? ''
        const date = page?.headers.get('Date')
        const name = new DOMParser().parseFromString(title, 'text/html').documentElement.textContent ?? ''
        list.set(id, { id, name, decision: '', seen: date ? Date.parse(date) : 0, offline: true })
      }
    }
  }
  return [...list.values()].sort((one, other) => other.seen - one.seen)
}

export async function drop(id: string): Promise<void> {
  keep(entries().filter((one) => one.id !== id))
  if ('caches' in window) {
    const cache = await caches.open(CACHE)
    await Promise.all([cache.delete(`/f/${id}`, { ignoreVary: true }), cache.delete(`/f/${id}/qr.svg`, { ignoreVary: true })])
  }
}
