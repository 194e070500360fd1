import { computed, ref, type ComputedRef, type Ref } from 'vue'

export interface Column<Row> {
  /** Name of the slot `cell-<key>` and of the field shown without one. */
  key: string
  title: string
  /** Width in px; without one the column shares what is left. */
  width?: number
  /** Numbers: to the right, with tabular digits. */
  figure?: boolean
  /** Text of the cell when it is not simply the field. */
  text?: (row: Row) => string
  /** The server can order by it. */
  sortable?: boolean
  /** Not shown until the person asks for it. */
  hidden?: boolean
  /** Cannot be taken away: the name of the thing. */
  fixed?: boolean
}

export interface Order {
  key: string
  falling: boolean
}

/** Which columns the person sees, kept on their machine under the table's name. */
export function useColumns<Row>(
  name: string,
  columns: () => readonly Column<Row>[],
): { shown: ComputedRef<Column<Row>[]>; chosen: Ref<Record<string, boolean>>; choose: (key: string, on: boolean) => void } {
  const kept = `wupu.columns.${name}`
  const chosen = ref<Record<string, boolean>>({})
  try {
    const read: unknown = JSON.parse(localStorage.getItem(kept) ?? '{}')
    if (typeof read === 'object' && read !== null) chosen.value = read as Record<string, boolean>
  } catch {
    // A broken memory of columns is no reason not to show the table.
  }
  const shown = computed(() => columns().filter((column) => column.fixed || (chosen.value[column.key] ?? !column.hidden)))
  function choose(key: string, on: boolean): void {
    chosen.value = { ...chosen.value, [key]: on }
    localStorage.setItem(kept, JSON.stringify(chosen.value))
  }
  return { shown, chosen, choose }
}
