/**
 * The same road over a store on a MariaDB server, every role with its own account: first administrator, a plan that a
 * real fault brought up, an approval that a stop switch holds back, and the run once it is lifted.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { createLog } from '../../src/app/index.ts'
import { type PanelDemo, startPanelDemo } from '../../src/lab/demo/demo.ts'
import { type PrivateServer, startServer as startDatabase } from '../../src/lab/servers/index.ts'
import { type RunningServer, startServer } from '../../src/server/index.ts'
import { skipServer } from '../support/each-server.ts'
import { makeServerStore } from '../support/server-store.ts'
import { missingBrowser, startBrowser, watchedPage } from './support/browser.ts'
import { approveSoonest, setUp, watchItBeJudged } from './support/first-start.ts'

const WORDS = {
  improved: 'Improved',
  no_effect: 'No effect',
  regressed: 'Regressed',
  undecided: 'Undecided',
} as const
const skip = missingBrowser() || skipServer('mariadb')

describe('healing over a store on a server', { skip }, () => {
  let database: PrivateServer
  let demo: PanelDemo
  let server: RunningServer
  let browser: Browser
  before(async () => {
    database = await startDatabase('mariadb', { instruments: 'server-default' })
    demo = await startPanelDemo({
      flavour: 'mariadb',
      listen: '127.0.0.1:0',
      log: createLog({ level: 'silent' }),
      say: () => undefined,
      store: await makeServerStore(database),
    })
    const { panel } = demo.installation.config
    assert.ok(panel !== null)
    server = await startServer(demo.installation, panel)
    browser = await startBrowser()
  })
  after(async () => {
    await browser?.close()
    await server?.close()
    await demo?.stop()
    await database?.stop()
  })

  test('what is approved while everything is stopped waits, runs once it is lifted, and is judged', async () => {
    const { page, errors } = await watchedPage(await browser.newContext())
    assert.ok(server.setUpLink !== null)
    await setUp(page, server.setUpLink)
    const [anna] = await demo.installation.store.read.people()
    assert.ok(anna?.keyId !== null && anna?.keyId !== undefined)
    demo.pin(anna.keyId)
    await demo.faults.forgotten()
    await page.getByRole('button', { name: 'Stop switch: No stops' }).click()
    await page.locator('.stop-form').getByLabel('Reason').fill('a backup runs')
    await page.getByRole('button', { name: 'Stop now' }).click()
    await page.getByRole('button', { name: 'Stop switch: All stopped' }).waitFor()
    await page.keyboard.press('Escape')
    await approveSoonest(page)
    await page.getByText('It waits: everything is stopped by anna (a backup runs).').waitFor()
    assert.deepEqual(await demo.installation.store.read.executions({ limit: 1 }), [])
    await page.getByRole('button', { name: 'Stop switch: All stopped' }).click()
    await page.getByRole('button', { name: 'Lift the stop of everything' }).click()
    await page.getByRole('button', { name: 'Stop switch: No stops' }).waitFor()
    await page.keyboard.press('Escape')
    await watchItBeJudged(page)
    // How well a busy machine lets it be measured is not this test's: the page shows what the store has.
    const { read } = demo.installation.store
    const [run] = await read.executions({ limit: 1 })
    assert.deepEqual([run?.executionStatus, run?.executionOutcome], ['COMPLETED', 'SUCCESS'])
    const [measured] = await read.verifications(run?.executionId ?? 0)
    assert.ok(measured !== undefined)
    await page.getByText(`Verdict: ${WORDS[measured.verdict]}`).first().waitFor()
    assert.deepEqual(errors, [])
  })
})
