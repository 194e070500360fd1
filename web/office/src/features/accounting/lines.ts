/** Lines of a unit as the server sends them; numbers are exact texts. */

export interface Line {
  n: number
  form: string
  outlet: string
  row: number
  segment: string
  pollutant: string
  method: string
  generated: string | null
  removed: string | null
  emitted: string | null
  measure: string
  incomplete: string | null
}

export interface Figure {
  pollutant: string
  measure: string
  generated: string
  emitted: string
  lines: number
  incomplete: number
}

export interface MethodSum {
  method: string
  measure: string
  generated: string | null
  emitted: string | null
  lines: number
  incomplete: number
}

export interface Lines {
  unit: string
  name: string
  code: string
  accounted: { version: string; current: boolean } | null
  figures: Figure[]
  lines: Line[]
  methods: { pollutant: string; methods: MethodSum[] }[]
}

export interface Step {
  what: string
  how: string
  source: string
  parts: Step[]
}

export interface Trace {
  unit: string
  name: string
  line: Line
  tree: Step[]
  sheets: { form: string; revision: string; author: string; at: string }[]
}
