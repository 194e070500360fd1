import { expect, test } from 'vitest'
import { grouped, places } from '@/shared/figure'

test.each([
  ['0', '0'],
  ['999', '999'],
  ['1000', '1,000'],
  ['1234567.80', '1,234,567.80'],
  ['-1234.5', '−1,234.5'],
  // More digits than a binary number holds.
  ['12345678901234567890.123456789', '12,345,678,901,234,567,890.123456789'],
  ['0.10', '0.10'],
  // Not a decimal: as it came.
  ['约 3', '约 3'],
  ['1e5', '1e5'],
  ['', ''],
])('%s is shown as %s', (figure, shown) => {
  expect(grouped(figure)).toBe(shown)
})

test('places are counted in the text', () => {
  expect(places('1.50')).toBe(2)
  expect(places('15')).toBe(0)
})
