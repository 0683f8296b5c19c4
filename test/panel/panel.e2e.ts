/** The panel as people use it: real server, real store, headless Chromium. `npm run test:e2e` */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { missingBrowser, startBrowser, watchedPage } from './support/browser.ts'
import { type PanelWorld, startPanelWorld } from './support/panel-world.ts'

describe('the panel', { skip: missingBrowser() }, () => {
  let world: PanelWorld
  let browser: Browser
  before(async () => {
    world = await startPanelWorld()
    browser = await startBrowser()
  })
  after(async () => {
    await browser.close()
    await world.stop()
  })

  test('who is not signed in comes to sign in, and a wrong password is named as such', async () => {
    const context = await browser.newContext({ baseURL: world.base })
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
    const context = await world.signedIn(browser, 'approver')
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

  test('a plan whose text is not what its digest says cannot be voted on', async () => {
    const context = await world.signedIn(browser, 'approver')
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
    const context = await world.signedIn(browser, 'viewer')
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
    await page.keyboard.press('Control+k')
    await page.getByLabel('Command', { exact: true }).fill('hist')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'History' }).waitFor()
    await context.close()
  })

  test('an auditor verifies the chain; who may not read it is told which right is missing', async () => {
    const auditor = await world.signedIn(browser, 'auditor')
    const { page } = await watchedPage(auditor)
    await page.goto('/audit')
    await page.getByRole('button', { name: 'Verify the whole chain' }).click()
    await page.getByText(/^Whole: \d+/).waitFor()
    await auditor.close()
    const viewer = await world.signedIn(browser, 'viewer')
    const refused = await watchedPage(viewer)
    await refused.page.goto('/audit')
    await refused.page.getByText('DBM_RIGHT_MISSING').waitFor()
    await viewer.close()
  })

  test('a stop switch that is set is on every open page at once', async () => {
    const context = await world.signedIn(browser, 'viewer')
    const { page } = await watchedPage(context)
    await page.goto('/history')
    await page.getByRole('button', { name: 'Stop switch: No stops' }).waitFor()
    await world.api.world.store.serve.halt({ scope: 'ALL', key: '', reason: 'freeze', by: 'anna' })
    await page.getByRole('button', { name: 'Stop switch: All stopped' }).click()
    await page.getByText('freeze').waitFor()
    await context.close()
  })
})
