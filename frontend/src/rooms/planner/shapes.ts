/** What the planner's API gives. */
import type { FeatureCollection } from 'geojson'
import type { Fault } from '../../parts/api'
import { writing } from '../../words'

export interface Job<R = Record<string, unknown>> {
  id: number
  kind: string
  label: string
  state: 'queued' | 'running' | 'done' | 'failed'
  state_label: string
  who: string
  stage: string
  done: number
  made: string
  faults: Fault[]
  file: { name: string; url: string } | null
  result: R | null
}
export interface Step {
  state: string
  label: string
  day: string
  at: string
  who: string
  paper: string | null
  reason: string | null
}
export interface Version {
  seq: number
  kind: string
  kind_label: string
  title: string
  source: string
  features: number
  state: string
  label: string
  valid_from: string
  recorded: string
  demo: boolean
  steps: Step[]
}
export interface Check {
  severity: 'error' | 'warning'
  check: string
  message: string
  features: string[]
  at: [number, number] | null
}
export interface Checks {
  features: number
  errors: number
  findings: Check[]
}
export interface Checked {
  version: number | null
  checks: Checks | null
  map: FeatureCollection | null
}
export interface Filing {
  id: number
  layer_version: number
  area: string
  occasion_label: string
  reason: string
  state: string
  state_label: string
  organisation: { name: string }
  version: number
  steps: { state: string; label: string; at: string; who: string; paper: string; remark: string }[]
}
export interface WholeVersion extends Version {
  area: string
  checks: Checks | null
  may_follow: string[]
  published: number | null
  may: Record<string, boolean>
  filings: Filing[]
  superior: string | null
  edited_from: number | null
}
export interface Difference {
  added: string[]
  removed: string[]
  moved: string[]
  changed: Record<string, Record<string, [unknown, unknown]>>
  areas: { before: string | null; after: string | null; area_km2: number }[]
  findings: { finding: string; project: string | null; decision: string | null }[]
  map: FeatureCollection
  pieces_left_out: number
}
export interface Problem {
  id: number
  number: string
  title: string
  source: string
  found_on: string
  place: string
  area_m2: number | null
  units: { code: string; name: string; class: string; share: number }[]
  layers: { layer: string; title: string; feature: string }[]
  state: string
  state_label: string
  deadline: string | null
  version: number
  organisation: { id: number; name: string } | null
  late: boolean
}

export const today = () => new Date().toLocaleDateString('sv-SE', { timeZone: 'Asia/Shanghai' })
export const moment = (text: string) =>
  new Date(text).toLocaleString(writing(), { timeZone: 'Asia/Shanghai', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' })
