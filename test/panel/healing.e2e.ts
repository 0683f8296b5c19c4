/**
 * From first start to a healed issue: `dbmedic demo --panel`, its one-time link, the first administrator, a plan that a
 * real fault on a real server brought up, the approval in the browser, and the verdict while the page is watched.
 */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { after, test } from 'node:test'
import type { Page } from 'playwright-core'
import { skipServer } from '../support/each-server.ts'
import { cliFolder } from '../support/run-cli.ts'
import { axeFindings, missingBrowser, startBrowser, watchedPage } from './support/browser.ts'

const cli = cliFolder()
after(() => cli.remove())

const PASSWORD = 'a long password of anna'
const PASSPHRASE = 'quite another phrase, for the key'
/** Longest wait for the pipeline: to notice, to measure 17 s after the run, on a busy machine, ms. */
const PATIENCE_MS = 90_000

/** The one-time link, once it is printed. */
function linkOf(child: ChildProcess): Promise<string> {
  let said = ''
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no link: ${said}`)), PATIENCE_MS)
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${said}`)))
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        said += chunk.toString('utf8')
        const found = /http\S+\/setup#[\w-]{43}/.exec(said)?.[0]
        if (found === undefined) return
        clearTimeout(late)
        resolve(found)
      })
  })
}

async function setUp(page: Page, link: string): Promise<void> {
  await page.goto(link)
  await page.getByLabel('Your name').fill('Anna Weber')
  await page.getByLabel('User name').fill('anna')
  await page.getByLabel(/^Password/).fill(PASSWORD)
  await page.getByLabel('Passphrase of your key').fill(PASSPHRASE)
  assert.deepEqual(await axeFindings(page), [])
  await page.getByRole('button', { name: 'Make the administrator' }).click()
  await page.getByRole('heading', { name: 'You are set up' }).waitFor({ timeout: 30_000 })
  await page.getByRole('link', { name: 'Sign in' }).click()
  await page.getByLabel('User name').fill('anna')
  await page.getByLabel(/^Password/).fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Dashboard' }).waitFor()
}

test('the one-time link makes the first administrator, who approves in the browser and watches it heal', {
  skip: missingBrowser() || skipServer('mariadb'),
}, async () => {
  const child = cli.begin(['demo', '--panel', '127.0.0.1:0'])
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const browser = await startBrowser()
  try {
    const link = await linkOf(child)
    const { page, errors } = await watchedPage(await browser.newContext())
    const sent: string[] = []
    page.on('request', (request) => sent.push(request.postData() ?? ''))
    await setUp(page, link)
    await page.getByRole('link', { name: 'Decisions', exact: true }).click()
    // The one that heals soonest: nothing has to be built.
    await page.getByText('mysql/kill-idle-reader').first().click({ timeout: PATIENCE_MS })
    await page.getByText(/^Evidence \(/).click()
    await page.getByLabel('Approve exactly this').check()
    await page.getByLabel('Reason').selectOption('EMERGENCY')
    await page.getByLabel('Passphrase of your key').fill(PASSPHRASE)
    await page.getByRole('button', { name: 'Approve, signed' }).click()
    await page.getByRole('heading', { name: 'What happens now' }).waitFor()
    await page.getByRole('heading', { name: 'What happened' }).waitFor({ timeout: PATIENCE_MS })
    await page.getByText('Verdict: Improved').first().waitFor()
    await page.getByRole('img', { name: /before, .* after the run/ }).waitFor()
    assert.deepEqual(await axeFindings(page), [])
    await page.locator('.page-head a').click()
    await page.locator('.page-head').getByText('Resolved').waitFor({ timeout: PATIENCE_MS })
    assert.ok(sent.every((body) => !body.includes(PASSPHRASE)))
    assert.deepEqual(errors, [])
    child.kill('SIGINT')
    assert.equal(await ended, 0)
  } finally {
    await browser.close()
    child.kill('SIGINT')
    await ended
  }
})
