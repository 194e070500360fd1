/** Tables as the server sends them; figures are exact texts. */

export interface Head {
  id: string
  code: string
  title: string
  level: string
  area: string
  area_name: string
  tree: string
  /** Why it no longer holds; null: it holds; empty: a newer one stands. */
  stale: string | null
  at: string
}

export interface Cell {
  kind: 'absent' | 'zero' | 'value' | 'part' | 'withheld'
  value: string | null
  incomplete: number
  why: string | null
}

export interface Row {
  keys: { code: string; name: string }[]
  depth: number
  units: number
  cells: Cell[]
}

export interface Table {
  head: Head
  title: string
  calibre: string
  note: string
  simulated: boolean
  newest: boolean
  key_heads: string[]
  columns: { title: string; unit: string }[]
  rows: Row[]
  proof: { compared: number; wrong: string[] }
  built_from: string
}

export interface Behind {
  unit: string
  name: string
  code: string
  area_name: string
  state: string
  part: Cell
  moved: boolean
}

/** The unit that a stale mark speaks of: `unit X was opened again by …`. */
export function reopened(why: string): string | null {
  return /^unit (\S+) was opened again/.exec(why)?.[1] ?? null
}
