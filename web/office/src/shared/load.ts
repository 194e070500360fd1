import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef, type WatchSource } from 'vue'
import { isAbandoned } from './api'

export interface Loading<T> {
  /** The last good answer; kept while a newer one is awaited. */
  value: ShallowRef<T | null>
  problem: ShallowRef<unknown>
  busy: Ref<boolean>
  reload: () => Promise<void>
}

/**
 * Reads something at once and whenever `sources` change; an older answer never replaces a newer one.
 * `null` value, a `problem` and an empty answer are three different things: draw them with `StateBox`.
 */
export function useLoad<T>(read: (signal: AbortSignal) => Promise<T>, sources: WatchSource[] = []): Loading<T> {
  const value = shallowRef<T | null>(null)
  const problem = shallowRef<unknown>(null)
  const busy = ref(false)
  let running: AbortController | null = null

  async function reload(): Promise<void> {
    running?.abort()
    const mine = new AbortController()
    running = mine
    busy.value = true
    try {
      const answer = await read(mine.signal)
      if (running !== mine) return
      value.value = answer
      problem.value = null
    } catch (thrown) {
      if (running !== mine || isAbandoned(thrown)) return
      problem.value = thrown
    }
    busy.value = false
  }

  watch(sources, reload)
  onScopeDispose(() => running?.abort())
  void reload()
  return { value, problem, busy, reload }
}
