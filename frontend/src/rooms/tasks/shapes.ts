/** What the task board's API gives. */
import { writing } from '../../words'

export type Colour = 'red' | 'amber' | 'unknown' | 'green'
export const COLOURS: Colour[] = ['red', 'amber', 'unknown', 'green']

export interface Source {
  instrument: string
  number: string
  title: string
  clause: string
  label: string
}
export interface Part {
  what: string
  colour: Colour
  label: string
  why: string
  by: string | null
  target: string | null
}
export interface Light {
  colour: Colour
  label: string
  why: string
  parts: Part[]
  left_out: { target: string; why: string }[]
}
export interface Task {
  id: string
  title: string
  mode_label: string
  lead: string[]
  departments: string[]
  open_ended: boolean
  deadline: string | null
  deadlines: { by: string; what: string }[]
  output: string
  places: string[]
  note: string | null
  sources: Source[]
  measurable: number
  lights?: Record<Colour, number>
}
export interface Target {
  id: string
  indicator: string
  demand: string
  unit: string | null
  by: string | null
  places: string[]
  note: string | null
}
export interface Duty {
  id: number
  task: string
  title: string
  departments: string[]
  organisation: { id: number; name: string; level_label: string }
  area: string
  deadline: string | null
  due: string | null
  demand: string
  version: number
  light: Light
  reports: number
  last_report: string | null
  grade: string | null
  demo: boolean
}
export interface Evidence {
  id: number
  name: string
  size: number
  url: string
}
export interface Progress {
  id: number
  at: string
  who: string
  text: string
  label: string
  figures: { target: string; value: string; as_of: string }[]
  evidence: Evidence[]
}
export interface WholeDuty extends Duty {
  detail: Task
  targets: Target[]
  may: { report: boolean; dispatch: boolean }
  progress: Progress[]
  assessments: { id: number; at: string; who: string; label: string; deadline: string | null; remark: string }[]
}

/** A citation as the shared piece takes it. */
export const cite = (source: Source) => ({
  instrument: source.instrument,
  clause: source.clause,
  number: source.number,
  title: source.title,
  clause_label: source.label,
})

/** A moment as people in China write it, to the minute. */
export function moment(text: string): string {
  return new Date(text).toLocaleString(writing(), {
    timeZone: 'Asia/Shanghai',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  })
}

export function today(): string {
  return new Date().toLocaleDateString('sv-SE', { timeZone: 'Asia/Shanghai' })
}
