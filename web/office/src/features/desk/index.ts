import type { RouteRecordRaw } from 'vue-router'
import type { MenuEntry } from '@/shared/feature'
import en from './texts.en'
import zh from './texts.zh'

export const routes: RouteRecordRaw[] = [
  { path: '/desk', name: 'desk', component: () => import('./DeskPage.vue'), meta: { title: 'desk.menu' } },
]

export const texts = { zh, en }

export const menu: MenuEntry[] = [{ group: 'work', order: 10, title: 'desk.menu', to: '/desk', verbs: ['read-desk'] }]
