import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './app/App.vue'
import { GATE, router } from './app/router'
import { surround } from './shared/api'
import { chooseLanguage, i18n, language, words } from './shared/i18n'
import { useMe } from './shared/me'
import { reasonFor } from './shared/say'
import './app/base.css'

chooseLanguage(language())
const app = createApp(App).use(createPinia()).use(i18n)
const me = useMe()

surround({
  csrf: () => me.csrf,
  gate: (code) => {
    const here = router.currentRoute.value
    const back = here.meta.bare ? here.query.back : here.fullPath
    if (code === 'unauthenticated') {
      // Before the first page the router itself decides, after its own look at the session.
      if (here.name === undefined || here.name === 'sign-in') return
      me.forget()
      void router.push({ name: 'sign-in', query: { back } })
    } else if (!here.meta.bare) {
      me.forget()
      const name = {
        password_change_required: GATE.change_password,
        second_factor_required: GATE.second_factor,
        enrolment_required: GATE.enrol,
      }[code]
      void router.push({ name, query: { back } })
    }
  },
  reason: (again) => {
    const { t } = words
    return reasonFor({
      title: t('reason.access_title'),
      text: t('reason.access_text'),
      action: t('reason.access_action'),
      least: 4,
      note: again ? t('reason.again') : undefined,
    })
  },
})

app.use(router).mount('#app')
