/** From a one-time link to a healed issue, as the first person of an installation does it. */
import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { axeFindings } from './browser.ts'
import { PASSPHRASE, PASSWORD } from './voting.ts'

/** Longest wait for the pipeline: to notice, to measure 17 s after the run, on a busy machine, ms. */
const PATIENCE_MS = 90_000

/** Makes the first administrator by the link, with the second password thought of, and signs in. */
export async function setUp(page: Page, link: string): Promise<void> {
  await page.goto(link)
  await page.getByLabel('Your name').fill('Anna Weber')
  await page.getByLabel('User name').fill('anna')
  await page.getByLabel(/^Password/).fill('Weber-Anna-1985')
  await page.getByLabel('Passphrase of your key').fill(PASSPHRASE)
  await page.getByRole('button', { name: 'Make the administrator' }).click()
  await page.getByRole('alert').getByText('DBM_PASSWORD_WEAK').waitFor()
  await page.getByLabel(/^Password/).fill(PASSWORD)
  assert.deepEqual(await axeFindings(page), [])
  await page.getByRole('button', { name: 'Make the administrator' }).click()
  await page.getByRole('heading', { name: 'You are set up' }).waitFor()
  await page.getByRole('link', { name: 'Sign in' }).click()
  await page.getByLabel('User name').fill('anna')
  await page.getByLabel(/^Password/).fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Dashboard' }).waitFor()
}

/** Waits for the plan that ends the forgotten transaction, and approves it: nothing has to be built, so it heals soonest. */
export async function approveSoonest(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Decisions', exact: true }).click()
  await page.getByText('mysql/kill-idle-reader').first().click({ timeout: PATIENCE_MS })
  await page.getByText(/^Evidence \(/).click()
  await page.getByLabel('Approve exactly this').check()
  await page.getByLabel('Reason').selectOption('EMERGENCY')
  await page.getByLabel('Passphrase of your key').fill(PASSPHRASE)
  await page.getByRole('button', { name: 'Approve, signed' }).click()
  await page.getByRole('heading', { name: 'What happens now' }).waitFor()
}

/** Watches the open page to the verdict, and the issue to its end. */
export async function watchItHeal(page: Page): Promise<void> {
  await page.getByRole('heading', { name: 'What happened' }).waitFor({ timeout: PATIENCE_MS })
  await page.getByText('Verdict: Improved').first().waitFor({ timeout: PATIENCE_MS })
  await page.getByRole('img', { name: /before, .* after the run/ }).waitFor()
  assert.deepEqual(await axeFindings(page), [])
  await page.locator('.page-head a').click()
  await page.locator('.page-head').getByText('Resolved').waitFor({ timeout: PATIENCE_MS })
}
