import { api, type Page } from '@/shared/api'

/** One line of the directory (名录). */
export interface UnitRow {
  id: string
  name: string
  code: string
  area: string
  area_name: string
  respondent: string
  state: string
}

export interface UnitPage extends Page<UnitRow> {
  count: number | null
}

export interface Finding {
  rule: string
  grade: string
  form: string
  table: string
  row: number
  item: string
  kind: string
  message: string
  explained: boolean
}

export interface Query {
  id: string
  step: string
  question: string
  deadline: string
  raised_by: string
  state: { state: string; text?: string }
}

/** The file of a unit (一源一档). */
export interface UnitFile {
  id: string
  name: string
  code: string
  area: string
  area_name: string
  address: string
  industries: string[]
  status: string
  respondent: string
  respondent_title: string
  simulated: boolean
  state: string
  round: number
  counter: number
  checked: boolean
  next: { step: string; title: string; role: string } | null
  sheets: { form: string; title: string; revision: string; at: string; author: string }[]
  findings: Finding[]
  queries: Query[]
  attachments: { id: string; name: string; size: number }[]
  actions: { event: string; refusal: Record<string, unknown> | null }[]
  people: Record<string, string>
}

export type Event = { event: string } & Record<string, unknown>

const path = (id: string) => `/api/units/${encodeURIComponent(id)}`

export const units = {
  list: (query: Record<string, string | number | boolean | null | undefined>, signal: AbortSignal) =>
    api.get<UnitPage>('/api/units', { query, signal }),
  file: (id: string, signal: AbortSignal) => api.get<UnitFile>(path(id), { signal }),
  /** One event of the review chain; `seen`: the counter of what the person looked at. */
  happen: (id: string, seen: number, event: Event) =>
    api.post<{ state: string; counter: number; stale: string[] }>(`${path(id)}/events`, { seen, event }),
}

/** Where a query stands: its state's name, whatever shape it is sent in. */
export function queryState(query: Query): string {
  return typeof query.state === 'string' ? query.state : query.state.state
}

/** A finding as events name it. */
export function keyOf(finding: Finding): Record<string, unknown> {
  return { rule: finding.rule, table: finding.table, row: finding.row, item: finding.item }
}
