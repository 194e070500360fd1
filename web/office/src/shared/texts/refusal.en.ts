import type { SameKeys } from '../feature'
import type zh from './refusal.zh'

export default {
  'wrong-order': '“{event}” is not possible in the present state.',
  'no-such-step': 'The review chain has no step “{step}”.',
  'not-next-step': 'The next step is “{expected}”, not “{given}”.',
  'wrong-role': '“{event}” is done by: {expected}.',
  'reviewer-cannot-edit': 'A reviewer may not change figures; raise a query and let the unit correct and sign again.',
  'other-area': 'The unit does not report to your area.',
  'other-unit': 'You belong to another unit.',
  'open-errors': 'Findings of grade Error are open: {rules}. Correct them first.',
  unexplained: 'Findings of grade Verify are unexplained: {rules}. Correct or explain them.',
  'open-queries': 'Queries are open: {queries}. Answer and close them first.',
  'no-such-query': 'There is no query {query}.',
  'query-exists': 'Query {query} exists already.',
  'query-state': 'Query {query} is {state}; “{event}” is not possible.',
  'other-office': 'Query {query} was raised at step “{step}”; only that office closes it.',
  'no-such-finding': 'No finding of rule {rule} stands at {place}.',
  'too-few-persons': 'A visit needs {needed} different persons; {given} given.',
  'no-visit': 'No visit that met the unit is recorded; record one first.',
  'same-person': 'The same person has done “{done}” and may not do “{event}” too.',
  'version-moved': 'The figures changed after “{after}”; self-check again.',
  'nothing-corrected': 'Nothing has changed. Correct the figures, or answer the query with an explanation.',
  blank: '“{what}” is blank.',
  'nothing-filled': 'No sheet is filled.',
  'unknown-area': 'Area {area} is not in the area table.',
} satisfies SameKeys<typeof zh>
