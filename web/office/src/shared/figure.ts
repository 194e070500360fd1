/**
 * An exact decimal as text with groups of three: `1234567.80` → `1,234,567.80`.
 * The text is never read as a binary number; what is not a decimal is given back as it came.
 */
export function grouped(figure: string): string {
  const parts = /^([+-]?)(\d+)(\.\d+)?$/.exec(figure)
  if (!parts) return figure
  const [, sign = '', whole = '', rest = ''] = parts
  return `${sign === '-' ? '−' : sign}${whole.replace(/\B(?=(\d{3})+$)/g, ',')}${rest}`
}

/** Decimal places of a figure's text. */
export function places(figure: string): number {
  return /^[+-]?\d+\.(\d+)$/.exec(figure)?.[1]?.length ?? 0
}
