import type { SameKeys } from '@/shared/feature'
import type zh from './texts.zh'

export default {
  title: 'Sign in',
} satisfies SameKeys<typeof zh>
