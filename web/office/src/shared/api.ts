/**
 * The one door to the server.
 *
 * `typed(client.GET('/api/desk'))` where the generated types know the path, `api.get<Desk>('/api/desk')` elsewhere.
 * Both go through `send`: proof against forged requests, the way back through sign-in, the reason
 * asked for access outside the daily area. Whatever is not an answer is thrown as an `ApiError`.
 */
import createClient from 'openapi-fetch'
import type { paths } from './api.gen'

/** Codes of the server, and two of our own: the server was not reached, or answered something unreadable. */
export type ErrorCode =
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'refused'
  | 'invalid'
  | 'too_large'
  | 'too_many'
  | 'unavailable'
  | 'internal'
  | 'password_change_required'
  | 'second_factor_required'
  | 'enrolment_required'
  | 'wrong_credentials'
  | 'locked'
  | 'foreign_origin'
  | 'reason_required'
  | 'network'
  | 'unreadable'

export class ApiError extends Error {
  constructor(
    /** 0 when the server was not reached. */
    readonly status: number,
    readonly code: string,
    /** What the server said beside the code: `field`, `why`, `refusal` … */
    readonly fields: Readonly<Record<string, unknown>> = {},
  ) {
    super(code)
    this.name = 'ApiError'
  }
}

/** The call was given up on purpose (a newer one replaced it, the page was left): nothing to show. */
export function isAbandoned(problem: unknown): boolean {
  return problem instanceof DOMException && problem.name === 'AbortError'
}

const GATES = ['unauthenticated', 'password_change_required', 'second_factor_required', 'enrolment_required'] as const
export type Gate = (typeof GATES)[number]

/** What the surroundings do for the door; set once at start. */
interface Surroundings {
  /** Token of the session, proof that a writing request comes from our own page. */
  csrf: () => string | null
  /** No session, or one that must first change its password or give its second factor. */
  gate: (code: Gate) => void
  /** Asks the person for a reason; null when they give up. `again`: the last one was not accepted. */
  reason: (again: boolean) => Promise<string | null>
}

let around: Surroundings = { csrf: () => null, gate: () => {}, reason: async () => null }

export function surround(by: Surroundings): void {
  around = by
}

/** The reason given on this page: several requests of one page are one access. */
let given: string | null = null
let asking: Promise<string | null> | null = null

/** Called when the page changes: the next access is explained anew. */
export function forgetReason(): void {
  given = null
}

function askReason(again: boolean): Promise<string | null> {
  asking ??= around.reason(again).finally(() => {
    asking = null
  })
  return asking
}

async function failure(response: Response): Promise<ApiError> {
  let body: unknown = null
  try {
    body = await response.json()
  } catch {
    // A gateway in between answers with a page of its own; the status still says what happened.
  }
  if (typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string') {
    const { code, ...fields } = body as { code: string } & Record<string, unknown>
    return new ApiError(response.status, code, fields)
  }
  const codes: Record<number, ErrorCode> = {
    401: 'unauthenticated',
    403: 'forbidden',
    404: 'not_found',
    409: 'conflict',
    413: 'too_large',
    422: 'refused',
    428: 'reason_required',
    429: 'too_many',
    502: 'unavailable',
    503: 'unavailable',
    504: 'unavailable',
  }
  return new ApiError(response.status, codes[response.status] ?? (response.status < 500 ? 'invalid' : 'internal'))
}

async function reached(request: Request): Promise<Response> {
  try {
    return await fetch(request)
  } catch (problem) {
    if (isAbandoned(problem)) throw problem
    throw new ApiError(0, 'network')
  }
}

/** `fetch` with our manners; throws `ApiError` for every answer that is not a good one. */
export async function send(request: Request): Promise<Response> {
  const csrf = around.csrf()
  if (request.method !== 'GET' && csrf !== null) request.headers.set('x-csrf', csrf)

  let sent: string | null = null
  for (;;) {
    const attempt = request.clone()
    if (given !== null) attempt.headers.set('x-reason', encodeURIComponent(given))
    sent = given
    const response = await reached(attempt)
    if (response.ok) return response

    const error = await failure(response)
    if (error.code === 'reason_required') {
      // Another request of the page may have been given one meanwhile.
      if (given === sent) {
        const reason = await askReason(sent !== null)
        if (reason === null) throw error
        given = reason
      }
      continue
    }
    const gate = GATES.find((code) => code === error.code)
    if (gate !== undefined) around.gate(gate)
    throw error
  }
}

export const client = createClient<paths>({ baseUrl: window.location.origin, fetch: send })

/** The answer of a call of `client`; what is not one has been thrown. */
export async function typed<T>(call: Promise<{ data?: T }>): Promise<T> {
  const { data } = await call
  return data as T
}

export type Query = Record<string, string | number | boolean | null | undefined | readonly (string | number)[]>

export interface Options {
  query?: Query
  signal?: AbortSignal
}

/** `path` with its query; what is empty is left out. */
export function address(path: string, query: Query = {}): string {
  const parts = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    if (value === null || value === undefined || value === '') continue
    for (const one of Array.isArray(value) ? value : [value]) parts.append(key, String(one))
  }
  const text = parts.toString()
  return text === '' ? path : `${path}?${text}`
}

async function ask<T>(method: string, path: string, body: unknown, options: Options = {}): Promise<T> {
  const headers: Record<string, string> = { accept: 'application/json' }
  let content: BodyInit | undefined
  if (body instanceof FormData || body instanceof Blob) content = body
  else if (body !== undefined) {
    headers['content-type'] = 'application/json'
    content = JSON.stringify(body)
  }
  const url = new URL(address(path, options.query), window.location.origin)
  const response = await send(new Request(url, { method, headers, body: content, signal: options.signal }))
  const text = await response.text()
  if (text === '') return undefined as T
  try {
    return JSON.parse(text) as T
  } catch {
    throw new ApiError(response.status, 'unreadable')
  }
}

export const api = {
  get: <T>(path: string, options?: Options) => ask<T>('GET', path, undefined, options),
  post: <T = void>(path: string, body?: unknown, options?: Options) => ask<T>('POST', path, body, options),
  put: <T = void>(path: string, body?: unknown, options?: Options) => ask<T>('PUT', path, body, options),
  del: <T = void>(path: string, options?: Options) => ask<T>('DELETE', path, undefined, options),
}

/** A page of a list by key. */
export interface Page<Row> {
  rows: Row[]
  next: string | null
}

/** The answer to a start of long work. */
export interface Started {
  job: string
}
