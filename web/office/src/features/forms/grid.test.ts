import { describe, expect, it } from 'vitest'
import { cursor, fromText, move, paste, range, toText, visible, type Cursor, type Key } from './grid'

/** Keys in words (`S-` shift, `C-` control) from `at`; the cell reached, and the selection when it is more than a cell. */
function walk(at: string, keys: string, size = { rows: 4, columns: 3 }, fixed: number[] = []): string {
  const [row, column] = at.split(',').map(Number)
  let now: Cursor | null = cursor(row ?? 0, column ?? 0)
  for (const word of keys.split(' ')) {
    const key: Key = { key: word.replace(/^[SC]-/, ''), shift: word.startsWith('S-'), ctrl: word.startsWith('C-') }
    now = move(now, size, key, (c) => fixed.includes(c))
    if (now === null) return 'out'
  }
  const { top, left, bottom, right } = range(now)
  const one = `${now.at.row},${now.at.column}`
  return top === bottom && left === right ? one : `${one} of ${top},${left}-${bottom},${right}`
}

describe('keys', () => {
  it.each([
    ['0,0', 'ArrowDown ArrowRight', '1,1'],
    ['0,0', 'ArrowUp ArrowLeft', '0,0'],
    ['3,2', 'ArrowDown ArrowRight', '3,2'],
    ['0,1', 'Enter Enter', '2,1'],
    ['3,1', 'Enter', '3,1'],
    ['2,1', 'S-Enter', '1,1'],
    ['0,2', 'Tab', '1,0'],
    ['1,0', 'S-Tab', '0,2'],
    ['3,2', 'Tab', 'out'],
    ['0,0', 'S-Tab', 'out'],
    ['1,1', 'Home', '1,0'],
    ['1,1', 'C-End', '3,2'],
    ['3,2', 'C-Home', '0,0'],
    ['1,1', 'C-ArrowDown', '3,1'],
    ['0,0', 'S-ArrowDown S-ArrowRight', '1,1 of 0,0-1,1'],
    ['2,2', 'S-ArrowUp S-ArrowLeft', '1,1 of 1,1-2,2'],
    ['0,0', 'S-ArrowDown ArrowDown', '2,0'],
    ['0,0', 'PageDown', '3,0'],
    ['0,0', 'a', 'out'],
  ])('%s %s → %s', (at, keys, to) => {
    expect(walk(at, keys)).toBe(to)
  })

  it('passes over columns that are computed', () => {
    expect(walk('0,0', 'Tab', undefined, [1])).toBe('0,2')
    expect(walk('0,2', 'Tab', undefined, [0, 1])).toBe('1,2')
    expect(walk('3,2', 'Tab', undefined, [0, 1])).toBe('out')
  })

  it('has nowhere to go in an empty table', () => {
    expect(walk('0,0', 'ArrowDown', { rows: 0, columns: 3 })).toBe('out')
  })
})

describe('blocks of text', () => {
  it.each([
    ['1\t2\n3\t4', '1|2/3|4'],
    ['1\t2\r\n3\t4\r\n', '1|2/3|4'],
    ['1\t\n\t4', '1|/|4'],
    ['"a\tb"\t"说""好"""', 'a\tb|说"好"'],
    ['"上\r\n下"\t1', '上 下|1'],
    [' 12 \t　x', '12|x'],
    ['', ''],
    ['\n', ''],
    ['5"\t1', '5"|1'],
  ])('%j → %s', (text, cells) => {
    expect(fromText(text).map((row) => row.join('|')).join('/')).toBe(cells)
  })

  it('comes back as it was', () => {
    const cells = [['1', 'a\tb', '说"好"'], ['', '0', '']]
    expect(fromText(toText(cells))).toEqual(cells)
  })
})

/** What a block pasted over a range writes in a table of 4 rows and 3 columns. */
const shown = (text: string, at: [number, number, number, number], most = 100) => {
  const [top, left, bottom, right] = at
  const done = paste(fromText(text), { top, left, bottom, right }, { rows: 4, columns: 3 }, most)
  const cells = done.cells.map((c) => `${c.row},${c.column}=${c.text}`).join(' ')
  return done.left === 0 ? cells : `${cells} left ${done.left}`
}

describe('paste', () => {
  it.each<[string, [number, number, number, number], string]>([
    ['1\t2\n3\t4', [0, 0, 0, 0], '0,0=1 0,1=2 1,0=3 1,1=4'],
    ['7', [0, 0, 1, 1], '0,0=7 0,1=7 1,0=7 1,1=7'],
    ['1\t2', [0, 0, 1, 1], '0,0=1 0,1=2 1,0=1 1,1=2'],
    ['1\t2', [0, 0, 0, 2], '0,0=1 0,1=2'],
    ['1\t2\t3', [0, 1, 0, 1], '0,1=1 0,2=2 left 1'],
    ['1\n2', [3, 0, 3, 0], '3,0=1 4,0=2'],
    ['\t2', [0, 0, 0, 0], '0,0= 0,1=2'],
    ['', [0, 0, 0, 0], ''],
  ])('%j over %j', (text, at, cells) => {
    expect(shown(text, at)).toBe(cells)
  })

  it('stops at the most rows there may be', () => {
    expect(shown('1\n2\n3', [3, 0, 3, 0], 5)).toBe('3,0=1 4,0=2 left 1')
  })
})

it('draws the rows that are seen and a few more', () => {
  expect(visible(0, 320, 32, 500)).toEqual({ first: 0, last: 18 })
  expect(visible(3200, 320, 32, 500)).toEqual({ first: 92, last: 118 })
  expect(visible(0, 320, 32, 3)).toEqual({ first: 0, last: 3 })
})
