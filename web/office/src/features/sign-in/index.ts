import type { RouteRecordRaw } from 'vue-router'
import en from './texts.en'
import zh from './texts.zh'

export const routes: RouteRecordRaw[] = [
  { path: '/sign-in', name: 'sign-in', component: () => import('./SignInPage.vue'), meta: { bare: true, title: 'sign-in.title' } },
  {
    path: '/sign-in/second',
    name: 'sign-in-second',
    component: () => import('./SecondFactorPage.vue'),
    meta: { bare: true, title: 'sign-in.second.title' },
  },
  {
    path: '/sign-in/enrol',
    name: 'sign-in-enrol',
    component: () => import('./EnrolPage.vue'),
    meta: { bare: true, title: 'sign-in.enrol.title' },
  },
  {
    path: '/sign-in/password',
    name: 'sign-in-password',
    component: () => import('./ForcedPasswordPage.vue'),
    meta: { bare: true, title: 'sign-in.password.forced_title' },
  },
  {
    path: '/me/password',
    name: 'me-password',
    component: () => import('./PasswordPage.vue'),
    meta: { title: 'sign-in.password.title', crumbs: ['desk'] },
  },
  {
    path: '/me/sessions',
    name: 'me-sessions',
    component: () => import('./SessionsPage.vue'),
    meta: { title: 'sign-in.sessions.title', crumbs: ['desk'] },
  },
]

export const texts = { zh, en }
