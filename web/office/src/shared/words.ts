import { ApiError, isAbandoned } from './api'
import { language, words } from './i18n'

const { t, te } = words

function text(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (Array.isArray(value)) return value.map(text).join('、')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function params(fields: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, text(value)]))
}

/** Why something was refused: `{refusal, …}` of the review chain, `{code, zh, en}` of other work, or a bare name. */
function refusal(given: unknown): string {
  const fields: Record<string, unknown> =
    typeof given === 'object' && given !== null ? { ...given } : { refusal: given }
  const own = fields[language()]
  if (typeof own === 'string') return own
  const name = text(fields.refusal ?? fields.code)
  const key = `refusal.${name}`
  if (name !== '' && te(key)) return t(key, params(fields))
  return name === '' ? t('error.refused') : `${t('error.refused')} ${name}`
}

/** Words for anything thrown, in the language of the page. */
export function errorWords(problem: unknown): string {
  if (isAbandoned(problem)) return ''
  if (!(problem instanceof ApiError)) return t('error.other', { code: problem instanceof Error ? problem.message : '?' })
  const { code, fields } = problem
  if (code === 'refused') return refusal(fields.refusal ?? fields)
  if (code === 'invalid' && fields.field !== undefined) {
    const why = text(fields.why)
    const field = text(fields.field)
    return t('error.invalid_field', {
      field: te(`field.${field}`) ? t(`field.${field}`) : field,
      why: te(`why.${why}`) ? t(`why.${why}`, params(fields)) : why,
    })
  }
  if (code === 'internal') return t('error.internal', { time: new Date().toLocaleString() })
  if (code === 'locked') return t('error.locked', { until: timeWords(text(fields.until)) })
  const key = `error.${code}`
  return te(key) ? t(key, params(fields)) : t('error.other', { code })
}

function two(n: number): string {
  return String(n).padStart(2, '0')
}

/** 2017-12-31 08:05 in the zone of the reader's machine. */
export function timeWords(at: string | null | undefined): string {
  if (!at) return ''
  const time = new Date(at)
  if (Number.isNaN(time.getTime())) return at
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${two(time.getHours())}:${two(time.getMinutes())}`
}

/** 2017-12-31; a bare date is kept as it is, it has no zone. */
export function dateWords(at: string | null | undefined): string {
  if (!at) return ''
  return /^\d{4}-\d{2}-\d{2}$/.test(at) ? at : timeWords(at).slice(0, 10)
}
