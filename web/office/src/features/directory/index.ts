import type { RouteRecordRaw } from 'vue-router'
import type { MenuEntry } from '@/shared/feature'
import en from './texts.en'
import zh from './texts.zh'

export const routes: RouteRecordRaw[] = [
  {
    path: '/units',
    name: 'units',
    component: () => import('./UnitsPage.vue'),
    meta: { title: 'directory.menu', verbs: ['read-units'] },
  },
  {
    path: '/units/:unit',
    name: 'unit',
    component: () => import('./UnitPage.vue'),
    meta: { title: 'directory.unit', crumbs: ['units'], verbs: ['read-units'] },
  },
]

export const texts = { zh, en }

export const menu: MenuEntry[] = [{ group: 'collect', order: 10, title: 'directory.menu', to: '/units', verbs: ['read-units'] }]
