import type { RouteRecordRaw } from 'vue-router'
import type { MenuEntry } from '@/shared/feature'
import en from './texts.en'
import zh from './texts.zh'

export const routes: RouteRecordRaw[] = [
  { path: '/admin/accounts', name: 'accounts', component: () => import('./AccountsPage.vue'), meta: { title: 'admin.accounts', verbs: ['grant-accounts'] } },
  { path: '/admin/audit', name: 'audit', component: () => import('./AuditPage.vue'), meta: { title: 'admin.audit', verbs: ['read-audit'] } },
  { path: '/admin/server', name: 'server', component: () => import('./ServerPage.vue'), meta: { title: 'admin.server', verbs: ['run-server'] } },
  { path: '/admin/instrument', name: 'instrument', component: () => import('./InstrumentPage.vue'), meta: { title: 'admin.instrument', verbs: ['read-instrument'] } },
]

export const texts = { zh, en }

export const menu: MenuEntry[] = [
  { group: 'admin', order: 10, title: 'admin.accounts', to: '/admin/accounts', verbs: ['grant-accounts'] },
  { group: 'admin', order: 20, title: 'admin.audit', to: '/admin/audit', verbs: ['read-audit'] },
  { group: 'admin', order: 30, title: 'admin.server', to: '/admin/server', verbs: ['run-server'] },
  { group: 'admin', order: 90, title: 'admin.instrument', to: '/admin/instrument', verbs: ['run-server', 'compute', 'set-rules'] },
]
