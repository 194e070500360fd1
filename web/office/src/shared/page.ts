import { defineStore } from 'pinia'
import { ref } from 'vue'

export interface Crumb {
  text: string
  to?: string
}

/** What a page says about itself to the frame; forgotten when another page comes. */
export const usePage = defineStore('page', () => {
  /** Title in words, where the route's own title is not enough: the name of a unit. */
  const title = ref<string | null>(null)
  /** Breadcrumbs between those of the route and the title. */
  const crumbs = ref<Crumb[]>([])
  /** The page shows items, rules or coefficients marked 暂定: the frame explains the mark. */
  const provisional = ref(false)

  function forget(): void {
    title.value = null
    crumbs.value = []
    provisional.value = false
  }

  return { title, crumbs, provisional, forget }
})
