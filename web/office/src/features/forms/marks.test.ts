import { expect, it } from 'vitest'
import type { Finding, Form, Item } from '@/engine/protocol'
import { groupOf, marksOf, placesOf } from './marks'
import { placeText } from './values'

const item = (block: string, code: string) => ({ block, code }) as Item
const form = {
  code: 'G102',
  header: [item('', 'H2')],
  footer: [item('', 'F4')],
  items: [item('', '01'), item('', '02'), item('facility', '08'), item('facility', '11')],
} as Form

function finding(table: string, row: number, reads: string, kind: Finding['kind'] = { kind: 'failed' }): Finding {
  const values = reads.split(' ').filter((r) => r !== '').map((r): [string, string] => [r, ''])
  return { unit: 'u', rule: 'C1', grade: 'verify', table, row, kind, values }
}

it.each<[string, number, string, string]>([
  ['G102', 0, '[01] [02]', 'flat/01 flat/02'],
  ['G102/facility', 2, '[08] [01]', 'facility/2/08 flat/01'],
  ['G102', 0, 'H[2] F[4]', 'common/H2 common/F4'],
  ['G101-1', 0, '[01] G102[02]', 'flat/02'],
  ['G102', 0, 'G101-1[14] [99]', ''],
])('%s row %i reads %s → %s', (table, row, reads, places) => {
  expect(placesOf(form, finding(table, row, reads)).map(placeText).join(' ')).toBe(places)
})

it('the gravest mark of a cell stands, all messages are kept', () => {
  const told = [
    { finding: finding('G102', 0, '', { kind: 'blank', item: '01' }), message: '必填未填' },
    { finding: finding('G102', 0, '[01] [02]'), message: '不符' },
    { finding: finding('G102', 0, '[02]', { kind: 'not-computable', reason: '缺[03]' }), message: '无法核对' },
    { finding: finding('G102/facility', 1, '', { kind: 'unreadable', item: '08' }), message: '不是数' },
  ]
  const marks = [...marksOf(form, told)].map(([at, m]) => `${at} ${m.kind} ${m.messages.join('、')} | ${m.own.join('、')}`)
  expect(marks).toEqual(['flat/01 verify 必填未填、不符 | 必填未填、不符', 'flat/02 verify 不符 | ', 'facility/1/08 unreadable 不是数 | 不是数'])
  expect(told.map(({ finding }) => groupOf(finding)).join(' ')).toBe('blank verify unknown verify')
})
