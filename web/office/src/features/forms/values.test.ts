import { expect, it } from 'vitest'
import type { Form, Values } from '@/engine/protocol'
import { differing, filled, merge, partsOf, placeOf, placeText, places, tidy, whole, write } from './values'

/** `flat/01=5 facility/0/08=3` → values. */
function of(text: string): Values {
  const values = whole(null)
  for (const part of text.split(' ').filter((p) => p !== '')) {
    const [place = '', value = ''] = part.split('=')
    const found = placeOf(place)
    if (found) write(values, found, value)
  }
  return values
}

const text = (values: Values) => [...places(values)].map(([place, value]) => `${place}=${value}`).join(' ')

it('a place and its text', () => {
  for (const place of ['flat/05', 'common/H1', 'facility/2/08', 'outlet/0/21.lon']) {
    expect(placeText(placeOf(place) ?? { block: '?', row: 0, item: '' })).toBe(place)
  }
  expect(placeOf('05')).toBeNull()
})

it('writing: an empty text is no value, rows grow', () => {
  expect(text(of('flat/01=5 facility/1/08=3'))).toBe('flat/01=5 facility/1/08=3')
  const values = of('flat/01=5')
  expect(write(values, { block: '', row: 0, item: '01' }, '5')).toBe(false)
  expect(write(values, { block: '', row: 0, item: '01' }, '')).toBe(true)
  expect(values).toEqual({ common: {}, flat: {}, blocks: {} })
})

it('two changes of one sheet', () => {
  const base = of('flat/01=1 flat/02=2 flat/03=3')
  const done = merge(base, of('flat/01=10 flat/02=2 flat/03=30'), of('flat/01=1 flat/02=20 flat/03=33'))
  expect(text(done.merged)).toBe('flat/01=10 flat/02=20 flat/03=33')
  expect(done.open).toEqual([{ place: 'flat/03', ours: '30', theirs: '33' }])
  // Both said the same, or one took a value away.
  expect(merge(base, of('flat/01=1 flat/02=2 flat/03=4'), of('flat/01=1 flat/02=2 flat/03=4')).open).toEqual([])
  expect(text(merge(base, of('flat/01=1 flat/03=3'), base).merged)).toBe('flat/01=1 flat/03=3')
})

it('what differs between two entries', () => {
  expect(differing(of('flat/01=1 a/0/08=2'), of('flat/01=1 a/0/08=3 a/1/08=4'))).toEqual([
    { place: 'a/0/08', ours: '2', theirs: '3' },
    { place: 'a/1/08', ours: '', theirs: '4' },
  ])
})

it('empty rows at the end go, empty rows between stay', () => {
  const values = whole({ blocks: { a: [{ '08': '1' }, {}, { '08': '2' }, {}, { '08': '' }], b: [{}] } })
  expect(tidy(values).blocks).toEqual({ a: [{ '08': '1' }, {}, { '08': '2' }] })
})

it('zero, blank and value are three things', () => {
  expect(['', '  ', '0', '0.00', '０', '00', '0.1', '无'].map(filled).join(' ')).toBe(
    'blank blank zero zero zero zero given given',
  )
})

const item = (code: string) => ({ code, block: code.startsWith('f') ? 'facility' : '' })

it('blocks stand where their first item is printed', () => {
  const form = { blocks: [{ name: '' }, { name: 'facility' }], items: ['01', '02', 'f07', 'f08', '15', 'f09'].map(item) } as unknown as Form
  const shown = partsOf(form).map((part) => `${part.block?.name ?? 'flat'} ${part.items.map((i) => i.code).join(',')}`)
  expect(shown).toEqual(['flat 01,02', 'facility f07,f08,f09', 'flat 15'])
})
