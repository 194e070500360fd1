/** A sheet of cells under the keyboard, as pure functions: movement, selection, blocks of text from and to Excel. */

export interface Cell {
  row: number
  column: number
}

export interface Size {
  rows: number
  columns: number
}

/** Active cell and the other corner of the selection. */
export interface Cursor {
  at: Cell
  anchor: Cell
}

export interface Key {
  key: string
  shift?: boolean
  ctrl?: boolean
}

export function cursor(row: number, column: number): Cursor {
  return { at: { row, column }, anchor: { row, column } }
}

const clamp = (n: number, most: number) => Math.max(0, Math.min(n, most))

/** Where a key leads; null: not a key of movement. `fixed`: columns that are passed over by Tab and Enter. */
export function move(from: Cursor, size: Size, pressed: Key, fixed: (column: number) => boolean = () => false): Cursor | null {
  const last = { row: size.rows - 1, column: size.columns - 1 }
  if (last.row < 0 || last.column < 0) return null
  const { row, column } = from.at
  const to = (r: number, c: number): Cursor => {
    const at = { row: clamp(r, last.row), column: clamp(c, last.column) }
    return { at, anchor: at }
  }
  const stretch = (r: number, c: number): Cursor =>
    pressed.shift ? { at: { row: clamp(r, last.row), column: clamp(c, last.column) }, anchor: from.anchor } : to(r, c)
  switch (pressed.key) {
    case 'ArrowUp':
      return stretch(pressed.ctrl ? 0 : row - 1, column)
    case 'ArrowDown':
      return stretch(pressed.ctrl ? last.row : row + 1, column)
    case 'ArrowLeft':
      return stretch(row, pressed.ctrl ? 0 : column - 1)
    case 'ArrowRight':
      return stretch(row, pressed.ctrl ? last.column : column + 1)
    case 'Home':
      return stretch(pressed.ctrl ? 0 : row, 0)
    case 'End':
      return stretch(pressed.ctrl ? last.row : row, last.column)
    case 'PageUp':
      return stretch(row - 15, column)
    case 'PageDown':
      return stretch(row + 15, column)
    case 'Enter':
      return to(row + (pressed.shift ? -1 : 1), column)
    case 'Tab':
      return tab(from.at, last, pressed.shift === true, fixed)
    default:
      return null
  }
}

/** The next cell that can be written, over the ends of rows; null at the end: the page takes the key. */
function tab(from: Cell, last: Cell, back: boolean, fixed: (column: number) => boolean): Cursor | null {
  let { row, column } = from
  for (;;) {
    column += back ? -1 : 1
    if (column > last.column) [row, column] = [row + 1, 0]
    if (column < 0) [row, column] = [row - 1, last.column]
    if (row < 0 || row > last.row) return null
    if (!fixed(column)) return cursor(row, column)
  }
}

export interface Range {
  top: number
  left: number
  bottom: number
  right: number
}

export function range(of: Cursor): Range {
  return {
    top: Math.min(of.at.row, of.anchor.row),
    left: Math.min(of.at.column, of.anchor.column),
    bottom: Math.max(of.at.row, of.anchor.row),
    right: Math.max(of.at.column, of.anchor.column),
  }
}

/** Text of a spreadsheet's clipboard: tabs and lines; a cell in quotes may hold both, and doubled quotes. */
export function fromText(text: string): string[][] {
  const rows: string[][] = [[]]
  let cell = ''
  let inside = false
  for (let at = 0; at < text.length; at += 1) {
    const c = text[at] as string
    if (inside) {
      if (c !== '"') cell += c
      else if (text[at + 1] === '"') {
        cell += '"'
        at += 1
      } else inside = false
    } else if (c === '"' && cell === '') inside = true
    else if (c === '\t') {
      rows.at(-1)?.push(cell)
      cell = ''
    } else if (c === '\n' || c === '\r') {
      if (c === '\r' && text[at + 1] === '\n') at += 1
      rows.at(-1)?.push(cell)
      cell = ''
      rows.push([])
    } else cell += c
  }
  const last = rows.at(-1) as string[]
  if (last.length === 0 && cell === '') rows.pop()
  else last.push(cell)
  // A cell holds one line: what a spreadsheet broke is joined.
  return rows.map((row) => row.map((one) => one.replace(/\s*[\r\n]+\s*/g, ' ').trim()))
}

const quoted = (text: string) => (/[\t\n\r"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

export function toText(cells: readonly (readonly string[])[]): string {
  return cells.map((row) => row.map(quoted).join('\t')).join('\n')
}

export interface Written {
  row: number
  column: number
  text: string
}

/**
 * What a pasted block writes. One cell fills the whole selection; a block repeats over a selection that is a multiple
 * of it. `most`: rows that may be reached; columns beyond the last one are left out and counted.
 */
export function paste(block: readonly (readonly string[])[], over: Range, size: Size, most: number): { cells: Written[]; left: number } {
  const height = block.length
  const width = Math.max(0, ...block.map((row) => row.length))
  if (height === 0 || width === 0) return { cells: [], left: 0 }
  const [rows, columns] = [over.bottom - over.top + 1, over.right - over.left + 1]
  const repeat = rows % height === 0 && columns % width === 0
  const [down, across] = repeat ? [rows, columns] : [height, width]
  const cells: Written[] = []
  let left = 0
  for (let r = 0; r < down; r += 1) {
    for (let c = 0; c < across; c += 1) {
      const text = block[r % height]?.[c % width]
      if (text === undefined) continue
      const at = { row: over.top + r, column: over.left + c }
      if (at.row >= most || at.column >= size.columns) left += text === '' ? 0 : 1
      else cells.push({ ...at, text })
    }
  }
  return { cells, left }
}

/** Rows to draw of many, with some above and below. */
export function visible(scrolled: number, height: number, rowHeight: number, rows: number): { first: number; last: number } {
  const spare = 8
  const first = clamp(Math.floor(scrolled / rowHeight) - spare, Math.max(0, rows - 1))
  return { first, last: Math.min(rows, Math.ceil((scrolled + height) / rowHeight) + spare) }
}
