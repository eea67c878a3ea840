/** What the API of filings says, as far as the pages use it. */
import { post } from '@/parts/api'
import type { Cite } from '@/parts/Clause.vue'

export interface Named {
  id: number
  name: string
  area?: string
}
export interface Row {
  id: number
  number: string | null
  version: number
  kind: string
  kind_label: string
  state: string
  state_label: string
  project: { id: number; name: string }
  applicant: string
  area: string
  county: string
  handling: Named
  received: string | null
  due: string | null
  late: boolean
  days_left: number | null
  paused: boolean
  waiting: number
  owed: number
  owed_by: string | null
  answer_by: string | null
  holidays_known: boolean
  decision: string | null
  decision_label: string | null
  decided: string | null
  against_finding: boolean
  finding: string | null
  finding_says: string | null
  finding_label: string | null
  notices: string[]
}
export interface Clock {
  limit: string
  label: string
  days: number
  counting: string
  since: string
  end: string | null
  holidays_known: boolean | null
  done: string | null
  late: boolean
  clauses: Cite[]
  sure: boolean
  note: string | null
}
export interface Opinion {
  id: number
  department: string
  asked: string
  question: string
  until: string | null
  given: string | null
  says: string | null
  says_label: string | null
  opinion: string | null
  late: boolean
}
export interface Side {
  value: unknown
  text: string
  finding: string | null
  outcomes: Record<string, { value: string; label: string; decision: string }>
}
export interface Contest {
  label: string
  layer: string | null
  sides: Side[]
  differ: { decision: string; label: string }[]
}
export interface Claim {
  id: number
  fact: string
  label: string
  evidence: string
  outcomes: Contest
  state: string
  state_label: string
  filed: string
  filed_by: string
  decided: string | null
  decided_by: string | null
  reason: string | null
}
export interface Happened {
  seq: number
  event: string
  label: string
  day: string
  who: string
  at: string
  data: Record<string, unknown>
}
export interface FileRow {
  id: number
  name: string
  purpose: string
  size: number
  who: string
  at: string
}
export interface Case extends Row {
  reason: string | null
  opened: string
  opened_by: string
  imported: boolean
  standing: {
    state: string
    state_label: string
    deemed: string[]
    clocks: Clock[]
    duties: string[]
    owed: Record<string, string>
    waiting: Record<string, string>
  }
  /** Until when what is published today has to stay so; null where no text says. */
  published: { proposed: Clock | null; merged: Clock | null }
  steps: { event: string; label: string }[]
  events: Happened[]
  opinions: Opinion[]
  claims: Claim[]
  attachments: FileRow[]
  liaisons: { id: number; person: string; phone: string; organisation: Named }[]
  key_lists: { id: number; listed_label: string; paper: string }[]
}
export interface Choices {
  finding: string
  title: string
  decision: string
  decision_label: string
  area: string | null
  county: string | null
  notices: string[]
  kinds: { id: string; label: string; fits: boolean }[]
  handling: Named[]
  organisations: Named[]
}

/** A post that is sent once however often a button is pressed while the line is slow. */
export function postOnce<T>(path: string, body: unknown): Promise<T> {
  return post<T>(path, body, { key: crypto.randomUUID?.() ?? String(Math.random()).slice(2) })
}

/** The finding that an address or an id names. */
export function findingId(text: string): string {
  return /F[0-9a-f]{8,}/.exec(text)?.[0] ?? text.trim()
}

export function size(bytes: number): string {
  return bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} kB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`
}

/** The server's word for a step, a state or an outcome, to begin a line or a button with. */
export function word(label: string | null): string {
  return label ? label.charAt(0).toUpperCase() + label.slice(1) : '—'
}
