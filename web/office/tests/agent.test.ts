import { expect, test } from 'vitest'
import { agentWords } from '@/features/sign-in/agent'

test.each([
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 Edg/120.0.0.0', 'Edge 120, Windows 10/11'],
  ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/100.0.1 Safari/537.36', 'Chrome 100, Linux'],
  // Unknown ones are shown as they are.
  ['curl/7.88.1', 'curl/7.88.1'],
])('%s', (agent, words) => {
  expect(agentWords(agent)).toBe(words)
})
