import { fileURLToPath } from 'node:url'
import { defineConfig } from '@playwright/test'

/** Where pictures and traces go: outside of what is committed. */
const target = fileURLToPath(new URL('../../target', import.meta.url))

export default defineConfig({
  testDir: 'e2e',
  outputDir: `${target}/e2e`,
  // One census, one writer: stories follow each other.
  workers: 1,
  fullyParallel: false,
  forbidOnly: true,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [['list']],
  metadata: { screens: process.env.WUPU_SCREENS ?? `${target}/screens` },
  use: {
    baseURL: process.env.WUPU_URL,
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    viewport: { width: 1366, height: 768 },
    // The office's own certificate is none that a browser knows.
    ignoreHTTPSErrors: true,
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.WUPU_CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
})
