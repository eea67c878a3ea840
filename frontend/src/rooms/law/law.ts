/** What the API tells of documents, clauses and search. */
export interface Head {
  id: string
  number: string | null
  title: string
  title_zh?: string
  kind_label: string
  issuer: string | null
  clauses: number
  in_force: { from: string | null; reason: string | null; on: string; holds: 'true' | 'false' | 'unknown' }
  quality: string
  note: string | null
  successor: { id: string; from: string; title: string | null } | null
  covered: boolean
}
export interface Row {
  id: string
  label: string
  heading: string | null
  depth: number
  counts: Record<string, number>
  reason: string | null
}
export type Document = Omit<Head, 'clauses'> & { clauses: Row[] }
export interface Short {
  instrument: string
  clause: string
  label: string
  heading: string | null
}
export interface Rule {
  id: string
  title: string
  sentence: string
  due: string | null
  strength_label: string
  effects: { decision: string; label: string }[]
  exceptions: { id: string; title: string }[]
}
export interface Page {
  id: string
  label: string
  heading: string | null
  instrument: Head
  cite: string
  cite_note: string | null
  in_force: 'true' | 'false' | 'unknown'
  above: Short[]
  below: Short[]
  before: Short | null
  after: Short | null
  reason: string | null
  rules: Rule[]
  tasks: { id: string; title: string; output: string; lead: string[]; departments: string[]; mode_label: string; strength_label: string; deadlines: { by: string; what: string }[] }[]
  targets: { id: string; indicator: string; places: string[]; demand: string; by: string | null; kind_label: string }[]
  parameters: { id: string; label: string; value: string | null; sure: boolean }[]
  limits: { id: string; label: string; value: string; sure: boolean }[]
  lists: { id: string; label: string; members: { code: string; label: string }[]; open: { code: string; label: string }[] }[]
  readings: { kind_label: string; id: string; label: string; text: string; open: boolean }[]
  conflicts: { id: string; topic: string; differ: string; reason: string; resolved_label: string }[]
  touching: (Short & { number: string | null; title: string; ties: { kind_label: string; id: string; label: string }[] })[]
  touching_total: number
}
export interface Own {
  text: string[]
  file: string
  as_registered: boolean | null
}
export interface Snippet {
  field: string
  text: string
  marks: [number, number][]
}
export interface Hit {
  kind: string
  kind_label: string
  id: string
  title: string
  instrument: string | null
  clause: string | null
  cite: string | null
  of?: string
  exact: boolean
  snippets: Snippet[]
}
export interface Found {
  total: number
  exact: boolean
  kinds: { kind: string; label: string; count: number }[]
  fields: Record<string, string>
  items: Hit[]
  next: number | null
}

/** Where a clause is read. */
export function address(instrument: string, clause?: string | null, rule?: string): string {
  const path = `/law/${encodeURIComponent(instrument)}${clause ? `/${encodeURIComponent(clause)}` : ''}`
  return rule ? `${path}#${rule}` : path
}

/** A snippet cut into pieces; offsets count code points, as the server does. */
export function pieces(snippet: Snippet): { text: string; marked: boolean }[] {
  const signs = Array.from(snippet.text)
  const out: { text: string; marked: boolean }[] = []
  let last = 0
  for (const [start, end] of snippet.marks) {
    out.push({ text: signs.slice(last, start).join(''), marked: false })
    out.push({ text: signs.slice(start, end).join(''), marked: true })
    last = end
  }
  out.push({ text: signs.slice(last).join(''), marked: false })
  return out.filter((piece) => piece.text)
}
