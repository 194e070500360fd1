import { createRouter, createWebHistory } from 'vue-router'
import { features } from './features'

export const router = createRouter({
  history: createWebHistory('/'),
  routes: [...features.values()].flatMap((feature) => feature.routes),
})
