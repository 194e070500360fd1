import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import { engineOf, forgetEngine, today, type Engine } from '@/engine/engine'
import type { Checked, Form, Row, Told, Values } from '@/engine/protocol'
import { ApiError } from '@/shared/api'
import { ofForm } from './marks'
import { Names } from './names'
import { newId, sheets, type Moved, type SheetAnswer, type UnitFile } from './sheet-api'
import { COMMON, merge, nothing, placeText, tidy, valueAt, whole, write, type Place, type Side } from './values'

const CHECK_AFTER = 200
const DRAFT_AFTER = 1500
const AGAIN_AFTER = 8000
const UNDO_MOST = 200

/** Where the words typed are: `kept` on the server as a revision or a draft, `waiting` to be sent, `offline`, `failed`. */
export type Keeping = 'kept' | 'waiting' | 'offline' | 'failed'

interface Step {
  block: string
  before: Row[]
  after: Row[]
}

export interface Conflict {
  moved: Moved
  merged: Values
  open: Side[]
}

/** One sheet on one page: loaded, typed into, checked while typing, kept as a draft, saved. */
export function useSheet(unit: string, code: string) {
  const loading = ref(true)
  const problem = shallowRef<unknown>(null)
  const file = shallowRef<UnitFile | null>(null)
  const answer = shallowRef<SheetAnswer | null>(null)
  const engine = shallowRef<Engine | null>(null)
  const names = shallowRef<Names | null>(null)
  const form = shallowRef<Form | null>(null)
  const values = shallowRef<Values>(nothing())
  const base = ref<string | null>(null)
  const checked = shallowRef<Checked | null>(null)
  const checking = ref(false)
  const engineProblem = shallowRef<unknown>(null)
  const dirty = ref(false)
  const keeping = ref<Keeping>('kept')
  const keptAt = ref<string | null>(null)
  const saving = ref(false)
  const conflict = shallowRef<Conflict | null>(null)
  const typeSums = ref(false)
  const draft: Ref<SheetAnswer['draft']> = ref(null)

  const undone: Step[] = []
  const done: Step[] = []
  /** Sums written by the program: they follow their parts; a typed one is never written over. */
  const follows = new Set<string>()
  let drafting: ReturnType<typeof setTimeout> | undefined
  let awaited: ReturnType<typeof setTimeout> | undefined
  let sent = 0
  let changes = 0
  /** The id of a save that was not answered: the same words are sent under it again. */
  let pending: { id: string; text: string } | null = null

  async function load(): Promise<void> {
    loading.value = true
    problem.value = null
    try {
      const [of, found] = await Promise.all([sheets.unit(unit), sheets.load(unit, code)])
      file.value = of
      answer.value = found
      base.value = found.revision?.id ?? null
      values.value = whole(found.values)
      draft.value = found.draft
      // A draft begun on the revision that stands is gone on with; an older one is only offered.
      if (found.draft && found.may_edit && found.draft.base === base.value) takeDraft()
      const now = engineOf(of.area.slice(0, 6))
      engine.value = now
      names.value = new Names(now)
      try {
        form.value = await now.form(code)
      } catch (thrown) {
        forgetEngine()
        throw thrown
      }
      await check()
    } catch (thrown) {
      problem.value = thrown
    }
    loading.value = false
  }

  function takeDraft(): void {
    if (draft.value === null) return
    values.value = whole(draft.value.values)
    keptAt.value = draft.value.at
    dirty.value = true
    keeping.value = 'kept'
    draft.value = null
    soonCheck()
  }

  function request() {
    const of = file.value as UnitFile
    const all: Record<string, Values> = {}
    for (const [other, sheet] of Object.entries(of.sheets)) all[other] = whole(sheet.values)
    all[code] = tidy(values.value)
    const earlier = (given: Partial<Values> | null | undefined) => (given ? { [code]: whole(given) } : {})
    return {
      unit,
      respondent: of.respondent,
      sheets: all,
      last_year: earlier(answer.value?.last_year),
      last_census: earlier(answer.value?.last_census),
      today: today(),
    }
  }

  async function check(): Promise<void> {
    if (engine.value === null || file.value === null) return
    sent += 1
    const mine = sent
    checking.value = true
    try {
      const found = await engine.value.check(request())
      if (mine !== sent) return
      checked.value = found
      engineProblem.value = null
      followSums(found)
    } catch (thrown) {
      if (mine === sent) engineProblem.value = thrown
    }
    checking.value = false
  }

  function soonCheck(): void {
    clearTimeout(awaited)
    awaited = setTimeout(() => void check(), CHECK_AFTER)
  }

  function followSums(found: Checked): void {
    if (typeSums.value || !mayEdit.value) return
    let written = false
    for (const sum of found.sums) {
      const [table = '', block = ''] = sum.table.split('/')
      if (table !== code || sum.value === null) continue
      const place: Place = { block, row: sum.row, item: sum.item }
      const key = placeText(place)
      const now = valueAt(values.value, place)
      if (now === sum.value) follows.add(key)
      if (now !== '' && !follows.has(key)) continue
      follows.add(key)
      // A count of nothing in an empty form is no figure yet.
      if (now === '' && !dirty.value) continue
      if (write(values.value, place, sum.value)) written = true
    }
    if (!written) return
    changed()
  }

  const mayEdit = computed(() => answer.value?.may_edit === true)

  function rowsOf(block: string): Row[] {
    if (block === COMMON) return [values.value.common]
    if (block === '') return [values.value.flat]
    return values.value.blocks[block] ?? []
  }

  function put(block: string, rows: Row[]): void {
    if (block === COMMON) values.value.common = { ...rows[0] }
    else if (block === '') values.value.flat = { ...rows[0] }
    else values.value.blocks[block] = rows.map((row) => ({ ...row }))
  }

  function changed(): void {
    changes += 1
    // A copy: what is drawn compares by identity.
    values.value = whole(values.value)
    dirty.value = true
    keeping.value = 'waiting'
    clearTimeout(drafting)
    drafting = setTimeout(() => void keepDraft(), DRAFT_AFTER)
    soonCheck()
  }

  /** Changes the rows of a block by `act` as one step that can be taken back. */
  function step(block: string, act: () => void): void {
    if (!mayEdit.value) return
    const before = rowsOf(block).map((row) => ({ ...row }))
    act()
    const after = rowsOf(block).map((row) => ({ ...row }))
    if (JSON.stringify(before) === JSON.stringify(after)) return
    done.push({ block, before, after })
    if (done.length > UNDO_MOST) done.shift()
    undone.length = 0
    changed()
  }

  function set(cells: { place: Place; text: string }[]): void {
    for (const block of new Set(cells.map((c) => c.place.block))) {
      step(block, () => {
        for (const { place, text } of cells) {
          if (place.block !== block) continue
          if (write(values.value, place, text)) follows.delete(placeText(place))
        }
      })
    }
  }

  function insert(block: string, at: number, count: number, from?: number): void {
    step(block, () => {
      const rows = (values.value.blocks[block] ??= [])
      while (rows.length < Math.min(at, from === undefined ? at : rows.length)) rows.push({})
      const fresh = Array.from({ length: count }, (_, n) => (from === undefined ? {} : { ...rows[from + n] }))
      rows.splice(at, 0, ...fresh)
    })
  }

  function remove(block: string, at: number, count: number): void {
    step(block, () => void values.value.blocks[block]?.splice(at, count))
  }

  function undo(): void {
    const last = done.pop()
    if (last === undefined) return
    put(last.block, last.before)
    undone.push(last)
    changed()
  }

  function redo(): void {
    const last = undone.pop()
    if (last === undefined) return
    put(last.block, last.after)
    done.push(last)
    changed()
  }

  async function keepDraft(): Promise<void> {
    clearTimeout(drafting)
    if (!dirty.value || saving.value || conflict.value !== null) return
    const at = changes
    try {
      await sheets.draft(unit, code, base.value, tidy(values.value))
      if (at !== changes) return
      keeping.value = 'kept'
      keptAt.value = new Date().toISOString()
    } catch (thrown) {
      keeping.value = thrown instanceof ApiError && (thrown.code === 'network' || thrown.code === 'unavailable') ? 'offline' : 'failed'
      drafting = setTimeout(() => void keepDraft(), AGAIN_AFTER)
    }
  }

  /** Saves a revision. True: it stands; false: someone else's does, see `conflict`. Everything else is thrown. */
  async function save(): Promise<boolean> {
    clearTimeout(drafting)
    const now = tidy(values.value)
    const text = JSON.stringify([base.value, now])
    pending = pending?.text === text ? pending : { id: newId(), text }
    const at = changes
    saving.value = true
    try {
      const saved = await sheets.save(unit, code, pending.id, base.value, now)
      pending = null
      base.value = saved.revision.id
      if (answer.value) answer.value = { ...answer.value, revision: saved.revision, state: saved.state, findings: saved.findings, values: now }
      if (at === changes) {
        dirty.value = false
        keeping.value = 'kept'
      }
      keptAt.value = saved.revision.at
      return true
    } catch (thrown) {
      if (thrown instanceof ApiError && thrown.code === 'network') keeping.value = 'offline'
      if (!(thrown instanceof ApiError && thrown.code === 'conflict')) throw thrown
      const moved = thrown.fields as unknown as Moved
      conflict.value = { moved, ...merge(whole(moved.base), now, whole(moved.theirs)) }
      return false
    } finally {
      saving.value = false
    }
  }

  /** Goes on from the other's revision with what was chosen. */
  function settle(chosen: Values): void {
    const moved = conflict.value?.moved
    conflict.value = null
    if (moved === undefined) return
    base.value = moved.revision ?? base.value
    values.value = whole(chosen)
    done.length = 0
    undone.length = 0
    changed()
  }

  const told = computed<Told[]>(() => (form.value && checked.value ? ofForm(form.value, checked.value.findings) : []))
  const due = computed(() => checked.value?.due.find((d) => d.form === code)?.due)

  const online = () => {
    if (keeping.value === 'offline') void keepDraft()
  }
  const leaving = (event: BeforeUnloadEvent) => {
    if (dirty.value && keeping.value !== 'kept') event.preventDefault()
  }
  window.addEventListener('online', online)
  window.addEventListener('beforeunload', leaving)
  watch(typeSums, () => soonCheck())
  onScopeDispose(() => {
    clearTimeout(drafting)
    clearTimeout(awaited)
    window.removeEventListener('online', online)
    window.removeEventListener('beforeunload', leaving)
  })
  void load()

  return {
    loading, problem, file, answer, engine, names, form, values, base, checked, checking, engineProblem, dirty, keeping, keptAt,
    saving, conflict, typeSums, draft, mayEdit, told, due, load, set, insert, remove, undo, redo, keepDraft, save, settle, takeDraft,
  }
}
