/** The page's side of the engine: questions in, promises out. */
import type { Asked, Checked, CheckRequest, Form, FromWorker, Member, Overview, ToWorker } from './protocol'

export class Engine {
  private readonly worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
  private readonly waiting = new Map<number, { good: (answer: unknown) => void; bad: (problem: Error) => void }>()
  private count = 0
  private readonly ready: Promise<unknown>
  private readonly kept = new Map<string, Promise<unknown>>()

  /** `within`: first digits of the areas whose villages the engine knows. */
  constructor(within: string) {
    this.worker.addEventListener('message', (event: MessageEvent<FromWorker>) => {
      const reply = event.data
      const waiting = this.waiting.get(reply.id)
      this.waiting.delete(reply.id)
      if ('problem' in reply) waiting?.bad(new Error(reply.problem))
      else waiting?.good(reply.answer)
    })
    this.worker.addEventListener('error', (event) => {
      for (const one of this.waiting.values()) one.bad(new Error(event.message))
      this.waiting.clear()
    })
    const query = `?area=${encodeURIComponent(within)}`
    const origin = window.location.origin
    this.ready = this.send((id) => ({
      what: 'load',
      id,
      module: new URL(`${import.meta.env.BASE_URL}engine.wasm`, origin).href,
      bundle: `${origin}/api/instrument/bundle${query}`,
    }))
    // Whoever asks is told; nobody has asked yet.
    this.ready.catch(() => {})
  }

  private send(message: (id: number) => ToWorker): Promise<unknown> {
    this.count += 1
    const id = this.count
    return new Promise((good, bad) => {
      this.waiting.set(id, { good, bad })
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has no origin of its own
      this.worker.postMessage(message(id))
    })
  }

  private async ask(asked: Asked): Promise<unknown> {
    await this.ready
    return this.send((id) => ({ what: 'ask', id, asked }))
  }

  /** Answers that cannot change while the instrument is loaded. */
  private once<T>(key: string, asked: Asked): Promise<T> {
    let answer = this.kept.get(key)
    if (answer === undefined) {
      answer = this.ask(asked)
      answer.catch(() => this.kept.delete(key))
      this.kept.set(key, answer)
    }
    return answer as Promise<T>
  }

  instrument(): Promise<Overview> {
    return this.once('instrument', { ask: 'instrument' })
  }

  form(code: string): Promise<Form> {
    return this.once(`form ${code}`, { ask: 'form', form: code })
  }

  list(name: string): Promise<{ name: string; title: string; members: Member[] }> {
    return this.once(`list ${name}`, { ask: 'list', list: name })
  }

  search(list: string, text: string, limit = 30): Promise<{ members: Member[]; total: number }> {
    return this.ask({ ask: 'search', list, text, limit }) as Promise<{ members: Member[]; total: number }>
  }

  check(request: CheckRequest): Promise<Checked> {
    return this.ask({ ask: 'check', ...request }) as Promise<Checked>
  }

  end(): void {
    this.worker.terminate()
  }
}

let one: { within: string; engine: Engine } | null = null

/** No area begins so: for pages that only look at forms and need no village. */
const NOWHERE = '0'

/** The engine of a county, kept between pages; another county loads another. Empty: any will do. */
export function engineOf(within: string): Engine {
  if (one !== null && (one.within === within || within === '')) return one.engine
  one?.engine.end()
  one = { within, engine: new Engine(within === '' ? NOWHERE : within) }
  return one.engine
}

/** After a failure to load: the next page tries anew. */
export function forgetEngine(): void {
  one?.engine.end()
  one = null
}

export function today(): [number, number, number] {
  const now = new Date()
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()]
}
