/** Progress of an area as the server sends it. */

export const STAGES = ['filled', 'signed', 'pre_checked', 'county', 'city', 'province'] as const
export type Stage = (typeof STAGES)[number]

export type Counts = Record<Stage | 'units' | 'queries' | 'overdue', number>
/** Per cent with one decimal, as text; null: there are no units. */
export type Rates = Record<Stage, string | null>

export interface Part {
  area: string
  name: string
  children: boolean
  own: boolean
  counts: Counts
  rates: Rates
}

export interface Taken {
  id: string
  month: string
  at: string
  by: string
  counts: Counts
  rates: Rates
}

export interface Progress {
  area: string
  name: string
  level: string
  at: string
  counts: Counts
  rates: Rates
  listed: number | null
  rejected: number | null
  parts: Part[]
  trend: Taken[]
}

/** Parts with units, the fastest first; equal ones by how many units they have. */
export function ranked(parts: readonly Part[], stage: Stage): Part[] {
  return parts
    .filter((part) => part.counts.units > 0 && !part.own)
    .sort((a, b) => b.counts[stage] * a.counts.units - a.counts[stage] * b.counts.units || b.counts.units - a.counts.units)
}

/** The ends of a long ranking: so many of the best and of the slowest. */
export function ends<T>(list: readonly T[], each: number): T[] {
  return list.length <= each * 2 ? [...list] : [...list.slice(0, each), ...list.slice(-each)]
}
