/** Debian's Chromium, headless, and what a page in it said that it should not. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Result } from 'axe-core'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { CHROMIUM } from './chromium.ts'

/** Sandboxes need rights that root in a container has not; the pages are our own. */
const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync']

/** Why there is no browser here; false: there is one. */
export const missingBrowser = (): string | false =>
  existsSync(CHROMIUM) ? false : `no Chromium at ${CHROMIUM}; on Debian: apt-get install chromium`

/** Starts the browser. */
export const startBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM, args: ARGS, timeout: 30_000 })

/** A page, and every error it or its content-security policy stated. */
export interface WatchedPage {
  readonly page: Page
  readonly errors: string[]
}

/** Opens a page of a context. Refusals of the API (4xx) are answers, not errors. */
export async function watchedPage(context: BrowserContext): Promise<WatchedPage> {
  const page = await context.newPage()
  page.setDefaultTimeout(30_000)
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(String(error)))
  page.on('console', (message) => {
    if (message.type() !== 'error') return
    if (/the server responded with a status of 4\d\d/.test(message.text())) return
    errors.push(message.text())
  })
  return { page, errors }
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Waits until a page shows what it has to show: its heading is there, and nothing is being read any more. */
export async function settled(page: Page): Promise<void> {
  await page.locator('main h1').waitFor()
  // Several parts of a page may be read at once, and a part that came may begin to read more.
  const reading = page.getByText('Reading …')
  while ((await reading.count()) > 0) await reading.first().waitFor({ state: 'hidden' })
}

/** Colours on their way to others have contrasts that nobody set. */
const CHANGED = `Promise.allSettled(document.getAnimations()
  .filter((each) => each instanceof CSSTransition).map((each) => each.finished))`

/**
 * The findings alone: what axe would tell of every element that is as it should be, with a way to select each, took most of
 * its time and was read by nobody.
 */
const FINDINGS = `axe.run({ resultTypes: ['violations'], selectors: false }).then(({ violations, passes }) => ({
  looked: passes.length,
  findings: violations.flatMap(({ id, impact, nodes }) =>
    nodes.map(({ html, any }) => ({ id, impact, html: html.slice(0, 160), message: any[0]?.message ?? '' }))),
}))`

/** One element that is not as it should be, and why. */
interface Finding extends Pick<Result, 'id' | 'impact'> {
  readonly html: string
  readonly message: string
}

/** Every finding of axe by WCAG 2.2 AA and its good practices, as `impact rule: element`. */
export async function axeFindings(page: Page): Promise<string[]> {
  await page.evaluate(CHANGED)
  if ((await page.evaluate('typeof axe')) === 'undefined') await page.evaluate(AXE)
  const { looked, findings } = (await page.evaluate(FINDINGS)) as {
    readonly looked: number
    readonly findings: readonly Finding[]
  }
  assert.ok(looked > 5, `axe looked at ${looked} of its rules only`)
  return findings.map(({ id, impact, html, message }) => `${impact ?? 'unknown'} ${id}: ${html} ${message}`)
}
