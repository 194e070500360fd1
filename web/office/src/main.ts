import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './app/App.vue'
import { router } from './app/router'
import { chooseLanguage, i18n, language } from './shared/i18n'
import './app/base.css'

chooseLanguage(language())
createApp(App).use(createPinia()).use(i18n).use(router).mount('#app')
