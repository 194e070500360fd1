/** The calls of the server that form pages use. */
import type { Told, Values } from '@/engine/protocol'
import { api } from '@/shared/api'
import type { Side } from './values'

/** A unit with all its newest sheets: what the engine needs to check one of them. */
export interface UnitFile {
  id: string
  name: string
  code: string
  area: string
  respondent: string
  state: string
  sheets: Record<string, { revision: string; at: string; author: string; values: Partial<Values>; draft_at?: string | null }>
}

export interface RevisionHead {
  id: string
  author: string
  at: string
}

export interface Citation {
  place: string
  /** Id of an uploaded file, or empty for a paper that is named only. */
  document: string
  page: string
  note: string
}

export interface SecondEntry {
  state: 'none' | 'wanted' | 'open' | 'differs' | 'done'
  first_by?: string
  differs?: { place: string; first: string; second: string }[]
}

export interface SheetAnswer {
  revision: RevisionHead | null
  values: Partial<Values>
  last_year: Partial<Values> | null
  last_census: Partial<Values> | null
  findings: Told['finding'][]
  draft: { base: string | null; values: Partial<Values>; at: string } | null
  state: string
  may_edit: boolean
  citations: Citation[]
  second_entry: SecondEntry | null
}

export interface Saved {
  revision: RevisionHead
  findings: Told['finding'][]
  state: string
}

/** Fields of a 409. */
export interface Moved {
  base: Partial<Values> | null
  ours: Partial<Values>
  theirs: Partial<Values>
  /** Id of the revision that stands now. */
  revision?: string
  author: string
  at: string
  differs?: Side[]
}

export interface Upload {
  id: string
  name: string
}

const unitPath = (unit: string) => `/api/units/${encodeURIComponent(unit)}`
const sheetPath = (unit: string, form: string) => `${unitPath(unit)}/sheets/${encodeURIComponent(form)}`

export const sheets = {
  unit: (unit: string, signal?: AbortSignal) => api.get<UnitFile>(`${unitPath(unit)}/sheets`, { signal }),
  load: (unit: string, form: string, signal?: AbortSignal) => api.get<SheetAnswer>(sheetPath(unit, form), { signal }),
  draft: (unit: string, form: string, base: string | null, values: Values) =>
    api.put(`${sheetPath(unit, form)}/draft`, { base, values }),
  save: (unit: string, form: string, id: string, base: string | null, values: Values) =>
    api.post<Saved>(sheetPath(unit, form), { id, base, values }),
  cite: (unit: string, form: string, citation: Citation) => api.put(`${sheetPath(unit, form)}/citations`, citation),
  upload: (unit: string, file: File) =>
    api.post<Upload>(`${unitPath(unit)}/files`, file, { query: { name: file.name } }),
  files: (unit: string) => api.get<{ rows: Upload[] }>(`${unitPath(unit)}/files`),
  second: (unit: string, form: string, values: Values) =>
    api.post<{ differs: { place: string; first: string; second: string }[] }>(`${sheetPath(unit, form)}/second-entry`, { values }),
}

/** An id that grows with time (UUID version 7), made by whoever writes: sent twice it changes nothing. */
export function newId(now = Date.now(), chance: Uint8Array = crypto.getRandomValues(new Uint8Array(10))): string {
  const bytes = new Uint8Array(16)
  for (let at = 0; at < 6; at += 1) bytes[at] = Math.floor(now / 2 ** (8 * (5 - at))) & 0xff
  bytes.set(chance, 6)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
