import { beforeEach, expect, test, vi } from 'vitest'
import { ApiError, address, api, forgetReason, surround } from '@/shared/api'

const gate = vi.fn()
const reason = vi.fn<(again: boolean) => Promise<string | null>>()
const asked: Request[] = []
let answers: (() => Response)[] = []

function answer(status: number, body: unknown): () => Response {
  return () => new Response(JSON.stringify(body), { status })
}

beforeEach(() => {
  asked.length = 0
  answers = []
  gate.mockReset()
  reason.mockReset()
  forgetReason()
  surround({ csrf: () => 'token', gate, reason })
  vi.stubGlobal('fetch', async (request: Request) => {
    asked.push(request)
    const next = answers.shift()
    if (next === undefined) throw new TypeError('failed to fetch')
    return next()
  })
})

async function problem(call: Promise<unknown>): Promise<ApiError> {
  const thrown: unknown = await call.then(() => null, (error: unknown) => error)
  if (!(thrown instanceof ApiError)) throw new Error('no ApiError')
  return thrown
}

test('what changes something carries the token, what reads does not', async () => {
  answers = [answer(200, {}), answer(200, {})]
  await api.get('/api/desk')
  await api.post('/api/units', { name: '厂' })
  expect(asked.map((request) => request.headers.get('x-csrf'))).toEqual([null, 'token'])
  expect(await asked[1]?.json()).toEqual({ name: '厂' })
})

test('an error has its status, code and fields', async () => {
  answers = [answer(400, { code: 'invalid', field: 'name', why: 'blank' })]
  const error = await problem(api.get('/api/x'))
  expect([error.status, error.code, error.fields]).toEqual([400, 'invalid', { field: 'name', why: 'blank' }])
})

test('a server out of reach is not an empty answer', async () => {
  const error = await problem(api.get('/api/x'))
  expect([error.status, error.code]).toEqual([0, 'network'])
})

test('an answer of a gateway is told by its status', async () => {
  answers = [() => new Response('<html>', { status: 502 })]
  expect((await problem(api.get('/api/x'))).code).toBe('unavailable')
})

test('a lost session calls the gate, a wrong password does not', async () => {
  answers = [answer(401, { code: 'unauthenticated' }), answer(401, { code: 'wrong_credentials' })]
  await problem(api.get('/api/x'))
  await problem(api.post('/api/sign-in', {}))
  expect(gate.mock.calls).toEqual([['unauthenticated']])
})

test('a reason is asked once a page, sent in a header that takes Chinese, with the body repeated', async () => {
  reason.mockResolvedValue('督办〔2018〕3号')
  answers = [answer(428, { code: 'reason_required' }), answer(200, { ok: 1 }), answer(200, {})]
  expect(await api.post('/api/x', { a: 1 })).toEqual({ ok: 1 })
  expect(asked[1]?.headers.get('x-reason')).toBe(encodeURIComponent('督办〔2018〕3号'))
  expect(await asked[1]?.json()).toEqual({ a: 1 })

  await api.get('/api/y')
  expect(asked[2]?.headers.get('x-reason')).not.toBeNull()
  expect(reason).toHaveBeenCalledTimes(1)

  forgetReason()
  answers = [answer(200, {})]
  await api.get('/api/z')
  expect(asked[3]?.headers.get('x-reason')).toBeNull()
})

test('two calls of a page that both need a reason ask one question', async () => {
  reason.mockImplementation(async () => {
    await new Promise((resolve) => setTimeout(resolve, 5))
    return '专项任务'
  })
  const need = answer(428, { code: 'reason_required' })
  answers = [need, need, answer(200, {}), answer(200, {})]
  await Promise.all([api.get('/api/a'), api.get('/api/b')])
  expect(reason).toHaveBeenCalledTimes(1)
})

test('who gives no reason is told so, and nothing is repeated', async () => {
  reason.mockResolvedValue(null)
  answers = [answer(428, { code: 'reason_required' })]
  expect((await problem(api.get('/api/x'))).code).toBe('reason_required')
  expect(asked).toHaveLength(1)
})

test('an address leaves out what is empty', () => {
  expect(address('/api/x', { after: null, text: '', n: 0, many: ['a', 'b'] })).toBe('/api/x?n=0&many=a&many=b')
})
