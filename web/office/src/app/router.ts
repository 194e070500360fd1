import { createRouter, createWebHistory, type RouteLocationRaw } from 'vue-router'
import { forgetReason } from '@/shared/api'
import { useMe, type Must } from '@/shared/me'
import { usePage } from '@/shared/page'
import { features, menu } from './features'

/** The page that a half-open session is sent to. */
export const GATE: Record<Exclude<Must, 'done'>, string> = {
  second_factor: 'sign-in-second',
  enrol: 'sign-in-enrol',
  change_password: 'sign-in-password',
}

export const router = createRouter({
  history: createWebHistory('/'),
  routes: [
    { path: '/', redirect: { name: 'desk' } },
    ...[...features.values()].flatMap((feature) => feature.routes),
    { path: '/:any(.*)*', name: 'nowhere', component: () => import('./NowherePage.vue'), meta: { title: 'frame.nowhere' } },
  ],
})

/** Where sign-in leads back to; never to another host and never to sign-in itself. */
export function wayBack(back: unknown): RouteLocationRaw {
  if (typeof back !== 'string' || !back.startsWith('/') || back.startsWith('//') || back.startsWith('/sign-in')) return '/'
  return back
}

router.beforeEach(async (to) => {
  const me = useMe()
  if (to.name === 'sign-in') return true
  if (me.me === null) {
    try {
      await me.load()
    } catch (problem) {
      // Not reached is not signed out: the page is opened and says what failed.
      me.failed = problem
      return true
    }
  }
  if (me.me === null) return { name: 'sign-in', query: { back: to.fullPath } }
  const { must } = me.me
  if (must !== 'done' && to.name !== GATE[must]) {
    return { name: GATE[must], query: { back: to.meta.bare ? to.query.back : to.fullPath } }
  }
  if (must === 'done' && to.meta.bare) return wayBack(to.query.back)
  // Administrators have no desk: they begin with what they do.
  if (to.name === 'desk' && must === 'done' && !me.may('read-desk')) {
    const first = menu.find((entry) => entry.verbs.length > 0 && me.mayAny(entry.verbs))
    if (first !== undefined) return first.to
  }
  return true
})

router.afterEach((to, from, failed) => {
  if (failed || to.path === from.path) return
  forgetReason()
  usePage().forget()
})
