/** Places and values of a sheet, without any page. */
import type { Block, Form, Item, Row, Values } from '@/engine/protocol'

/** Where a figure stands: `flat/05`, `common/H1`, `facility/2/08`; rows from 0. */
export interface Place {
  block: string
  row: number
  item: string
}

/** Name of the header and footer among the blocks. */
export const COMMON = 'common'

export function placeText(place: Place): string {
  if (place.block === '') return `flat/${place.item}`
  if (place.block === COMMON) return `common/${place.item}`
  return `${place.block}/${place.row}/${place.item}`
}

export function placeOf(text: string): Place | null {
  const parts = text.split('/')
  if (parts.length === 2) return { block: parts[0] === 'flat' ? '' : COMMON, row: 0, item: parts[1] ?? '' }
  if (parts.length !== 3) return null
  return { block: parts[0] ?? '', row: Number(parts[1]), item: parts[2] ?? '' }
}

export function nothing(): Values {
  return { common: {}, flat: {}, blocks: {} }
}

/** A copy with every part there; the server leaves out what is empty. */
export function whole(values: Partial<Values> | null | undefined): Values {
  const blocks: Record<string, Row[]> = {}
  for (const [name, rows] of Object.entries(values?.blocks ?? {})) blocks[name] = rows.map((row) => ({ ...row }))
  return { common: { ...values?.common }, flat: { ...values?.flat }, blocks }
}

export function valueAt(values: Values, place: Place): string {
  if (place.block === COMMON) return values.common[place.item] ?? ''
  if (place.block === '') return values.flat[place.item] ?? ''
  return values.blocks[place.block]?.[place.row]?.[place.item] ?? ''
}

/** Writes one text; an empty one takes the key away: absent and empty are the same. Says whether anything changed. */
export function write(values: Values, place: Place, text: string): boolean {
  if (valueAt(values, place) === text) return false
  let row: Row
  if (place.block === COMMON) row = values.common
  else if (place.block === '') row = values.flat
  else {
    const rows = (values.blocks[place.block] ??= [])
    while (rows.length <= place.row) rows.push({})
    row = rows[place.row] as Row
  }
  if (text === '') delete row[place.item]
  else row[place.item] = text
  return true
}

/** All filled places with their texts. */
export function places(values: Values): Map<string, string> {
  const found = new Map<string, string>()
  const take = (block: string, row: number, cells: Row) => {
    for (const [item, text] of Object.entries(cells)) if (text !== '') found.set(placeText({ block, row, item }), text)
  }
  take(COMMON, 0, values.common)
  take('', 0, values.flat)
  for (const [name, rows] of Object.entries(values.blocks)) rows.forEach((row, at) => take(name, at, row))
  return found
}

export interface Side {
  place: string
  ours: string
  theirs: string
}

/** Places where two sheets say different things, in the order of `ours`, then what only `theirs` has. */
export function differing(ours: Values, theirs: Values): Side[] {
  const [a, b] = [places(ours), places(theirs)]
  const keys = [...a.keys(), ...[...b.keys()].filter((key) => !a.has(key))]
  return keys
    .map((place) => ({ place, ours: a.get(place) ?? '', theirs: b.get(place) ?? '' }))
    .filter((side) => side.ours !== side.theirs)
}

/** Two changes of one base: what only one of them changed is taken from it, the rest is asked. */
export function merge(base: Values, ours: Values, theirs: Values): { merged: Values; open: Side[] } {
  const merged = whole(theirs)
  const [b, o, t] = [places(base), places(ours), places(theirs)]
  const open: Side[] = []
  for (const side of differing(ours, theirs)) {
    const [was, we, they] = [b.get(side.place) ?? '', o.get(side.place) ?? '', t.get(side.place) ?? '']
    const place = placeOf(side.place)
    if (place === null) continue
    if (they === was) write(merged, place, we)
    else if (we !== was) open.push(side)
  }
  return { merged, open }
}

/** Rows without any text at the end of a block say nothing and are not kept. */
export function tidy(values: Values): Values {
  const tidied = whole(values)
  for (const [name, rows] of Object.entries(tidied.blocks)) {
    while (rows.length > 0 && Object.values(rows.at(-1) ?? {}).every((text) => text === '')) rows.pop()
    if (rows.length === 0) delete tidied.blocks[name]
  }
  return tidied
}

export function itemsOf(form: Form, block: string): Item[] {
  return form.items.filter((item) => item.block === block)
}

/** A run of flat items, or a row block with all its items. */
export interface Part {
  key: string
  /** null: a run of the flat part. */
  block: Block | null
  items: Item[]
}

/** The parts of a form in printed order; a block stands where its first item does. */
export function partsOf(form: Form): Part[] {
  const found: Part[] = []
  const seen = new Set<string>()
  for (const item of form.items) {
    const last = found.at(-1)
    if (item.block === '') {
      if (last && last.block === null) last.items.push(item)
      else found.push({ key: `flat ${item.code}`, block: null, items: [item] })
    } else if (!seen.has(item.block)) {
      seen.add(item.block)
      const block = form.blocks.find((b) => b.name === item.block)
      if (block) found.push({ key: item.block, block, items: itemsOf(form, item.block) })
    }
  }
  return found
}

/** The item at a place of the form. */
export function itemAt(form: Form, place: Place): Item | undefined {
  if (place.block === COMMON) return [...form.header, ...form.footer].find((item) => item.code === place.item)
  return form.items.find((item) => item.block === place.block && item.code === place.item)
}

/** A typed zero, something typed, nothing typed: three things. */
export function filled(text: string): 'blank' | 'zero' | 'given' {
  if (text.trim() === '') return 'blank'
  return /^[0０]+([.．][0０]+)?$/.test(text.trim()) ? 'zero' : 'given'
}
