/** Rules of a password, checked while it is typed; the server checks them again, and knows the earlier ones. */
export type Rule = 'length' | 'kinds' | 'name' | 'variety' | 'other'

const SHORTEST = 10
const KINDS = 3
const DIFFERENT = 6

/** Small and capital letters, digits, signs; Chinese characters are letters of neither case. */
const EACH_KIND = [/\p{Ll}/u, /\p{Lu}/u, /[0-9]/, /[^\p{L}\p{N}]/u]

/** Which rules the password keeps, in the order they are shown. */
export function kept(password: string, name: string, old: string): Record<Rule, boolean> {
  const account = name.trim().toLowerCase()
  const characters = [...password]
  return {
    length: characters.length >= SHORTEST,
    kinds: EACH_KIND.filter((kind) => kind.test(password)).length >= KINDS,
    name: password !== '' && (account === '' || !password.toLowerCase().includes(account)),
    variety: new Set(characters).size >= DIFFERENT,
    other: password !== '' && password !== old,
  }
}
