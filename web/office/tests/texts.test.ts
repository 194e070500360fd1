import { describe, expect, test } from 'vitest'
import { features } from '@/app/features'
import type { Words } from '@/shared/feature'
import en from '@/shared/texts/en'
import zh from '@/shared/texts/zh'

function leaves(words: Words, before = ''): Map<string, string> {
  return new Map(
    Object.entries(words).flatMap(([key, value]): [string, string][] =>
      typeof value === 'string' ? [[`${before}${key}`, value]] : [...leaves(value, `${before}${key}.`)],
    ),
  )
}

/** `{unit}`, `{count}`: what the words are told. */
function places(text: string): string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '').sort()
}

const all: [string, Words, Words][] = [
  ['shared', zh, en],
  ...[...features].map(([name, { texts }]): [string, Words, Words] => [name, texts.zh, texts.en]),
]

describe.each(all)('texts of %s', (_, chinese, english) => {
  const [one, other] = [leaves(chinese), leaves(english)]

  test('are complete in both languages', () => {
    expect([...other.keys()].sort()).toEqual([...one.keys()].sort())
    for (const [key, text] of [...one, ...other]) expect(text.trim(), key).not.toBe('')
  })

  test('English ones hold no Chinese, but for the name of the language', () => {
    const mixed = [...other].filter(([key, text]) => /\p{Script=Han}/u.test(text) && key !== 'language.zh')
    expect(mixed).toEqual([])
  })

  test('are told the same things, or the English ones less', () => {
    for (const [key, text] of other) {
      const chineseNames = new Set(places(one.get(key) ?? ''))
      const spare = places(text).filter((name) => !chineseNames.has(name))
      // A refusal tells all its fields, whichever language uses them.
      if (!key.startsWith('refusal.')) expect(spare, key).toEqual([])
    }
  })
})

test('titles of routes and menu entries have words', () => {
  const words = leaves({ ...zh, ...Object.fromEntries([...features].map(([name, { texts }]) => [name, texts.zh])) })
  for (const { routes, menu = [] } of features.values()) {
    for (const route of routes) if (route.meta?.title !== undefined) expect(words.has(route.meta.title), route.meta.title).toBe(true)
    for (const entry of menu) expect(words.has(entry.title), entry.title).toBe(true)
  }
})
