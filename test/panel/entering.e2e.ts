/** How people come in: by an invitation with a key of their own browser, and with a code of an authenticator app. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { createPasswords } from '../../src/server/passwords.ts'
import { codeNow } from '../server/support/code-now.ts'
import { decide, makeIssue, newPerson, setActive, signerOf } from '../support/pipeline-rows.ts'
import { axeFindings, missingBrowser, watchedPage } from './support/browser.ts'
import { keyringFile } from './support/keyring-file.ts'
import { panelInBrowser } from './support/panel-in-browser.ts'
import { openEvidence, PASSPHRASE, PASSWORD, sendVote } from './support/voting.ts'

describe('coming in', { skip: missingBrowser() }, () => {
  const panel = panelInBrowser()

  const signIn = async (page: Page, userName: string): Promise<void> => {
    await page.goto('/sign-in')
    await page.getByLabel('User name').fill(userName)
    await page.getByLabel(/^Password/).fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
  }

  test('who is invited makes a key in the browser, is registered by a signature, and approves with it', async () => {
    const { api } = panel
    const inviting = await watchedPage(await panel.signedIn('administrator'))
    await inviting.page.goto('/settings?part=people')
    const form = inviting.page.getByRole('form', { name: 'Invite somebody' })
    await form.getByLabel('Full name').fill('Kim Novak')
    await form.getByLabel('User name').fill('kim')
    await form.getByLabel('approver').check()
    await form.getByRole('button', { name: 'Make the link' }).click()
    const link = await inviting.page.getByLabel('Link of the invitation', { exact: true }).textContent()
    assert.deepEqual(await axeFindings(inviting.page), [])

    const { page, errors } = await watchedPage(await panel.stranger())
    const sent: string[] = []
    page.on('request', (request) => sent.push(request.postData() ?? ''))
    await page.goto(link ?? '')
    await page.getByText('and may approve what is proposed').waitFor()
    await page.getByLabel(/^Password/).fill(PASSWORD)
    await page.getByLabel('Passphrase of your key').fill('Novak-Kim-1985')
    await page.getByRole('button', { name: 'Make my key' }).click()
    await page.getByText(/soon guessed, being made of names of yours, .*No key was made/).waitFor()
    assert.ok(sent.every((body) => !body.includes('Novak-Kim')))
    await page.getByLabel('Passphrase of your key').fill(PASSPHRASE)
    assert.deepEqual(await axeFindings(page), [])
    await page.getByRole('button', { name: 'Make my key' }).click()
    const keyId = await page.locator('pre').textContent()

    await inviting.page.reload()
    assert.equal(await inviting.page.getByLabel('Key of kim', { exact: true }).textContent(), keyId)
    const register = inviting.page.getByRole('form', { name: 'Register kim' })
    await register.locator('input[type=file]').setInputFiles(keyringFile(api.world.anna, PASSPHRASE))
    await register.getByLabel('Passphrase of your key').fill('not the passphrase')
    await register.getByRole('button', { name: 'register, signed' }).click()
    await register.getByText('The passphrase does not open your key. Nothing was signed.').waitFor()
    await register.getByLabel('Passphrase of your key').fill(PASSPHRASE)
    assert.deepEqual(await axeFindings(inviting.page), [])
    await register.getByRole('button', { name: 'register, signed' }).click()
    await register.waitFor({ state: 'detached' })
    await inviting.page.getByRole('group', { name: 'Roles of Kim Novak' }).waitFor()
    assert.deepEqual(inviting.errors, [])
    await inviting.page.context().close()

    await page.getByRole('link', { name: 'To sign in' }).click()
    await signIn(page, 'kim')
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
    await page.context().close()
  })

  test('an administrator changes what a login may, and shuts it out, by a signature made in the page', async () => {
    const { world } = panel.api
    const carl = async () => (await world.store.read.people()).find((each) => each.userName === 'carl')
    const there = await panel.signedInAs('carl')
    const { page, errors } = await watchedPage(await panel.signedIn('administrator'))
    await page.goto('/settings?part=people')
    const row = page.getByRole('listitem').filter({ has: page.getByRole('group', { name: 'Roles of carl' }) })
    await row.getByText('Change the login, or shut it out').click()
    const form = row.getByRole('form', { name: 'Change the login of carl' })
    const send = form.getByRole('button', { name: 'Change it, signed' })
    assert.equal(await send.isDisabled(), true, 'nothing is to change')
    await form.getByLabel('is let in').uncheck()
    await form.getByLabel(/^may approve/).uncheck()
    await form.locator('input[type=file]').setInputFiles(keyringFile(world.anna, PASSPHRASE))
    await form.getByLabel('Passphrase of your key').fill('not the passphrase')
    await send.click()
    await form.getByText('The passphrase does not open your key. Nothing was signed.').waitFor()
    assert.equal((await carl())?.active, true)
    assert.deepEqual(await axeFindings(page), [])
    await form.getByLabel('Passphrase of your key').fill(PASSPHRASE)
    await send.click()
    await row.getByText('Shut out', { exact: true }).waitFor()
    assert.deepEqual([(await carl())?.active, (await carl())?.mayApprove], [false, false])
    const out = await watchedPage(there)
    await out.page.goto('/')
    await out.page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await there.close()
    await form.getByLabel('is let in').check()
    await form.getByLabel(/^may approve/).check()
    await form.getByLabel('Passphrase of your key').fill(PASSPHRASE)
    await send.click()
    await row.getByText('login may approve, no second factor').waitFor()
    assert.deepEqual([(await carl())?.active, (await carl())?.mayApprove], [true, true])
    await page.route('**/registration/draft*', async (route) => {
      const answer = await route.fetch()
      const body = (await answer.json()) as { text: string }
      body.text = body.text.replace('"mayAdminister":0', '"mayAdminister":1')
      await route.fulfill({ response: answer, json: body })
    })
    await form.getByLabel(/^may approve/).uncheck()
    await form.getByLabel('Passphrase of your key').fill(PASSPHRASE)
    await send.click()
    await form
      .getByText('The server would register something else than is shown here. Nothing was signed.')
      .waitFor()
    assert.equal((await carl())?.mayApprove, true)
    assert.deepEqual(errors, [])
    await page.context().close()
  })

  test('an administrator erases somebody who was shut out: told what goes and stays, with the login typed and a proof', async () => {
    const { world } = panel.api
    const { userName, keyId, publicKey } = newPerson('gone')
    const signer = signerOf(world.anna)
    const rights = { personOf: null, mayApprove: false, mayAdminister: false }
    await world.store.serve.addUser({
      userName,
      displayName: 'Gwen Gone',
      keyId,
      publicKey,
      signer,
      ...rights,
    })
    await world.store.signIn?.setPassword('anna', await createPasswords().hash(PASSWORD), 'anna')
    const { page, errors } = await watchedPage(await panel.signedIn('administrator'))
    await page.goto('/settings?part=people')
    const roles = page.getByRole('group', { name: 'Roles of Gwen Gone' })
    const row = page.getByRole('listitem').filter({ has: roles })
    await row.getByText('Change the login, or shut it out').waitFor()
    assert.equal(await row.getByText('Erase the person for good').count(), 0, 'not while they are let in')
    await setActive(world, userName, false)
    await page.reload()
    await row.getByText('Erase the person for good').click()
    const form = row.getByRole('form', { name: 'Erase gone' })
    await form.getByText('This cannot be undone.').waitFor()
    const send = form.getByRole('button', { name: 'Erase this person' })
    await form.getByLabel('Reason').fill('asked to be forgotten')
    await form.getByLabel('Type gone to go on').fill('gon')
    assert.equal(await send.isDisabled(), true)
    await form.getByLabel('Type gone to go on').fill('gone')
    await form.getByLabel(/^Your password/).fill('not the password')
    assert.deepEqual(await axeFindings(page), [])
    await send.click()
    await form.getByText('DBM_PROOF_MISSING').waitFor()
    await form.getByLabel(/^Your password/).fill(PASSWORD)
    await send.click()
    const erased = page.getByRole('listitem').filter({ hasText: /^erased person \d+ gone/ })
    await erased.getByText('Erased', { exact: true }).waitFor()
    assert.equal(await erased.getByText('Let it in again').count(), 0)
    assert.equal(await page.getByText('Gwen Gone').count(), 0)
    assert.equal((await world.store.signIn?.erasures())?.[0]?.reason, 'asked to be forgotten')
    assert.deepEqual(errors, [])
    await page.context().close()
  })

  test('signing out everywhere ends every browser of the person, this one too', async () => {
    const [one, two] = [await panel.signedInAs('bert'), await panel.signedInAs('bert')]
    const { page, errors } = await watchedPage(one)
    await page.goto('/settings')
    const part = page.getByRole('region', { name: 'Signed-in browsers' })
    await part.getByRole('button', { name: 'Sign out everywhere' }).click()
    await part.getByRole('button', { name: 'Yes, end all of them, this one too' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    const other = await watchedPage(two)
    await other.page.goto('/')
    await other.page.getByRole('heading', { name: 'Sign in' }).waitFor()
    assert.deepEqual(errors, [])
    for (const context of [one, two]) await context.close()
  })

  test('an invitation that is withdrawn opens nothing', async () => {
    const { page } = await watchedPage(await panel.signedIn('administrator'))
    await page.goto('/settings?part=people')
    const form = page.getByRole('form', { name: 'Invite somebody' })
    await form.getByLabel('Full name').fill('Lee Short')
    await form.getByLabel('User name').fill('lee')
    await form.getByRole('button', { name: 'Make the link' }).click()
    const link = await page.getByLabel('Link of the invitation', { exact: true }).textContent()
    await page.getByRole('button', { name: 'Withdraw the invitation of lee' }).click()
    await page.getByRole('button', { name: 'Withdraw the invitation of lee' }).waitFor({ state: 'detached' })
    await page.goto(link ?? '')
    await page.getByRole('alert').getByText('DBM_LINK_SPENT').waitFor()
    assert.equal(await page.getByLabel(/^Password/).count(), 0)
    await page.context().close()
  })

  test('a second factor is set in the page, asked for after the password, and removed with its code', async () => {
    const own = await watchedPage(await panel.signedIn('approver'))
    await own.page.goto('/settings')
    const part = own.page.getByRole('region', { name: 'Second factor' })
    await part.getByLabel(/^Your password/).fill(PASSWORD)
    await part.getByRole('button', { name: 'Set one up' }).click()
    const shown = (await part.getByLabel('Secret for the app', { exact: true }).textContent()) ?? ''
    const secret = shown.replaceAll(' ', '')
    await part.getByLabel('Code of the app').fill(codeNow(secret))
    await part.getByRole('button', { name: 'Confirm it' }).click()
    const codes = (await part.getByLabel('Recovery codes', { exact: true }).textContent()) ?? ''
    assert.equal(codes.split('\n').length, 10)
    await part.getByText('Recovery codes left').waitFor()
    assert.deepEqual(await axeFindings(own.page), [])

    const { page } = await watchedPage(await panel.stranger())
    await signIn(page, 'bert')
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
    await page.context().close()

    await part.getByLabel(/^Your password/).fill(PASSWORD)
    await part.getByLabel('Code of the app').fill(codes.split('\n')[0] ?? '')
    await part.getByRole('button', { name: 'Remove the second factor' }).click()
    await part.getByRole('button', { name: 'Set one up' }).waitFor()
    assert.deepEqual(own.errors, [])
    await own.page.context().close()
  })
})
