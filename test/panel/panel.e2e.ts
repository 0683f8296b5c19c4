/** The panel as people use it: real server, real store, headless Chromium. `npm run test:e2e` */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decide, makeIssue } from '../support/pipeline-rows.ts'
import { axeFindings, missingBrowser, settled, watchedPage } from './support/browser.ts'
import { addDrawnRows } from './support/drawn-rows.ts'
import { panelInBrowser } from './support/panel-in-browser.ts'
import { approveAsCarl, approveQuickly, openDecision } from './support/quick-approvals.ts'
import { openEvidence } from './support/voting.ts'

describe('the panel', { skip: missingBrowser() }, () => {
  const world = panelInBrowser()

  test('who is not signed in comes to sign in, and a wrong password is named as such', async () => {
    const context = await world.stranger()
    const { page, errors } = await watchedPage(context)
    await page.goto('/decisions')
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    assert.match(page.url(), /sign-in\?to=/)
    await page.getByLabel('User name').fill('anna')
    await page.getByLabel(/^Password/).fill('not the password')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').getByText('DBM_SIGN_IN_FAILED').waitFor()
    assert.deepEqual(errors, [])
    await context.close()
  })

  test('the page shows the very statements whose digest is voted on', async () => {
    const context = await world.signedIn('approver')
    const { page } = await watchedPage(context)
    const { pendingDecisionId } = world.api.ids
    await page.goto(`/decisions/${pendingDecisionId}`)
    const decision = await world.api.world.store.serve.read.decision(pendingDecisionId)
    await page.getByText(decision?.planDigest ?? 'no digest', { exact: true }).waitFor()
    const statement = await page.getByLabel('Statement 1', { exact: true }).textContent()
    const { steps } = JSON.parse(decision?.bindingText ?? '{}') as { steps: { text: string }[] }
    assert.equal(statement, steps[0]?.text)
    await context.close()
  })

  test('what would turn, hide or move text is shown by its number, wherever it stands, and is copied as it is', async () => {
    const { world: rows } = world.api
    const statement = 'ANALYZE TABLE `shop`.`a\u202egnol\u2066`,\t`\u05d0`, `\u05d1` \n'
    const issueId = await makeIssue(rows, 'shop.safe\u202eknil\u200b')
    const decision = await decide(rows, issueId, { statement })
    const { page, errors } = await watchedPage(await world.signedIn('approver'))
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.goto(`/decisions/${decision.decisionId}`)
    const exact = page.getByRole('region', { name: 'Statement 1', exact: true })
    const shown = 'ANALYZE TABLE `shop`.`a⟨U+202E⟩gnol⟨U+2066⟩`,⇥ `\u05d0`, `\u05d1`·\n'
    assert.equal(await exact.textContent(), shown)
    assert.deepEqual(await exact.locator('bdi').allTextContents(), ['\u05d0', '\u05d1'])
    await page.getByText('each is marked by its number').first().waitFor()
    await page.getByText(decision.planDigest).first().waitFor()
    await exact.selectText()
    await page.keyboard.press('Control+c')
    assert.equal(await page.evaluate('navigator.clipboard.readText()'), statement)
    assert.deepEqual(await axeFindings(page), [])
    await page.goto(`/issues/${issueId}`)
    const name = 'shop.safe⟨U+202E⟩knil⟨U+200B⟩'
    await page.getByRole('heading', { level: 1, name }).waitFor()
    assert.ok((await page.title()).includes(name))
    for (const path of ['/issues', '/decisions', '/']) {
      await page.goto(path)
      await settled(page)
      assert.doesNotMatch((await page.locator('body').textContent()) ?? '', /[\u202e\u2066\u200b]/)
    }
    assert.deepEqual(errors, [])
    await page.context().close()
  })

  test('a plan whose text is not what its digest says cannot be voted on', async () => {
    const context = await world.signedIn('approver')
    const { page } = await watchedPage(context)
    await page.route('**/api/decisions/*', async (route) => {
      const answer = await route.fetch()
      const body = (await answer.json()) as { decision: { bindingText: string } }
      const changed = JSON.parse(body.decision.bindingText) as { steps: { text: string }[] }
      for (const step of changed.steps) step.text = `${step.text} -- and more`
      body.decision.bindingText = JSON.stringify(changed)
      await route.fulfill({ response: answer, json: body })
    })
    await page.goto(`/decisions/${world.api.ids.pendingDecisionId}`)
    await page.getByText(/^Evidence \(/).click()
    await page.getByText('What the server sent is not what its digest says').waitFor()
    assert.equal(await page.getByLabel('Approve exactly this').count(), 0)
    await context.close()
  })

  test('filters live in the address, and j and k go through what they leave', async () => {
    const context = await world.signedIn('viewer')
    const { page } = await watchedPage(context)
    await page.goto('/issues')
    await page.getByLabel('Resource').fill('carts')
    await page.waitForURL(/search=carts/)
    await page.getByText('shop.carts').first().waitFor()
    await page.waitForFunction('document.querySelectorAll("a.row").length === 1')
    await page.locator('main').press('j')
    assert.match(String(await page.evaluate('document.activeElement.textContent')), /shop\.carts/)
    await page.keyboard.press('o')
    await page.getByRole('heading', { name: /shop\.carts/ }).waitFor()
    await page.goBack()
    assert.equal(await page.getByLabel('Resource').inputValue(), 'carts')
    await page.getByLabel('Resource').fill('nothing of that name')
    await page.getByRole('link', { name: 'Show all open issues' }).click()
    await page.getByText('shop.items').first().waitFor()
    assert.equal(await page.getByLabel('Resource').inputValue(), '', 'the field follows the address')
    await page.keyboard.press('Control+k')
    await page.getByLabel('Command', { exact: true }).fill('hist')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'History' }).waitFor()
    await context.close()
  })

  test('an auditor verifies the chain; who may not read it is told which right is missing', async () => {
    const auditor = await world.signedIn('auditor')
    const { page } = await watchedPage(auditor)
    await page.goto('/audit')
    await page.getByRole('button', { name: 'Verify the whole chain' }).click()
    await page.getByText(/^Whole: \d+/).waitFor()
    await auditor.close()
    const viewer = await world.signedIn('viewer')
    const refused = await watchedPage(viewer)
    await refused.page.goto('/audit')
    await refused.page.getByText('DBM_RIGHT_MISSING').waitFor()
    await viewer.close()
  })

  test('the plan of a statement is a tree gone through by keyboard, with a table that says the same', async () => {
    const [plan] = await addDrawnRows(world)
    const context = await world.signedIn('viewer')
    const { page, errors } = await watchedPage(context)
    await page.goto(plan?.path ?? '')
    const tree = page.getByRole('tree', { name: /^Plan of the statement/ })
    const steps = tree.getByRole('treeitem')
    await steps.first().waitFor()
    assert.equal(await steps.count(), 7)
    await steps.first().focus()
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowDown']) await page.keyboard.press(key)
    const focused = (): Promise<string> =>
      page.evaluate('document.activeElement.querySelector(".plan-step").textContent')
    assert.match(await focused(), /All rows of shop\.orders \(o\), through a join buffer Most rows/)
    assert.match(await focused(), /299,214 rows estimated, 300,000 read, 398 times/)
    await page.keyboard.press('ArrowLeft')
    assert.equal(await steps.count(), 5)
    await page.keyboard.press('Space')
    assert.equal(await steps.count(), 7)
    await page.getByText('The plan as a table').click()
    await page.getByRole('cell', { name: /All rows of shop\.orders \(o\).*\(most rows\)/ }).waitFor()
    await page.getByText(/^Evidence \(/).click()
    assert.match(
      (await page.getByLabel('Plan, evidence e2').textContent()) ?? '',
      /\n {6}A range of shop\.customers, index by_country: 412 rows estimated, 398 read\n/,
    )
    assert.deepEqual(errors, [])
    await context.close()
  })

  test('who approves within seconds is named on the dashboard with the reason for the question', async () => {
    await approveQuickly(world, 4)
    const dashboard = await watchedPage(await world.signedIn('viewer'))
    await dashboard.page.goto('/')
    const tile = dashboard.page.getByRole('region', { name: 'Approval audit, last 7 days' })
    await tile.getByText('4 approved, 0 declined (0 %)').waitFor()
    assert.equal(await tile.getByText(/^Approves after/).count(), 0)
    const voting = await watchedPage(await world.signedInAs('carl'))
    const fifth = await openDecision(world, 'shop.quick_5')
    await voting.page.goto(`/decisions/${fifth.decisionId}`)
    await openEvidence(voting.page)
    await voting.page.getByText('That you opened it is on the audit chain.').waitFor()
    await approveAsCarl(world, fifth)
    await tile.getByText('5 approved, 0 declined (0 %)').waitFor()
    await tile.getByText(/^Approves after .* of reading in the median; below 20 s this asks/).waitFor()
    await tile.getByText(/people read 238 words a minute/).waitFor()
    assert.deepEqual([...dashboard.errors, ...voting.errors], [])
    await voting.page.context().close()
    await dashboard.page.context().close()
  })

  test('an address of no page is a page that says so, with 404; the API answers programs as ever', async () => {
    const { page } = await watchedPage(await world.stranger())
    assert.equal((await page.goto('/no/such/page'))?.status(), 404)
    await page.getByRole('heading', { name: 'There is no such page' }).waitFor()
    assert.deepEqual(await axeFindings(page), [])
    for (const [path, accept] of [
      ['/api/none', 'text/html'],
      ['/API/none', 'text/html'],
      ['/no/such/page', 'application/json'],
    ] as const) {
      const answer = await fetch(`${world.base}${path}`, { headers: { accept } })
      const { code } = (await answer.json()) as { readonly code: string }
      assert.deepEqual([answer.status, code], [404, 'DBM_NOT_FOUND'], path)
    }
    await page.context().close()
  })

  test('a stop switch that is set is on every open page at once', async () => {
    const context = await world.signedIn('viewer')
    const { page } = await watchedPage(context)
    await page.goto('/history')
    await page.getByRole('button', { name: 'Stop switch: No stops' }).waitFor()
    await world.api.world.store.serve.halt({ scope: 'ALL', key: '', reason: 'freeze', by: 'anna' })
    await page.getByRole('button', { name: 'Stop switch: All stopped' }).click()
    await page.getByText('freeze').waitFor()
    await context.close()
  })
})
