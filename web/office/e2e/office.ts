/**
 * What every story uses: `test` fails on scripts that fail or are stopped by the content policy,
 * `signIn`, `accessible` and `picture`.
 *
 * The server is given: WUPU_URL its address, WUPU_PASSWORD the password of its accounts (county1, city1 …).
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { test as base, expect, type Page } from '@playwright/test'
import type { AxeResults, RunOptions } from 'axe-core'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export const test = base.extend<{ quiet: void }>({
  quiet: [
    async ({ page, baseURL }, use) => {
      if (!baseURL) throw new Error('WUPU_URL is not set: start `wupu serve --practice` and give its address')
      const loud: string[] = []
      page.on('pageerror', (error) => loud.push(error.message))
      page.on('console', (message) => {
        // A refused call is an answer that the story itself looks at.
        if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) loud.push(message.text())
      })
      page.on('request', (request) => {
        const url = new URL(request.url())
        if (url.protocol.startsWith('http') && url.origin !== new URL(baseURL).origin) loud.push(`leaves the house: ${url}`)
      })
      await use()
      expect(loud, 'errors in the console').toEqual([])
    },
    { auto: true },
  ],
})

export { expect }

export function password(): string {
  return process.env.WUPU_PASSWORD ?? 'Pilot-2018-xy'
}

/** Signs in and waits for the page that was wanted. */
export async function signIn(page: Page, name: string, to = '/desk'): Promise<void> {
  await page.goto(to)
  await page.getByLabel('账号').fill(name)
  await page.getByLabel('密码').fill(password())
  await page.getByRole('button', { name: '登录' }).click()
  await page.waitForURL((url) => url.pathname === to)
}

/** No finding of axe that is serious or critical; what is meant to be looked at may be left out by `except`. */
export async function accessible(page: Page, except: string[] = []): Promise<void> {
  // Evaluated by the debugger, so that the content policy need not be softened for the test.
  await page.evaluate(axe)
  const found = await page.evaluate(async (options) => {
    const { axe: run } = window as unknown as { axe: { run: (where: Document, options: RunOptions) => Promise<AxeResults> } }
    return run.run(document, options)
  }, { resultTypes: ['violations'], rules: Object.fromEntries(except.map((rule) => [rule, { enabled: false }])) } as RunOptions)
  const grave = found.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map((node) => node.html).join('\n  ')}`)
  expect(grave, `accessibility of ${page.url()}`).toEqual([])
}

/** A picture of the page as it stands, kept under WUPU_SCREENS or target/screens. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = test.info().config.metadata.screens as string
  await page.evaluate(() => document.fonts.ready)
  await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled', caret: 'hide' })
}
