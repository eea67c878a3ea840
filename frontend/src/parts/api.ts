/** The JSON API: one way to ask, one shape of what goes wrong (RFC 9457 with all faults). */
import { i18n } from '../words'

export interface Fault {
  code: string
  message: string
  place?: string | null
  help?: string | null
  /** In English: what the program said in Chinese, which names what is at stake. */
  original?: { message: string; help: string | null }
}

/** A page of a list: `next` goes into `after` of the question for the following page. */
export interface Page<T> {
  items: T[]
  next: string | number | null
}

/** What the server said instead of an answer; `status` 0 where it could not be reached. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly faults: Fault[] = [],
  ) {
    super(message)
  }
}

type Query = Record<string, string | number | boolean | null | undefined>

export interface Options {
  query?: Query
  /** Version of the object that is changed: refused with 409 or 412 where another was faster. */
  version?: string | number
  /** Idempotency key of a post: the same key gives the same answer again. */
  key?: string
  signal?: AbortSignal
}

function cookie(name: string): string {
  for (const pair of document.cookie.split('; ')) {
    const [key, ...rest] = pair.split('=')
    if (key === name) return decodeURIComponent(rest.join('='))
  }
  return ''
}

async function ask<T>(method: string, path: string, body: unknown, options: Options = {}): Promise<T> {
  const address = new URL(`/api/v1${path}`, window.location.origin)
  for (const [key, value] of Object.entries(options.query ?? {})) {
    if (value !== null && value !== undefined && value !== '') address.searchParams.set(key, String(value))
  }
  // The language of the app, whatever the browser's own is: labels and faults come in it.
  const headers: Record<string, string> = { Accept: 'application/json', 'Accept-Language': i18n.global.locale.value }
  if (method !== 'GET') headers['X-CSRFToken'] = cookie('csrftoken')
  if (options.version !== undefined) headers['If-Match'] = `"${options.version}"`
  if (options.key) headers['Idempotency-Key'] = options.key
  let sent: BodyInit | undefined
  if (body instanceof FormData) sent = body
  else if (body !== undefined) {
    headers['Content-Type'] = 'application/json'
    sent = JSON.stringify(body)
  }
  let answer: Response
  try {
    answer = await fetch(address, {
      method,
      headers,
      body: sent ?? null,
      credentials: 'same-origin',
      signal: options.signal ?? null,
    })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiError(0, i18n.global.t('fault.network'))
  }
  if (answer.status === 204) return undefined as T
  let told: unknown
  try {
    told = await answer.json()
  } catch {
    throw new ApiError(answer.status, i18n.global.t('fault.unreadable', { status: answer.status }))
  }
  if (answer.ok) return told as T
  const problem = told as { title?: string; detail?: string; faults?: Fault[] }
  throw new ApiError(answer.status, problem.detail ?? problem.title ?? String(answer.status), problem.faults ?? [])
}

export const get = <T>(path: string, query?: Query, options?: Options): Promise<T> =>
  ask<T>('GET', path, undefined, { ...options, query })
export const post = <T>(path: string, body?: unknown, options?: Options): Promise<T> => ask<T>('POST', path, body, options)
export const put = <T>(path: string, body?: unknown, options?: Options): Promise<T> => ask<T>('PUT', path, body, options)
export const patch = <T>(path: string, body?: unknown, options?: Options): Promise<T> =>
  ask<T>('PATCH', path, body, options)
export const remove = <T>(path: string, options?: Options): Promise<T> => ask<T>('DELETE', path, undefined, options)
