import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { ApiError, api } from './api'

/** What stands between a person and their work. */
export type Must = 'done' | 'second_factor' | 'enrol' | 'change_password'

export interface Census {
  office: string
  area: string
  area_name: string
  /** 普查年度. */
  period: number
  /** 模拟: made-up units, for trial and training. */
  simulated: boolean
  instrument: string
  version: string
  title: string
}

export interface Me {
  id: string
  /** Name of the account. */
  name: string
  /** Name of the person. */
  person: string
  role: string
  area: string
  area_name: string
  /** The unit of a respondent or manager; else empty. */
  unit: string
  verbs: string[]
  csrf: string
  must: Must
  census: Census | null
}

export const useMe = defineStore('me', () => {
  const me = ref<Me | null>(null)
  /** Why it is not known who is signed in: the server was not reached. */
  const failed = shallowRef<unknown>(null)
  const csrf = computed(() => me.value?.csrf ?? null)
  const verbs = computed(() => new Set(me.value?.verbs ?? []))

  /** Who is signed in; null when nobody is. Other failures are thrown: not knowing is not being signed out. */
  async function load(): Promise<Me | null> {
    try {
      me.value = await api.get<Me>('/api/me')
      failed.value = null
    } catch (problem) {
      if (!(problem instanceof ApiError && problem.code === 'unauthenticated')) throw problem
      me.value = null
      failed.value = null
    }
    return me.value
  }

  function forget(): void {
    me.value = null
  }

  function may(verb: string): boolean {
    return verbs.value.has(verb)
  }

  /** Any of these, or none asked for. */
  function mayAny(wanted: readonly string[] | undefined): boolean {
    return wanted === undefined || wanted.length === 0 || wanted.some((verb) => verbs.value.has(verb))
  }

  return { me, failed, csrf, verbs, load, forget, may, mayAny }
})
