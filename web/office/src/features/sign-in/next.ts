import { useRoute, useRouter } from 'vue-router'
import { wayBack } from '@/app/router'
import { useMe } from '@/shared/me'

/** After a step of signing in: look where the session stands and let the router lead on, back to where the person was. */
export function useNext(): () => Promise<void> {
  const me = useMe()
  const route = useRoute()
  const router = useRouter()
  return async () => {
    await me.load()
    await router.push(wayBack(route.query.back))
  }
}
