import type { SameKeys } from '@/shared/feature'
import type zh from './texts.zh'

export default {
  menu: 'Forms',
} satisfies SameKeys<typeof zh>
