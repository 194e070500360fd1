import type { RouteRecordRaw } from 'vue-router'
import type { MenuEntry } from '@/shared/feature'
import en from './texts.en'
import zh from './texts.zh'

export const routes: RouteRecordRaw[] = [
  { path: '/tables', name: 'tables', component: () => import('./TablesPage.vue'), meta: { title: 'tables.menu', verbs: ['read-tables'] } },
  { path: '/tables/:id', name: 'table', component: () => import('./TablePage.vue'), meta: { title: 'tables.one', crumbs: ['tables'], verbs: ['read-tables'] } },
  { path: '/export/units', name: 'export-units', component: () => import('./ExportPage.vue'), meta: { title: 'tables.export', verbs: ['export-units'] } },
]

export const texts = { zh, en }

export const menu: MenuEntry[] = [
  { group: 'results', order: 20, title: 'tables.menu', to: '/tables', verbs: ['read-tables'] },
  { group: 'results', order: 40, title: 'tables.export', to: '/export/units', verbs: ['export-units'] },
]
