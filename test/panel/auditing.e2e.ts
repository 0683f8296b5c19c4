/** The chain looked through, the queue worked off, an address of no page: as people meet them. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { verifyAuditFile } from '../../src/app/index.ts'
import { OPENING_RULE, openIssues } from '../../src/pipeline/analyze/open-issues.ts'
import { decide, makeIssue, newAnalysis, newEvent, sha256 } from '../support/pipeline-rows.ts'
import { axeFindings, missingBrowser, watchedPage } from './support/browser.ts'
import { panelInBrowser } from './support/panel-in-browser.ts'

describe('looking through and working off', { skip: missingBrowser() }, () => {
  const world = panelInBrowser()

  test('the chain is looked through by what stands in the address, and taken as a file that verifies', async () => {
    const context = await world.signedIn('auditor')
    const { page, errors } = await watchedPage(context)
    const links = page.getByRole('list', { name: 'Links of the chain' }).getByRole('listitem')
    const downloaded = async (name: string): Promise<string> => {
      const [file] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name }).click(),
      ])
      return file.path()
    }
    await page.goto('/audit')
    await page.getByRole('textbox', { name: 'Who' }).fill('bert')
    await page.waitForURL(/who=bert/)
    await page.getByRole('combobox', { name: 'What' }).selectOption('admin_approvals')
    await page.getByText(/^Download what is looked for$/).waitFor()
    await links
      .filter({ hasNotText: /Admin approvals \d+ added by bert/ })
      .first()
      .waitFor({ state: 'detached' })
    // While the links are read there are none: what was found has to come first.
    await links.first().waitFor()
    await page.getByRole('textbox', { name: 'About' }).fill('moon:1')
    await page.getByText('issue, decision, execution, target or user').waitFor()
    await page.getByRole('textbox', { name: 'About' }).fill(`decision:${world.api.ids.decisionId}`)
    await page.waitForURL(/subject=decision/)
    await links.nth(1).waitFor({ state: 'detached' })
    await links.first().waitFor()
    assert.equal(await links.count(), 1)
    await links
      .first()
      .getByText(/by bert/)
      .click()
    await page.getByText('"approval_status": "APPROVED"').waitFor()
    assert.deepEqual(await axeFindings(page), [])
    const excerpt = readFileSync(await downloaded('Download what is looked for'), 'utf8')
      .trim()
      .split('\n')
    assert.deepEqual([excerpt.length, JSON.parse(excerpt[2] ?? '')], [3, { links: 1 }])
    const whole = await verifyAuditFile(await downloaded('Download the whole chain'))
    assert.deepEqual([whole.ok, whole.problem], [true, null])
    await page.reload()
    assert.equal(await page.getByRole('textbox', { name: 'Who' }).inputValue(), 'bert')
    await page.getByRole('textbox', { name: 'Who' }).fill('nobody')
    await page.getByText('No link is like that').waitFor()
    await page.getByRole('link', { name: 'Show the newest links' }).click()
    await links.nth(1).waitFor()
    assert.equal(await page.getByRole('textbox', { name: 'Who' }).inputValue(), '')
    assert.deepEqual(errors, [])
    await context.close()
  })

  test('issues are selected by keys and mouse and dismissed with one reason, each by itself, and what failed is told', async () => {
    const { world: rows } = world.api
    const waits = await makeIssue(rows, 'triage.waits')
    await rows.store.reason.moveIssue(waits, 'DETECTED', 'UNDER_ANALYSIS')
    await rows.store.reason.insertAnalysis(newAnalysis(waits))
    await rows.store.reason.moveIssue(waits, 'UNDER_ANALYSIS', 'AWAITING_DECISION')
    const pending = await decide(rows, await makeIssue(rows, 'triage.pending'))
    const fresh = await makeIssue(rows, 'triage.fresh')
    const context = await world.signedIn('operator')
    const { page } = await watchedPage(context)
    await page.goto('/issues?search=triage')
    await page.getByText('triage.fresh').waitFor()
    await page.locator('main').press('j')
    await page.keyboard.press('x')
    await page.getByText('1 selected').waitFor()
    for (const key of ['j', 'j', 'X']) await page.keyboard.press(key)
    await page.getByText('3 selected').waitFor()
    await page.getByLabel(`Select issue ${pending.issueId}`).click()
    await page.getByText('2 selected').waitFor()
    await page.getByLabel(`Select issue ${pending.issueId}`).click()
    assert.deepEqual(await axeFindings(page), [])
    await page.getByRole('button', { name: 'Dismiss …' }).click()
    await page.getByLabel('Reason').fill('a load test, known')
    await page.getByRole('button', { name: 'Dismiss them' }).click()
    await page.getByText('1 cancelled with the decision, 1 asked to be closed, 1 not dismissed.').waitFor()
    await page.getByText(`issue ${fresh} is DETECTED: it is being analysed`).waitFor()
    assert.deepEqual(await axeFindings(page), [])
    const [ending] = await rows.store.read.endings(pending.decisionId)
    assert.deepEqual(
      [ending?.ending, ending?.endedBy, ending?.reason],
      ['CANCELLED', 'otto', 'a load test, known'],
    )
    await context.close()
    const viewer = await world.signedIn('viewer')
    const seen = await watchedPage(viewer)
    await seen.page.goto('/issues?search=triage')
    await seen.page.getByText('triage.fresh').waitFor()
    assert.equal(await seen.page.getByRole('checkbox').count(), 0)
    await viewer.close()
  })

  test('what is suppressed opens no issue while its events come, is counted, and opens when the suppression is ended', async () => {
    const { world: rows } = world.api
    const { reason, observe, read } = rows.store
    const resource = 'silent.orders'
    const first = await makeIssue(rows, resource)
    await reason.moveIssue(first, 'DETECTED', 'UNDER_ANALYSIS')
    await reason.moveIssue(first, 'UNDER_ANALYSIS', 'NO_ACTION')
    await reason.moveIssue(first, 'NO_ACTION', 'CLOSED')
    const cursor = { afterEventId: 0 }
    const log = (): void => undefined
    const options = { rule: OPENING_RULE, log, nameOf: async () => 'shop', limit: 200 }
    /** One more window over the limit, and a turn of the analyst; the issue of it that is open. */
    const breach = async () => {
      await observe.appendEvents([await newEvent(rows, resource, { opensAtOnce: true })])
      await openIssues(reason, cursor, options)
      return reason.openIssueOf(sha256(resource))
    }
    const context = await world.signedIn('operator')
    const { page, errors } = await watchedPage(context)
    await page.goto(`/issues/${first}`)
    await page.getByRole('button', { name: 'Suppress …' }).click()
    await page.getByLabel('For', { exact: true }).selectOption({ label: '1 day' })
    await page.getByLabel('Reason').fill('until the release on Monday')
    await page.getByRole('button', { name: 'Suppress it' }).click()
    await page.getByText(/Suppressed by otto until .*: until the release on Monday/).waitFor()
    assert.deepEqual(await axeFindings(page), [])

    assert.equal(await breach(), null)
    assert.equal(await breach(), null)
    const events = await read.events({ issueFingerprint: sha256(resource), limit: 10 })
    assert.equal(events.length, 3, 'what happens is recorded all the same')
    await page.goto('/')
    await page.getByRole('link', { name: '1 suppressed' }).click()
    await page.getByText('1 would have opened').waitFor()
    assert.deepEqual(await axeFindings(page), [])
    await page.getByRole('button', { name: 'End it now' }).click()
    await page.getByText('until otto ended it').waitFor()
    const opened = await breach()
    assert.ok(opened)
    await page.goto('/issues?search=silent')
    await page.getByText(`#${opened.issueId}`).waitFor()
    await page.getByLabel(`Select issue ${opened.issueId}`).click()
    await page.getByRole('button', { name: 'Suppress …' }).click()
    await page.getByLabel('Reason').fill('again')
    await page.getByRole('button', { name: 'Suppress it' }).click()
    await page.getByText('1 suppressed.').waitFor()
    assert.deepEqual(errors, [])
    await context.close()
  })
})
