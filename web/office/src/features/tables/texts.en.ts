import type { SameKeys } from '@/shared/feature'
import type zh from './texts.zh'

export default {
  menu: 'Tables',
} satisfies SameKeys<typeof zh>
