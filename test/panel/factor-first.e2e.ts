/** Who must sign in with more than a password is led to set it up, and then where they wanted to go. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { codeNow } from '../server/support/code-now.ts'
import { axeFindings, missingBrowser, watchedPage } from './support/browser.ts'
import { panelInBrowser } from './support/panel-in-browser.ts'
import { PASSWORD } from './support/voting.ts'

describe('more than a password', { skip: missingBrowser() }, () => {
  const panel = panelInBrowser({ panel: ', secondFactorFor: [approver, administrator]' })

  test('who decides sets up an authenticator app before anything else, keeps the recovery codes, and goes on', async () => {
    const { page, errors } = await watchedPage(await panel.stranger())
    await page.goto('/sign-in?to=/issues')
    await page.getByLabel('User name').fill('bert')
    await page.getByLabel(/^Password/).fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByRole('heading', { name: 'More than a password' }).waitFor()
    assert.ok(await page.getByRole('button', { name: 'Go on' }).isDisabled())
    assert.deepEqual(await axeFindings(page), [])
    await page.goto('/decisions')
    await page.getByRole('heading', { name: 'More than a password' }).waitFor()

    const part = page.getByRole('region', { name: 'Second factor' })
    await part.getByLabel('Your password').fill(PASSWORD)
    await part.getByRole('button', { name: 'Set one up' }).click()
    const secret = await part.getByLabel('Secret for the app', { exact: true }).textContent()
    await part.getByLabel('Code of the app').fill(codeNow((secret ?? '').replaceAll(' ', '')))
    await part.getByRole('button', { name: 'Confirm it' }).click()
    await part.getByText('Keep these recovery codes').waitFor()
    assert.deepEqual(await axeFindings(page), [])
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByRole('heading', { name: 'Decisions' }).waitFor()
    assert.deepEqual(errors, [])
    await page.context().close()
  })

  test('who leaves it is signed out, and who decides nothing is not asked', async () => {
    const { page } = await watchedPage(await panel.signedIn('administrator'))
    await page.goto('/')
    await page.getByRole('heading', { name: 'More than a password' }).waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('User name').waitFor()
    await page.context().close()
    const viewer = await watchedPage(await panel.signedIn('viewer'))
    await viewer.page.goto('/')
    await viewer.page.getByRole('heading', { name: 'Dashboard' }).waitFor()
    await viewer.page.context().close()
  })
})
