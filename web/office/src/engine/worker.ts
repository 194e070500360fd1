/** The engine in a thread of its own: typing is never held up by a check. */
import type { FromWorker, ToWorker } from './protocol'

interface Exports {
  memory: WebAssembly.Memory
  reserve: (length: number) => number
  load: () => number
  answer: () => number
  output_len: () => number
}

let engine: Promise<Exports> | null = null

function call(exports: Exports, entry: () => number, input: Uint8Array): { problem?: string } {
  const at = exports.reserve(input.length)
  new Uint8Array(exports.memory.buffer, at, input.length).set(input)
  const out = entry()
  const bytes = new Uint8Array(exports.memory.buffer, out, exports.output_len())
  return JSON.parse(new TextDecoder().decode(bytes)) as { problem?: string }
}

async function bytesOf(address: string): Promise<ArrayBuffer> {
  const answer = await fetch(address, { credentials: 'same-origin' })
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`)
  return answer.arrayBuffer()
}

async function load(module: string, bundle: string): Promise<Exports> {
  const [code, instrument] = await Promise.all([bytesOf(module), bytesOf(bundle)])
  const { instance } = await WebAssembly.instantiate(code, {})
  const exports = instance.exports as unknown as Exports
  const about = call(exports, exports.load, new Uint8Array(instrument))
  if (about.problem !== undefined) throw new Error(about.problem)
  return exports
}

self.addEventListener('message', async (event: MessageEvent<ToWorker>) => {
  const message = event.data
  let reply: FromWorker
  try {
    if (message.what === 'load') {
      engine = load(message.module, message.bundle)
      await engine
      reply = { id: message.id, answer: true }
    } else {
      if (engine === null) throw new Error('no instrument is loaded')
      const exports = await engine
      const answer = call(exports, exports.answer, new TextEncoder().encode(JSON.stringify(message.asked)))
      reply = answer.problem === undefined ? { id: message.id, answer } : { id: message.id, problem: answer.problem }
    }
  } catch (problem) {
    reply = { id: message.id, problem: problem instanceof Error ? problem.message : String(problem) }
  }
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has one listener, its page
  self.postMessage(reply)
})
