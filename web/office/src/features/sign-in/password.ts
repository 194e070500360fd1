/** Rules of a password, checked while it is typed; the server checks them again. */
export type Rule = 'length' | 'kinds' | 'name' | 'runs' | 'other'

const LEAST = 10

function kinds(password: string): number {
  return [/[A-Z]/, /[a-z]/, /\d/, /[^A-Za-z\d\s]/].filter((kind) => kind.test(password)).length
}

/** Four characters in a row that are equal, or follow each other upwards or downwards. */
function hasRun(password: string): boolean {
  const codes = [...password.toLowerCase()].map((character) => character.codePointAt(0) ?? 0)
  return codes.some((_, start) => {
    if (start + 4 > codes.length) return false
    const step = (codes[start + 1] ?? 0) - (codes[start] ?? 0)
    if (Math.abs(step) > 1) return false
    return [1, 2].every((n) => (codes[start + n + 1] ?? 0) - (codes[start + n] ?? 0) === step)
  })
}

/** Which rules the password keeps, in the order they are shown. */
export function kept(password: string, name: string, old: string): Record<Rule, boolean> {
  const account = name.trim().toLowerCase()
  return {
    length: [...password].length >= LEAST,
    kinds: kinds(password) >= 3,
    name: password !== '' && (account === '' || !password.toLowerCase().includes(account)),
    runs: password !== '' && !hasRun(password),
    other: password !== '' && password !== old,
  }
}
