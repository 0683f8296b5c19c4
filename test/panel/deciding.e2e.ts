/** Deciding in the browser, over both stores: what is signed is what is shown, and what is refused is said. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { verifyVote } from '../../src/access/index.ts'
import type { Decision } from '../../src/core/nouns.ts'
import { signInOf } from '../server/support/api-world.ts'
import { skipServer } from '../support/each-server.ts'
import { openForwarder } from '../support/forwarder.ts'
import {
  decide,
  makeIssue,
  newAnalysis,
  newDecision,
  newVerdict,
  newVote,
  onlyRunnable,
  step,
} from '../support/pipeline-rows.ts'
import { axeFindings, missingBrowser, watchedPage } from './support/browser.ts'
import { panelInBrowser } from './support/panel-in-browser.ts'
import { fillPassword, fillVote, openEvidence, PASSWORD, sendVote } from './support/voting.ts'

for (const store of ['sqlite', 'mariadb'] as const) {
  const skip = missingBrowser() || (store === 'mariadb' && skipServer('mariadb'))
  describe(`deciding in the browser, ${store}`, { skip }, () => {
    const panel = panelInBrowser({ store })
    let pages = 0

    const waiting = async (action = 'mysql/analyze-table'): Promise<Decision> => {
      pages += 1
      return decide(panel.api.world, await makeIssue(panel.api.world, `shop.table_${pages}`), { action })
    }
    const opened = async (userName: string, { decisionId }: Decision): Promise<Page> => {
      const { page } = await watchedPage(await panel.signedInAs(userName))
      await page.goto(`/decisions/${decisionId}`)
      await page.getByText('Digest of what this page shows').waitFor()
      return page
    }
    const votesOf = ({ decisionId }: Decision) => panel.api.world.store.read.approvals(decisionId)

    test('an approval is signed in the page, believed by the executor, and its run followed to the verdict', async () => {
      const { world } = panel.api
      const decision = await waiting()
      const page = await opened('bert', decision)
      await fillVote(page, world.bert)
      await page.getByText('Open the evidence above first.').waitFor()
      assert.ok(await page.getByRole('button', { name: 'Approve, signed' }).isDisabled())
      await openEvidence(page)
      const sent: string[] = []
      page.on('request', (request) => sent.push(request.postData() ?? ''))
      await sendVote(page)
      await page.getByRole('heading', { name: 'What happens now' }).waitFor()
      assert.ok(sent.length > 0 && sent.every((body) => !body.includes('quite another phrase')))
      const [vote] = await votesOf(decision)
      assert.ok(vote !== undefined)
      assert.equal(verifyVote(vote, await world.store.read.people(), []), null)
      assert.deepEqual([vote.approvalReason, vote.adminNotes], ['CONFIDENT', 'seen on the replica'])
      const { act, read } = world.store
      const executionId = await act.queueExecution(await onlyRunnable(world, decision.decisionId), 'e1')
      assert.ok(executionId !== null)
      await act.startExecution(executionId, { owner: 'e1', seconds: 60 }, { mean_ms: 12 })
      await act.recordSteps(executionId, 'e1', [step(0, await read.now(), false)])
      await page.getByText('running …').waitFor()
      const done = step(0, await read.now(), true)
      await act.recordSteps(executionId, 'e1', [done])
      await act.finishExecution(executionId, 'e1', {
        status: 'COMPLETED',
        outcome: 'SUCCESS',
        steps: [done],
        durationMs: 12,
        affectedRows: 0,
        errors: null,
      })
      await page.getByRole('progressbar', { name: 'Measuring' }).waitFor()
      const [from, to] = [decision.createdAt, await read.now()]
      const details = {
        because: 'the whole interval is above 20 %',
        before: { from, to },
        after: { from, to },
      }
      await act.insertVerification({ ...newVerdict(executionId, 'improved'), details })
      await page.getByRole('heading', { name: 'What happened' }).waitFor()
      await page.getByText('the whole interval is above 20 %').waitFor()
      await page.getByRole('img', { name: 'mean_ms: 12.5 ms before, 5 ms after the run' }).waitFor()
      assert.deepEqual(await axeFindings(page), [])
      await page.context().close()
    })

    test('a wrong passphrase signs nothing', async () => {
      const decision = await waiting()
      const page = await opened('bert', decision)
      await openEvidence(page)
      await fillVote(page, panel.api.world.bert)
      await page.getByLabel('Passphrase of your key').fill('not the passphrase')
      await sendVote(page)
      await page.getByText('The passphrase does not open your key. Nothing was signed.').waitFor()
      await fillVote(page, panel.api.world.carl)
      await sendVote(page)
      await page.getByText('This is not the key that is registered for you.').waitFor()
      assert.deepEqual(await votesOf(decision), [])
      await page.context().close()
    })

    test('declined with a reason, then another plan is asked for', async () => {
      const { world } = panel.api
      const decision = await waiting()
      const page = await opened('bert', decision)
      await fillVote(page, world.bert, { side: 'decline' })
      await sendVote(page, 'decline')
      await page.getByRole('heading', { name: 'It was declined: what next?' }).waitFor()
      const [vote] = await votesOf(decision)
      assert.deepEqual([vote?.approvalStatus, vote?.approvalReason], ['DECLINED', 'WRONG_DIAGNOSIS'])
      await page.getByRole('button', { name: 'Ask for another plan' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByLabel('Reason').fill('look at the join')
      assert.deepEqual(await axeFindings(page), [])
      await dialog.getByRole('button', { name: 'Ask for another plan' }).click()
      await page.getByText('look at the join').first().waitFor()
      await dialog.waitFor({ state: 'detached' })
      assert.equal((await world.store.read.issue(decision.issueId))?.issueStatus, 'UNDER_ANALYSIS')
      await page.context().close()
    })

    test('HIGH risk takes two people in two browsers, each with evidence opened and password given', async () => {
      const { world } = panel.api
      const decision = await waiting('mysql/rebuild-table')
      const [first, second] = [await opened('bert', decision), await opened('carl', decision)]
      await fillVote(first, world.bert, { high: true })
      assert.ok(await first.getByRole('button', { name: 'Approve, signed' }).isDisabled())
      await openEvidence(first)
      await first.getByText('That you opened it is on the audit chain.').waitFor()
      await sendVote(first)
      await first.getByText('a second person must approve it too').waitFor()
      await second.getByText('it waits for a second person').waitFor()
      await openEvidence(second)
      await fillVote(second, world.carl, { high: true })
      await fillPassword(second, 'not the password')
      await sendVote(second)
      await second.getByText('DBM_PROOF_MISSING').waitFor()
      await fillVote(second, world.carl, { high: true })
      await sendVote(second)
      await first.getByText('By bert and carl').waitFor()
      assert.equal((await world.store.read.decision(decision.decisionId))?.decisionStatus, 'APPROVED')
      await first.context().close()
      await second.context().close()
    })

    test('a plan that changed under the approver cannot be approved, and the difference is shown', async () => {
      const { world } = panel.api
      const decision = await waiting()
      const page = await opened('bert', decision)
      await openEvidence(page)
      await fillVote(page, world.bert)
      const { serve, reason } = world.store
      await serve.insertApproval(await newVote(world, decision, world.carl, { status: 'DECLINED' }))
      await serve.endDecision(decision.decisionId, 'ASK_OTHER', 'not this', 'carl')
      const analysisId = await reason.insertAnalysis(newAnalysis(decision.issueId))
      await reason.moveIssue(decision.issueId, 'UNDER_ANALYSIS', 'AWAITING_DECISION')
      const parameters = { table: { schema: 'shop', table: 'orders' }, rows: 6 }
      const next = await reason.insertDecision(await newDecision(world, analysisId, { parameters }))
      await page.getByRole('heading', { name: 'Another plan waits now' }).waitFor()
      const difference = page.locator('.differences > div', { hasText: 'Parameter, rows' })
      assert.equal(await difference.locator('del').textContent(), '5')
      assert.equal(await difference.locator('ins').textContent(), '6')
      assert.equal(await page.getByRole('button', { name: 'Approve, signed' }).count(), 0)
      assert.deepEqual(await axeFindings(page), [])
      await page.getByRole('link', { name: `Read decision ${next}` }).click()
      await page.waitForURL(new RegExp(`/decisions/${next}$`))
      assert.equal((await votesOf(decision)).length, 1)
      await page.context().close()
    })

    test('a session that ends while a vote is written is renewed on top of it, and nothing typed is lost', async () => {
      const { world } = panel.api
      const decision = await waiting()
      const page = await opened('bert', decision)
      await openEvidence(page)
      await fillVote(page, world.bert)
      await signInOf(world.store).endSessions('bert', { except: null }, 'bert')
      await sendVote(page)
      const dialog = page.getByRole('dialog', { name: 'Your session ended' })
      await dialog.waitFor()
      assert.deepEqual(await axeFindings(page), [])
      await fillPassword(page, PASSWORD)
      await dialog.getByRole('button', { name: 'Sign in', exact: true }).click()
      await dialog.waitFor({ state: 'detached' })
      assert.equal(await page.getByLabel('In your own words').inputValue(), 'seen on the replica')
      assert.deepEqual(await votesOf(decision), [])
      await sendVote(page)
      await page.getByRole('heading', { name: 'What happens now' }).waitFor()
      assert.equal((await votesOf(decision)).length, 1)
      await page.context().close()
    })

    test('a stop during a run lets it end, holds what waits, and is lifted in the page', async () => {
      const { world } = panel.api
      const { act, serve, read } = world.store
      const [running, next] = [await waiting(), await waiting()]
      for (const each of [running, next]) await serve.insertApproval(await newVote(world, each, world.carl))
      const executionId = await act.queueExecution(await onlyRunnable(world, running.decisionId), 'e2')
      assert.ok(executionId !== null)
      await act.startExecution(executionId, { owner: 'e2', seconds: 60 }, { mean_ms: 12 })
      const page = await opened('bert', running)
      await page.getByText('In progress').first().waitFor()
      await page.getByRole('button', { name: 'Stop switch: No stops' }).click()
      await page.locator('.stop-form').getByLabel('Reason').fill('the disk is filling')
      assert.deepEqual(await axeFindings(page), [])
      await page.getByRole('button', { name: 'Stop now' }).click()
      await page.getByRole('button', { name: 'Stop switch: All stopped' }).waitFor()
      assert.deepEqual(
        (await read.halts()).map((each) => [each.scope, each.reason, each.setBy]),
        [['ALL', 'the disk is filling', 'bert']],
      )
      await page.getByText('In progress').first().waitFor()
      await act.finishExecution(executionId, 'e2', {
        status: 'COMPLETED',
        outcome: 'SUCCESS',
        steps: [],
        durationMs: 5,
        affectedRows: 0,
        errors: null,
      })
      await page.getByRole('progressbar', { name: 'Measuring' }).waitFor()
      const held = await opened('carl', next)
      await held.getByText('It waits: everything is stopped by bert (the disk is filling).').waitFor()
      await page.getByRole('button', { name: 'Lift the stop of everything' }).click()
      await held.getByText('The executor takes it within seconds.').waitFor()
      assert.deepEqual(await read.halts(), [])
      await page.context().close()
      await held.context().close()
    })

    test('a new issue is on an open page within a second, and what came while the line was cut is on it without a reload', async (t) => {
      const { port } = new URL(panel.base)
      const line = await openForwarder(Number(port))
      // Whatever fails before: an open door keeps the file from ending.
      t.after(() => line.close())
      const { page } = await watchedPage(await panel.signedIn('viewer'))
      const live = page.getByText('Live', { exact: true })
      const msUntilShown = async (name: string): Promise<number> => {
        await makeIssue(panel.api.world, name)
        const begun = performance.now()
        await page.getByText(name).first().waitFor()
        return performance.now() - begun
      }
      await page.goto(`http://127.0.0.1:${line.port}/issues`)
      await live.waitFor()
      await page.evaluate('window.isSamePage = true')
      // On a machine that does much else one of three is.
      const waits = [await msUntilShown('shop.live_1'), await msUntilShown('shop.live_2')]
      waits.push(await msUntilShown('shop.live_3'))
      assert.ok(Math.min(...waits) < 1000, `${waits.map(Math.round).join(', ')} ms`)
      line.lead('silent')
      await page.getByText('Cut, trying again').waitFor()
      await makeIssue(panel.api.world, 'shop.while_cut')
      line.lead(Number(port))
      await page.getByText('shop.while_cut').first().waitFor()
      await live.waitFor()
      await msUntilShown('shop.after_cut')
      assert.equal(await page.evaluate('window.isSamePage'), true)
      await page.context().close()
    })

    test('a viewer is offered nothing that changes anything, and the API refuses each by its right', async () => {
      const decision = await waiting()
      const { page } = await watchedPage(await panel.signedIn('viewer'))
      await page.goto(`/decisions/${decision.decisionId}`)
      await page.getByText('that needs the role approver. Yours: viewer.').waitFor()
      for (const name of ['Approve, signed', 'Decline, signed', 'Cancel it'])
        assert.equal(await page.getByRole('button', { name }).count(), 0, name)
      await page.getByRole('button', { name: 'Stop switch: No stops' }).click()
      await page.getByText('Nothing is stopped').waitFor()
      assert.equal(await page.getByRole('button', { name: 'Stop now' }).count(), 0)
      const refused = (await page.evaluate(`(${REFUSED})(${JSON.stringify(decision)})`)) as [
        string,
        number,
        string,
      ][]
      assert.equal(refused.length, 8)
      for (const [path, status, code] of refused)
        assert.deepEqual([status, code], [403, 'DBM_RIGHT_MISSING'], path)
      assert.equal(
        (await panel.api.world.store.read.decision(decision.decisionId))?.decisionStatus,
        'PENDING_APPROVAL',
      )
      await page.context().close()
    })
  })
}

/** What an approver can do, tried from the viewer's own page with its cookie and token. */
const REFUSED = `async ({ decisionId, planDigest }) => {
  const { csrfToken } = await (await fetch('/api/session')).json()
  const url = '/api/decisions/' + decisionId
  const ballot = { planDigest, decline: false, reason: 'CONFIDENT' }
  const signed = { ...ballot, approvalStatus: 'APPROVED', expiresAt: '2999-01-01T00:00:00.000000Z',
    signature: btoa(String.fromCharCode(...new Uint8Array(64))) }
  const why = { reason: 'r' }
  const tries = [
    ['PUT', url + '/reading', { planDigest }], ['POST', url + '/ballot', ballot],
    ['POST', url + '/votes', signed], ['POST', url + '/cancel', why], ['POST', url + '/revoke', why],
    ['POST', url + '/ask-other', why], ['POST', '/api/stops', why], ['POST', '/api/stops/1/lift'],
  ]
  const answers = []
  for (const [method, path, body] of tries) {
    const answer = await fetch(path, { method, headers: { 'content-type': 'application/json',
      'x-csrf-token': csrfToken, 'idempotency-key': crypto.randomUUID() },
      body: body === undefined ? undefined : JSON.stringify(body) })
    answers.push([path, answer.status, (await answer.json()).code])
  }
  return answers
}`
