/** Findings laid on the cells they speak of, without any page. */
import type { Finding, Form, Told } from '@/engine/protocol'
import { COMMON, placeText, type Place } from './values'

export type MarkKind = 'error' | 'unreadable' | 'verify' | 'hint' | 'blank'

export interface Mark {
  kind: MarkKind
  messages: string[]
  /** Those that are said here; the others are said at the first of their cells. */
  own: string[]
}

const GRAVITY: MarkKind[] = ['blank', 'hint', 'verify', 'unreadable', 'error']

function kindOf(finding: Finding): MarkKind | null {
  switch (finding.kind.kind) {
    case 'blank':
      return 'blank'
    case 'unreadable':
    case 'not-in-list':
      return 'unreadable'
    case 'failed':
      return finding.grade
    default:
      return null
  }
}

function inForm(form: Form, block: string, row: number, item: string): Place | null {
  if (form.items.some((i) => i.block === block && i.code === item)) return { block, row: block === '' ? 0 : row, item }
  if (form.items.some((i) => i.block === '' && i.code === item)) return { block: '', row: 0, item }
  if ([...form.header, ...form.footer].some((i) => i.code === item)) return { block: COMMON, row: 0, item }
  return null
}

/** The cells of this form that a finding speaks of: its own item first, else the items its rule reads. */
export function placesOf(form: Form, finding: Finding): Place[] {
  const [home = '', block = ''] = finding.table.split('/')
  const here = home === form.code
  if (finding.kind.item !== undefined) {
    const place = here ? inForm(form, block, finding.row, finding.kind.item) : null
    return place === null ? [] : [place]
  }
  const found: Place[] = []
  for (const [name] of finding.values) {
    const parts = /^([^[]*)\[([^\]]+)\]$/.exec(name)
    if (!parts) continue
    const [, owner = '', item = ''] = parts
    let place: Place | null = null
    if (owner === '' || owner === 'this') place = here ? inForm(form, block, finding.row, item) : null
    else if (owner === 'H' || owner === 'F') place = here ? inForm(form, '', 0, `${owner}${item}`) : null
    else if (owner === form.code) place = inForm(form, '', 0, item)
    if (place !== null) found.push(place)
  }
  return found
}

export function marksOf(form: Form, told: readonly Told[]): Map<string, Mark> {
  const marks = new Map<string, Mark>()
  for (const { finding, message } of told) {
    const kind = kindOf(finding)
    if (kind === null) continue
    for (const [n, place] of placesOf(form, finding).entries()) {
      const key = placeText(place)
      const mark = marks.get(key)
      const own = n === 0 ? [message] : []
      if (mark === undefined) marks.set(key, { kind, messages: [message], own })
      else {
        mark.own.push(...own)
        if (GRAVITY.indexOf(kind) > GRAVITY.indexOf(mark.kind)) mark.kind = kind
        if (!mark.messages.includes(message)) mark.messages.push(message)
      }
    }
  }
  return marks
}

/** Groups of the list beside the form; what could not be computed stands apart, it blocks nothing. */
export type Group = 'error' | 'verify' | 'hint' | 'blank' | 'unknown'

export function groupOf(finding: Finding): Group {
  if (finding.kind.kind === 'not-computable') return 'unknown'
  if (finding.kind.kind === 'blank') return 'blank'
  return finding.grade
}

/** Findings of this form, and of rules elsewhere that read it. */
export function ofForm(form: Form, told: readonly Told[]): Told[] {
  return told.filter(({ finding }) => finding.table.split('/')[0] === form.code || placesOf(form, finding).length > 0)
}
