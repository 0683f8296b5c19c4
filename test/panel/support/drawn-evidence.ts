/** What real faults leave to be looked at: the plan of a statement without its index, and a deadlock. */
import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { axeFindings, settled } from './browser.ts'

/** Longest wait until an issue is there and thought about, ms. */
const PATIENCE_MS = 60_000
const EVERY_MS = 500

/** The newest open issue of a category whose page will have what is looked for; asked as the page would ask. */
async function openIssueOf(page: Page, category: string, has: (story: string) => boolean): Promise<number> {
  const ask = async (path: string): Promise<string> =>
    (await page.request.get(new URL(path, page.url()).href)).text()
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await page.waitForTimeout(EVERY_MS)) {
    const { items } = JSON.parse(await ask(`/api/issues?category=${category}`)) as {
      readonly items: readonly { readonly issueId: number }[]
    }
    for (const { issueId } of items) if (has(await ask(`/api/issues/${issueId}`))) return issueId
  }
  assert.fail(`no issue ${category} within ${PATIENCE_MS} ms`)
}

/** axe in both themes, on the page as it is. */
async function looksWell(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor()
    assert.deepEqual(await axeFindings(page), [], colorScheme)
  }
}

/** The report that reads all orders: the tree says so, with what a call really reads beside the estimate. */
export async function lookAtPlan(page: Page): Promise<void> {
  const isShown = (story: string): boolean => story.includes('how the server runs the statement')
  const issueId = await openIssueOf(page, 'QUERY_PERFORMANCE', isShown)
  await page.goto(new URL(`/issues/${issueId}`, page.url()).href)
  await settled(page)
  const step = page.getByRole('tree').getByRole('treeitem', { name: /All rows of shop\.orders.*Most rows/ })
  const words = (await step.textContent()) ?? ''
  const [, estimated, read] = /([\d,]+) rows estimated, ([\d,]+) read/.exec(words) ?? []
  for (const rows of [estimated, read]) assert.ok(Number(rows?.replaceAll(',', '')) > 100_000, words)
  await looksWell(page)
}

/** The two jobs that lock in opposite orders: each waits for what the other holds, and one was rolled back. */
export async function lookAtDeadlock(page: Page): Promise<void> {
  const issueId = await openIssueOf(page, 'DEADLOCK', () => true)
  await page.goto(new URL(`/issues/${issueId}`, page.url()).href)
  await settled(page)
  const drawn = page.getByRole('img', {
    name: /Transaction 1 waits for X, record on shop\.stock, index PRIMARY, held by transaction 2\. Transaction 2 waits .* held by transaction 1\. Transaction [12] was rolled back\./,
  })
  await drawn.waitFor()
  assert.match((await drawn.textContent()) ?? '', /UPDATE stock SET reserved = reserved -\s*\? WHERE id = \?/)
  await page.getByText('The deadlock as a table').click()
  assert.equal(await page.getByRole('row', { name: /rolled back/ }).count(), 1)
  await looksWell(page)
}
