/**
 * From first start to a healed issue: `dbmedic demo --panel`, its one-time link, the first administrator, a plan that a
 * real fault on a real server brought up, the approval in the browser, and the verdict while the page is watched; then
 * what the other two faults left to look at, a plan and a deadlock.
 */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { test } from 'node:test'
import { skipServer } from '../support/each-server.ts'
import { cliFolder } from '../support/run-cli.ts'
import { missingBrowser, startBrowser, watchedPage } from './support/browser.ts'
import { lookAtDeadlock, lookAtPlan } from './support/drawn-evidence.ts'
import { endedAfter, endProcess } from './support/ended-after.ts'
import { approveSoonest, setUp, watchItHeal } from './support/first-start.ts'
import { PASSPHRASE } from './support/voting.ts'

const cli = cliFolder()
const ended = endedAfter()
ended(async () => cli.remove())

/** Longest wait for the server with its data to be there, ms. */
const PATIENCE_MS = 90_000

/** The one-time link, once it is printed. */
function linkOf(child: ChildProcess): Promise<string> {
  let said = ''
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no link: ${said}`)), PATIENCE_MS)
    child.once('exit', (code) => {
      clearTimeout(late)
      reject(new Error(`ended with ${code}: ${said}`))
    })
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

test('the one-time link makes the first administrator, who approves in the browser and watches it heal', {
  skip: missingBrowser() || skipServer('mariadb'),
}, async () => {
  const child = cli.begin(['demo', '--panel', '127.0.0.1:0'])
  ended(() => endProcess(child))
  const browser = await startBrowser()
  ended(() => browser.close())
  const link = await linkOf(child)
  const { page, errors } = await watchedPage(await browser.newContext())
  const sent: string[] = []
  page.on('request', (request) => sent.push(request.postData() ?? ''))
  await setUp(page, link)
  await approveSoonest(page)
  await watchItHeal(page)
  await lookAtPlan(page)
  await lookAtDeadlock(page)
  assert.ok(sent.every((body) => !body.includes(PASSPHRASE)))
  assert.deepEqual(errors, [])
  assert.equal(await endProcess(child), 0)
})
