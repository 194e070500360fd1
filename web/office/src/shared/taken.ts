import { address, send, type Query } from './api'

/** Fetches a file and gives it to the browser to keep; the reason, when one is due, is asked for on the way. */
export async function takeAway(path: string, query: Query = {}): Promise<void> {
  const response = await send(new Request(new URL(address(path, query), window.location.origin)))
  const named = /filename\*=UTF-8''([^;]+)/.exec(response.headers.get('content-disposition') ?? '')
  const url = URL.createObjectURL(await response.blob())
  const link = document.createElement('a')
  link.href = url
  link.download = named?.[1] ? decodeURIComponent(named[1]) : 'file'
  link.click()
  // The browser has begun by then; what it still reads stays alive for a while.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
