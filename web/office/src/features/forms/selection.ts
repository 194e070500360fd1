/** Rows of records and columns of items, or the other way round as on paper: which cell of the screen is which. */
import type { Cell } from './grid'

export interface Spot {
  record: number
  item: number
}

export function spot(cell: Cell, turned: boolean): Spot {
  return turned ? { record: cell.column, item: cell.row } : { record: cell.row, item: cell.column }
}

export function cellOf(at: Spot, turned: boolean): Cell {
  return turned ? { row: at.item, column: at.record } : { row: at.record, column: at.item }
}
