/** How people come in: by an invitation with a key of their own browser, and with a code of an authenticator app. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { signText } from '../../src/access/index.ts'
import { codeNow } from '../server/support/code-now.ts'
import { decide, makeIssue } from '../support/pipeline-rows.ts'
import { axeFindings, missingBrowser, startBrowser, watchedPage } from './support/browser.ts'
import { type PanelWorld, startPanelWorld } from './support/panel-world.ts'
import { openEvidence, PASSPHRASE, PASSWORD, sendVote } from './support/voting.ts'

describe('coming in', { skip: missingBrowser() }, () => {
  let panel: PanelWorld
  let browser: Browser
  before(async () => {
    panel = await startPanelWorld()
    browser = await startBrowser()
  })
  after(async () => {
    await browser?.close()
    await panel?.stop()
  })

  type Method = 'GET' | 'POST'
  let asked = 0
  const send = async (method: Method, url: string, headers: object, payload?: object) => {
    asked += 1
    const answer = await panel.api.app.inject({
      method,
      url,
      headers: { ...headers, 'idempotency-key': `entering-${String(asked).padStart(12, '0')}` },
      ...(payload === undefined ? {} : { payload }),
    })
    assert.ok(answer.statusCode < 300, answer.body)
    return answer.statusCode === 204 ? null : answer.json()
  }

  test('who is invited makes a key in the browser, and approves with it once it is registered', async () => {
    const { api } = panel
    const { headers } = await api.signIn('administrator')
    const { invitationId, secret } = await send('POST', '/api/invitations', headers, {
      userName: 'kim',
      displayName: 'Kim Novak',
      mayApprove: true,
      mayAdminister: false,
      roles: ['approver'],
    })
    const context = await browser.newContext({ baseURL: panel.base })
    const { page, errors } = await watchedPage(context)
    const sent: string[] = []
    page.on('request', (request) => sent.push(request.postData() ?? ''))
    await page.goto(`/invitation#${secret}`)
    await page.getByText('and may approve what is proposed').waitFor()
    await page.getByLabel(/^Password/).fill(PASSWORD)
    await page.getByLabel('Passphrase of your key').fill(PASSPHRASE)
    assert.deepEqual(await axeFindings(page), [])
    await page.getByRole('button', { name: 'Make my key' }).click()
    const keyId = await page.locator('pre').textContent()
    const url = `/api/invitations/${invitationId}/registration`
    const { text } = await send('GET', url, headers)
    assert.equal((JSON.parse(text) as { keyId: string }).keyId, keyId)
    await send('POST', url, headers, { signature: signText(text, api.world.anna.seed) })
    await page.getByRole('link', { name: 'To sign in' }).click()
    await page.getByLabel('User name').fill('kim')
    await page.getByLabel(/^Password/).fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Dashboard' }).waitFor()
    const decision = await decide(api.world, await makeIssue(api.world, 'shop.invited'))
    await page.goto(`/decisions/${decision.decisionId}`)
    await openEvidence(page)
    await page.getByLabel('Approve exactly this').check()
    await page.getByLabel('Reason').selectOption('ROUTINE')
    await page.getByLabel('Passphrase of your key').fill(PASSPHRASE)
    await sendVote(page)
    await page.getByText('By kim, signed').waitFor()
    assert.ok(sent.every((body) => !body.includes(PASSPHRASE)))
    assert.deepEqual(errors, [])
    await context.close()
  })

  test('who has a second factor is asked for its code after the password', async () => {
    const { headers } = await panel.api.signIn('approver')
    const { secret, sealed } = await send('POST', '/api/second-factor/draft', headers, { password: PASSWORD })
    await send('POST', '/api/second-factor', headers, { sealed, code: codeNow(secret) })
    const context = await browser.newContext({ baseURL: panel.base })
    const { page } = await watchedPage(context)
    await page.goto('/sign-in')
    await page.getByLabel('User name').fill('bert')
    await page.getByLabel(/^Password/).fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
    const code = page.getByLabel('Code of your authenticator app')
    await code.waitFor()
    assert.equal(await page.getByRole('alert').count(), 0)
    await code.fill('000000')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').waitFor()
    assert.deepEqual(await axeFindings(page), [])
    // The step of the code it was set with is taken already.
    await code.fill(codeNow(secret, 1))
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Dashboard' }).waitFor()
    await context.close()
  })
})
