import type { RouteRecordRaw } from 'vue-router'
import type { MenuEntry } from '@/shared/feature'
import en from './texts.en'
import zh from './texts.zh'

export const routes: RouteRecordRaw[] = [
  {
    path: '/review',
    name: 'review',
    component: () => import('./ReviewPage.vue'),
    meta: { title: 'review.menu', verbs: ['review-units'] },
  },
]

export const texts = { zh, en }

export const menu: MenuEntry[] = [{ group: 'collect', order: 20, title: 'review.menu', to: '/review', verbs: ['review-units'] }]
