/** The state of one interview: what is known, what was answered, where it can go back to; it survives closing the page. */
import type { Geometry } from 'geojson'
import { reactive, watch } from 'vue'
import { post } from '@/parts/api'

export interface Item {
  fact: string
  label: string
  question: string
  kind: 'truth' | 'quantity' | 'number' | 'category' | 'set' | 'date' | 'industry'
  units: string[]
  /** The units in another language, in the same order. */
  unit_labels?: string[]
  choices: { code: string; label: string }[]
  note: string | null
  leads_to: { value: string; possible: string[] }[]
  why: { rule: string; title: string; cite: string }[]
  waiting: number
}
export interface Question {
  sort: 'fact' | 'checklist' | 'place'
  number: number
  at_most: number | null
  title: string
  items: Item[]
}
export type Reply = boolean | string | string[] | Record<string, boolean | '?'>

export interface Location {
  point?: [number, number]
  geometry?: Geometry
  /** Absent where nobody said it: the finding then tells what difference that makes. */
  crs?: string
}
export interface Project {
  name?: string
  on?: string
  industry?: string | string[]
  nature?: string
  location?: Location
  facts?: Record<string, unknown>
}
interface State {
  possible: Record<string, string[]>
  ending: string | null
  question: Question | null
  project: Project
  placeless?: boolean
}
/** One answered question, and what was known before it. */
export interface Step {
  title: string
  answer: string
  before: Project
  placeless: boolean
}

interface Kept {
  stage: 'start' | 'asking' | 'done'
  project: Project
  industries: { code: string; name: string }[]
  place: 'none' | 'point' | 'shape'
  placeName: string
  placeless: boolean
  steps: Step[]
  question: Question | null
  possible: string[]
  ending: string | null
}

const KEY = 'greenrule.project'

function empty(): Kept {
  return {
    stage: 'start', project: { nature: 'new' }, industries: [], place: 'none', placeName: '', placeless: false, steps: [],
    question: null, possible: [], ending: null,
  }
}

function read(): Kept {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? 'null') as Partial<Kept> | null
    return kept && typeof kept === 'object' && kept.project ? { ...empty(), ...kept } : empty()
  } catch {
    return empty()
  }
}

export const talk = reactive<Kept>(read())
watch(talk, () => {
  try {
    localStorage.setItem(KEY, JSON.stringify(talk))
  } catch {
    // A private window may keep nothing; the interview goes on without.
  }
})

/** Whether something was begun that can be gone on with. */
export function begun(): boolean {
  return talk.stage !== 'start' || Boolean(talk.project.name || talk.industries.length)
}

export function forget(): void {
  Object.assign(talk, empty())
}

function take(state: State): void {
  talk.project = state.project
  talk.question = state.question
  talk.possible = Object.values(state.possible)[0] ?? []
  talk.ending = state.ending
  talk.placeless = talk.placeless || Boolean(state.placeless)
  talk.stage = state.question ? 'asking' : 'done'
}

/** The first question about what was filled in. */
export async function begin(): Promise<void> {
  const codes = talk.industries.map((one) => one.code)
  const { name, nature, location } = talk.project
  const project: Project = { name: name || undefined, industry: codes.length > 1 ? codes : codes[0], nature, location }
  const placeless = talk.place === 'none'
  const state = await post<State>('/interview', { project, placeless })
  talk.steps = []
  talk.placeless = placeless
  take(state)
}

/** The question that stands, asked again: in another language now. */
export async function renew(): Promise<void> {
  if (talk.stage !== 'asking') return
  take(await post<State>('/interview', { project: talk.project, placeless: talk.placeless }))
}

/** Answer the question that stands (`null`: nobody knows); `said` is the answer in words. */
export async function answer(reply: Reply | null, said: string): Promise<void> {
  const question = talk.question
  if (!question) return
  const before = { project: talk.project, placeless: talk.placeless }
  const state = await post<State>('/interview', {
    ...before,
    asked: question.items.map((item) => item.fact),
    ...(reply === null ? { skip: true } : { answer: reply }),
  })
  talk.steps.push({ title: question.title, answer: said, before: before.project, placeless: before.placeless })
  take(state)
}

/** Go back to the question of a step; what was answered after it is asked again. */
export async function backTo(index: number): Promise<void> {
  const step = talk.steps[index]
  if (!step) return
  const state = await post<State>('/interview', { project: step.before, placeless: step.placeless })
  talk.steps = talk.steps.slice(0, index)
  talk.placeless = step.placeless
  take(state)
}

interface Saved {
  id: string
  url: string
  finding: { decision: string; project?: { name?: string } }
}

/** The finding of what is known now, kept by the server under an address. */
export async function conclude(): Promise<Saved> {
  const body = JSON.stringify(talk.project)
  // The same project twice (a double tap, a lost answer) makes one finding.
  const digest = await keyOf(body)
  return post<Saved>('/findings', talk.project, { query: { save: true }, key: digest })
}

async function keyOf(text: string): Promise<string> {
  if (!window.crypto?.subtle) return `${Date.now()}-${Math.random().toString(36).slice(2)}`
  const day = new Date().toISOString().slice(0, 10)
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`${day} ${text}`))
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
