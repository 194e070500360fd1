import { expect, test } from 'vitest'
import { kept, type Rule } from '@/features/sign-in/password'

function broken(password: string, name = 'zhang', old = 'Old-2018-old'): Rule[] {
  return Object.entries(kept(password, name, old)).flatMap(([rule, ok]) => (ok ? [] : [rule as Rule]))
}

test.each<[string, Rule[]]>([
  ['Short-1', ['length']],
  ['onlysmallletters', ['kinds']],
  ['Zhang-2018-census', ['name']],
  ['Aa1!Aa1!Aa1!', ['variety']],
  ['Old-2018-old', ['other']],
  ['Wuran-Yuan-2018', []],
  ['污染源普查Wuran-2018', []],
])('%s breaks %j', (password, rules) => {
  expect(broken(password)).toEqual(rules)
})
