import { computed, type ComputedRef } from 'vue'
import { useRoute, useRouter } from 'vue-router'

export interface Choice {
  value: string
  title: string
}

export interface Filter {
  /** Key in the address and in the question to the server. */
  key: string
  label: string
  kind: 'text' | 'select' | 'area' | 'date' | 'flag'
  choices?: readonly Choice[]
  /** Width in px. */
  width?: number
}

export type Filtered = Record<string, string>

/**
 * Filters live in the address: a list can be sent to a colleague, and Back gives the earlier one.
 * `filtered` holds what is set and nothing else.
 */
export function useFilters(keys: readonly string[]): {
  filtered: ComputedRef<Filtered>
  apply: (change: Filtered) => Promise<void>
  clear: () => Promise<void>
} {
  const route = useRoute()
  const router = useRouter()

  const filtered = computed(() => {
    const found: Filtered = {}
    for (const key of keys) {
      const value = route.query[key]
      if (typeof value === 'string' && value !== '') found[key] = value
    }
    return found
  })

  async function to(next: Filtered): Promise<void> {
    const others = Object.entries(route.query).filter(([key]) => !keys.includes(key))
    const set = Object.entries(next).filter(([key, value]) => keys.includes(key) && value !== '')
    await router.push({ query: Object.fromEntries([...others, ...set]) })
  }

  return {
    filtered,
    apply: (change) => to({ ...filtered.value, ...change }),
    clear: () => to({}),
  }
}
