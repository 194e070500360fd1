/** What the engine says and is asked; the same words as `web/engine`. */

/** One row: item code → text as typed. */
export type Row = Record<string, string>

/** Values of one filled form (一张普查表的填报值). */
export interface Values {
  common: Row
  flat: Row
  blocks: Record<string, Row[]>
}

export type ItemType =
  | { kind: 'number'; scale: number }
  | { kind: 'text'; max: number }
  | { kind: 'code'; list: string; title: string }
  | { kind: 'codes'; list: string; max: number; title: string }
  | { kind: 'date' }
  | { kind: 'year_month' }
  | { kind: 'angle' }

/** An item (指标) as printed. */
export interface Item {
  code: string
  /** Number as printed; null for a key that no form prints. */
  printed: string | null
  name: string
  name_en: string
  /** Name of its row block; empty: the flat part. */
  block: string
  type: ItemType
  /** Unit of measure in Chinese, and as the instrument writes it. */
  unit: string
  unit_code: string
  required: 'yes' | 'conditional' | 'by_industry' | 'no'
  notes: string
  mark: 'S' | 'R' | 'D'
  source: string
  provisional: boolean
  number_inferred: boolean
  /** Written by the program, never typed. */
  computed: boolean
  /** What others add up to it, by which rule. */
  sum: { rule: string; text: string } | null
}

export interface Block {
  name: string
  title: string
  many: boolean
}

export interface FormHead {
  code: string
  title: string
  title_en: string
  family: string
  kind: 'base' | 'comprehensive' | 'accounting' | 'computed' | 'directory'
  respondent: string
  respondent_title: string
  due: string
  confidence: string
  cells: number
  provisional: number
}

/** A form (普查表) whole, items in printed order. */
export interface Form extends FormHead {
  period: number
  header: Item[]
  footer: Item[]
  blocks: Block[]
  items: Item[]
}

export interface Overview {
  instrument: string
  title: string
  version: string
  period: number
  forms: FormHead[]
  respondents: { code: string; title: string; forms: { form: string; when: string; exact: boolean }[] }[]
  lists: { name: string; title: string; members: number }[]
}

export interface Member {
  code: string
  name: string
  name_en: string
  parent: string
  initials: string
}

export interface Finding {
  unit: string
  rule: string
  grade: 'error' | 'verify' | 'hint'
  /** `G102/facility`. */
  table: string
  row: number
  kind: { kind: string; item?: string; form?: string; reason?: string; name?: string; [more: string]: unknown }
  /** Items the rule reads: `[01]` → text as typed. */
  values: [string, string][]
}

export interface Told {
  finding: Finding
  message: string
}

export interface CheckRequest {
  unit: string
  respondent: string
  sheets: Record<string, Values>
  last_year?: Record<string, Values>
  last_census?: Record<string, Values>
  today: [number, number, number]
}

export interface Checked {
  findings: Told[]
  /** null: an answer it depends on is missing. */
  due: { form: string; due: boolean | null; exact: boolean }[]
  /** null: a part is missing. */
  sums: { table: string; item: string; row: number; value: string | null }[]
}

export type Asked =
  | ({ ask: 'check' } & CheckRequest)
  | { ask: 'instrument' }
  | { ask: 'form'; form: string }
  | { ask: 'list'; list: string }
  | { ask: 'search'; list: string; text: string; limit: number }

/** To the worker and back. */
export type ToWorker =
  | { what: 'load'; id: number; module: string; bundle: string }
  | { what: 'ask'; id: number; asked: Asked }

export type FromWorker = { id: number; answer: unknown } | { id: number; problem: string }
