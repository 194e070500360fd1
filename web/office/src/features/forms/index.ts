import type { RouteRecordRaw } from 'vue-router'
import type { MenuEntry } from '@/shared/feature'
import en from './texts.en'
import zh from './texts.zh'

export const routes: RouteRecordRaw[] = [
  { path: '/forms', name: 'forms', component: () => import('./FormsPage.vue'), meta: { title: 'forms.menu' } },
  { path: '/forms/:form', name: 'form', component: () => import('./FormPage.vue'), meta: { title: 'forms.form', crumbs: ['forms'] } },
  { path: '/units/:unit/forms', name: 'unit-forms', component: () => import('./UnitFormsPage.vue'), meta: { title: 'forms.due_forms' } },
  { path: '/units/:unit/forms/:form', name: 'unit-form', component: () => import('./SheetPage.vue'), meta: { title: 'forms.form' } },
  {
    path: '/units/:unit/forms/:form/second',
    name: 'unit-form-second',
    component: () => import('./SecondEntryPage.vue'),
    meta: { title: 'forms.second.link' },
  },
  { path: '/print/:unit/:form', name: 'print-form', component: () => import('./PrintPage.vue'), meta: { title: 'forms.print' } },
]

export const texts = { zh, en }

export const menu: MenuEntry[] = [{ group: 'collect', order: 40, title: 'forms.menu', to: '/forms', verbs: [] }]
