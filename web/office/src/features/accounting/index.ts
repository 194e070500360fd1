import type { RouteRecordRaw } from 'vue-router'
import type { MenuEntry } from '@/shared/feature'
import en from './texts.en'
import zh from './texts.zh'

export const routes: RouteRecordRaw[] = [
  { path: '/accounting', name: 'accounting', component: () => import('./ComputePage.vue'), meta: { title: 'accounting.menu', verbs: ['compute'] } },
  { path: '/units/:unit/lines', name: 'unit-lines', component: () => import('./LinesPage.vue'), meta: { title: 'accounting.lines', verbs: ['read-units'] } },
  { path: '/units/:unit/lines/:n', name: 'unit-line', component: () => import('./LinePage.vue'), meta: { title: 'accounting.trace', verbs: ['read-units'] } },
]

export const texts = { zh, en }

export const menu: MenuEntry[] = [{ group: 'results', order: 10, title: 'accounting.menu', to: '/accounting', verbs: ['compute'] }]
