import type { RouteRecordRaw } from 'vue-router'
import type { MenuEntry } from '@/shared/feature'
import en from './texts.en'
import zh from './texts.zh'

export const routes: RouteRecordRaw[] = [
  { path: '/progress', name: 'progress', component: () => import('./ProgressPage.vue'), meta: { title: 'progress.menu', verbs: ['read-progress'] } },
]

export const texts = { zh, en }

export const menu: MenuEntry[] = [{ group: 'results', order: 30, title: 'progress.menu', to: '/progress', verbs: ['read-progress'] }]
