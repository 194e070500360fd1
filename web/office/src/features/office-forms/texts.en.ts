import type { SameKeys } from '@/shared/feature'
import type zh from './texts.zh'

export default {
  menu: 'Office forms',
} satisfies SameKeys<typeof zh>
