import type { SameKeys } from '@/shared/feature'
import type zh from './texts.zh'

export default {
  menu: 'Review',
  steps: 'Waiting at each step',
  mine: 'my step',
  caption: 'Units that wait',
  name: 'Name',
  area: 'Area',
  days: 'Days waiting',
  errors: 'Errors',
  unexplained: 'To verify, unexplained',
  queries: 'Open queries',
  empty: 'No unit waits at this step',
  pass: 'Pass those chosen',
  give_back: 'Return those chosen',
  chosen: '{n} chosen',
  passed: '{n} passed',
  returned: '{n} returned',
  held: '{name}: {why}',
  refused: '{n} could not be done',
} satisfies SameKeys<typeof zh>
