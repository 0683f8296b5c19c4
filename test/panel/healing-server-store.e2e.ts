/**
 * The same road over a store on a MariaDB server, every role with its own account: first administrator, a plan that a
 * real fault brought up, an approval that a stop switch holds back, the run once it is lifted, and the target healed.
 */
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { createLog } from '../../src/app/index.ts'
import { type PanelDemo, startPanelDemo } from '../../src/lab/demo/demo.ts'
import { startServer as startDatabase } from '../../src/lab/servers/index.ts'
import { FEWEST_READINGS } from '../../src/pipeline/verify/verify-run.ts'
import { type RunningServer, startServer } from '../../src/server/index.ts'
import { skipServer } from '../support/each-server.ts'
import { makeServerStore } from '../support/server-store.ts'
import { missingBrowser, startBrowser, watchedPage } from './support/browser.ts'
import { endedAfter } from './support/ended-after.ts'
import { approveSoonest, setUp, watchItHeal } from './support/first-start.ts'
import { type Looks, lookAtTarget, measuredBefore } from './support/held-up.ts'

const skip = missingBrowser() || skipServer('mariadb')

describe('healing over a store on a server', { skip }, () => {
  let demo: PanelDemo
  let server: RunningServer
  let browser: Browser
  let target: Looks
  const ended = endedAfter()
  before(async () => {
    const database = await startDatabase('mariadb', { instruments: 'server-default' })
    ended(() => database.stop())
    demo = await startPanelDemo({
      flavour: 'mariadb',
      listen: '127.0.0.1:0',
      log: createLog({ level: 'silent' }),
      say: () => undefined,
      store: await makeServerStore(database),
    })
    ended(() => demo.stop())
    const { panel } = demo.installation.config
    assert.ok(panel !== null)
    server = await startServer(demo.installation, panel)
    ended(() => server.close())
    target = await lookAtTarget(demo.installation)
    ended(() => target.close())
    browser = await startBrowser()
    ended(() => browser.close())
  })

  test('what is approved while everything is stopped waits, runs once it is lifted, and heals', async () => {
    const { page, errors } = await watchedPage(await browser.newContext())
    assert.ok(server.setUpLink !== null)
    await setUp(page, server.setUpLink)
    const { read } = demo.installation.store
    const [anna] = await read.people()
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
    assert.deepEqual(await read.executions({ limit: 1 }), [])
    const [decision] = await read.decisions({ status: 'APPROVED', limit: 1 })
    assert.ok(decision !== undefined)
    await measuredBefore(demo.installation, decision, 2 * FEWEST_READINGS.after)
    const [forgetful = 0] = await target.blockers()
    assert.deepEqual([await target.isOpen(forgetful), (await target.longWaits()) > 0], [true, true])

    await page.getByRole('button', { name: 'Stop switch: All stopped' }).click()
    await page.getByRole('button', { name: 'Lift the stop of everything' }).click()
    await page.getByRole('button', { name: 'Stop switch: No stops' }).waitFor()
    await page.keyboard.press('Escape')
    await watchItHeal(page)
    assert.deepEqual([await target.isOpen(forgetful), await target.longWaits()], [false, 0])
    const [run] = await read.executions({ decisionId: decision.decisionId, limit: 1 })
    assert.deepEqual([run?.executionStatus, run?.executionOutcome], ['COMPLETED', 'SUCCESS'])
    const [measured] = await read.verifications(run?.executionId ?? 0)
    assert.deepEqual([measured?.verdict, measured?.metricName], ['improved', 'waiting_sessions'])
    assert.equal((await read.issue(decision.issueId))?.issueStatus, 'RESOLVED')
    assert.deepEqual(errors, [])
  })
})
