import { expect, test } from 'vitest'
import { ends, ranked, type Part, type Stage } from '@/features/progress/progress'

function part(name: string, filled: number, units: number, own = false): Part {
  const counts = { units, filled, signed: 0, pre_checked: 0, county: 0, city: 0, province: 0, queries: 0, overdue: 0 }
  const rates = { filled: null, signed: null, pre_checked: null, county: null, city: null, province: null }
  return { area: name, name, children: false, own, counts, rates }
}

test('areas are ranked by rate, those without units and the rest are left out', () => {
  const stage: Stage = 'filled'
  const parts = [part('half', 5, 10), part('empty', 0, 0), part('all', 3, 3), part('more', 9, 9), part('own', 1, 1, true)]
  expect(ranked(parts, stage).map((one) => one.name)).toEqual(['more', 'all', 'half'])
})

test('only the ends of a long ranking are shown', () => {
  expect(ends([1, 2, 3, 4, 5], 2)).toEqual([1, 2, 4, 5])
  expect(ends([1, 2, 3], 2)).toEqual([1, 2, 3])
})
