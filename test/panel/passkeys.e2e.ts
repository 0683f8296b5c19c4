/** A passkey in the browser, under Chromium's own authenticator: made, signed in with, voted with, removed. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, test } from 'node:test'
import type { CDPSession, Page } from 'playwright-core'
import { createPasswords } from '../../src/server/passwords.ts'
import { signInOf } from '../server/support/api-world.ts'
import { decide, makeIssue, newPerson, setActive, signerOf } from '../support/pipeline-rows.ts'
import { axeFindings, missingBrowser, watchedPage } from './support/browser.ts'
import { panelInBrowser } from './support/panel-in-browser.ts'
import { fillVote, openEvidence, PASSWORD, sendVote } from './support/voting.ts'

/** An authenticator inside the device of whoever uses the page; it verifies them without a word. */
async function authenticatorOf(page: Page): Promise<{ readonly cdp: CDPSession; readonly id: string }> {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  const { authenticatorId: id } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return { cdp, id }
}

describe('a passkey in the browser', { skip: missingBrowser() }, () => {
  const panel = panelInBrowser()

  test('where passkeys cannot be used the page says where they can, and sign-in offers none', async () => {
    const { page, errors } = await watchedPage(await panel.signedIn('approver'))
    await page.goto('/settings')
    const part = page.getByRole('region', { name: 'Passkeys' })
    await part.getByRole('link', { name: panel.base.replace('127.0.0.1', 'localhost') }).waitFor()
    assert.equal(await part.getByRole('button', { name: 'Make a passkey' }).count(), 0)
    await page.context().clearCookies()
    await page.goto('/sign-in')
    await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor()
    assert.equal(await page.getByRole('button', { name: 'Sign in with a passkey' }).count(), 0)
    assert.deepEqual(errors, [])
    await page.context().close()
  })

  test('made in Settings, it signs in alone, proves a vote on HIGH risk, and signs in no more once removed', async () => {
    const { world } = panel.api
    const base = panel.base.replace('127.0.0.1', 'localhost')
    const { page, errors } = await watchedPage(
      await panel.stranger({ viewport: { width: 1280, height: 900 } }),
    )
    const { cdp, id } = await authenticatorOf(page)
    await page.goto(`${base}/sign-in?to=/settings`)
    await page.getByLabel('User name').fill('bert')
    await page.getByLabel(/^Password/).fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    const part = page.getByRole('region', { name: 'Passkeys' })
    await part.getByLabel('Name of the passkey').fill('laptop of bert')
    await part.getByLabel(/^Your password/).fill(PASSWORD)
    await part.getByRole('button', { name: 'Make a passkey' }).click()
    await part.getByText('laptop of bert').waitFor()
    await part.getByText('not used yet').waitFor()
    assert.deepEqual(await axeFindings(page), [])
    const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId: id })
    assert.deepEqual(
      credentials.map((each) => [each.rpId, each.isResidentCredential]),
      [['localhost', true]],
    )

    const changing = page.getByRole('region', { name: 'Password', exact: true })
    await changing.getByLabel(/^Password now/).fill(PASSWORD)
    await changing.getByLabel(/^New password/).fill(`${PASSWORD} anew`)
    await changing.getByRole('button', { name: 'Change it' }).click()
    await changing.getByText('A passkey still signs you in: laptop of bert.').waitFor()

    await page.context().clearCookies()
    await page.goto(`${base}/sign-in`)
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await page.getByRole('heading', { name: 'Dashboard' }).waitFor()

    const resource = await makeIssue(world, 'shop.by_passkey')
    const { decisionId } = await decide(world, resource, { action: 'mysql/rebuild-table' })
    await page.goto(`${base}/decisions/${decisionId}`)
    await page.getByText('Digest of what this page shows').waitFor()
    await openEvidence(page)
    await fillVote(page, world.bert)
    await page.getByLabel(/^Prove that it is you by a passkey/).check()
    assert.equal(
      await page.locator('form input[autocomplete=current-password]').count(),
      0,
      'no password is asked for',
    )
    assert.deepEqual(await axeFindings(page), [])
    await sendVote(page)
    await page.getByText('a second person must approve it too').waitFor()
    const [vote] = await world.store.read.approvals(decisionId)
    assert.deepEqual([vote?.adminUserId, vote?.authenticationMethod], ['bert', 'key+passkey'])

    await page.goto(`${base}/settings`)
    await part.getByText(/last used/).waitFor()
    await part.getByRole('button', { name: 'Rename laptop of bert' }).click()
    await part.getByLabel('New name').fill('desk of bert')
    assert.deepEqual(await axeFindings(page), [])
    await part.getByRole('button', { name: 'Name it so, proven by a passkey' }).click()
    await part.getByText('desk of bert').waitFor()
    assert.equal(await part.getByText('laptop of bert').count(), 0)
    await part.getByRole('button', { name: 'Remove desk of bert …' }).click()
    await part.getByRole('button', { name: 'Remove it, proven by a passkey' }).click()
    await part.getByText('desk of bert').waitFor({ state: 'detached' })
    await page.context().clearCookies()
    await page.goto(`${base}/sign-in`)
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await page.getByRole('alert').getByText('DBM_PASSKEY_REFUSED').waitFor()
    assert.deepEqual(await axeFindings(page), [])
    assert.deepEqual(errors, [])
    await page.context().close()
  })

  test('an administrator erases somebody by a passkey in place of the password, and downloads what is kept of themselves', async () => {
    const { world } = panel.api
    const base = panel.base.replace('127.0.0.1', 'localhost')
    const { userName, keyId, publicKey } = newPerson('gwen')
    const rights = { personOf: null, mayApprove: false, mayAdminister: false }
    await world.store.serve.addUser({
      ...{ userName, displayName: 'Gwen Gone', keyId, publicKey, signer: signerOf(world.anna), ...rights },
    })
    await setActive(world, userName, false)
    await signInOf(world.store).setPassword('anna', await createPasswords().hash(PASSWORD), 'anna')
    const { page, errors } = await watchedPage(await panel.stranger())
    await authenticatorOf(page)
    await page.goto(`${base}/sign-in?to=/settings`)
    await page.getByLabel('User name').fill('anna')
    await page.getByLabel(/^Password/).fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    const part = page.getByRole('region', { name: 'Passkeys' })
    await part.getByLabel('Name of the passkey').fill('key of anna')
    await part.getByLabel(/^Your password/).fill(PASSWORD)
    await part.getByRole('button', { name: 'Make a passkey' }).click()
    await part.getByText('key of anna').waitFor()

    const kept = page.getByRole('region', { name: 'What is kept of you' })
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      kept.getByRole('link', { name: 'Download it' }).click(),
    ])
    assert.equal(file.suggestedFilename(), 'dbmedic-anna.json')
    const text = await readFile(await file.path(), 'utf8')
    assert.deepEqual(JSON.parse(text).userNames, ['anna'])
    assert.match(text, /key of anna/)
    assert.deepEqual(await axeFindings(page), [])

    await page.goto(`${base}/settings?part=people`)
    const roles = page.getByRole('group', { name: 'Roles of Gwen Gone' })
    const row = page.getByRole('listitem').filter({ has: roles })
    await row.getByText('Erase the person for good').click()
    const form = row.getByRole('form', { name: 'Erase gwen' })
    const byKey = form.getByRole('button', { name: 'Erase this person, proven by a passkey' })
    await byKey.waitFor()
    assert.equal(await byKey.isDisabled(), true, 'not before it is said why and whom')
    await form.getByLabel('Reason').fill('asked to be forgotten')
    await form.getByLabel('Type gwen to go on').fill('gwen')
    await byKey.click()
    await page
      .getByRole('listitem')
      .filter({ hasText: /^erased person \d+ gwen/ })
      .getByText('Erased', { exact: true })
      .waitFor()
    assert.equal((await signInOf(world.store).erasures())[0]?.erasedBy, 'anna')
    assert.deepEqual(errors, [])
    await page.context().close()
  })

  test('an administrator takes lost passkeys and a lost second factor from somebody, asked twice, and sees what is left', async () => {
    const signIn = signInOf(panel.api.world.store)
    await signIn.addPasskey({
      userName: 'carl',
      passkeyName: 'lost key',
      credentialId: 'bG9zdA',
      publicKey: 'MFkw',
      algorithm: 'ES256',
      userHandle: 'c'.repeat(64),
      isSyncable: false,
      signCount: 0,
    })
    await signIn.setSecondFactor({ userName: 'carl', sealedSecret: {}, lastStep: 1, recoveryDigests: [] })
    const carl = await panel.signedInAs('carl')
    const { page, errors } = await watchedPage(await panel.signedIn('administrator'))
    await page.goto('/settings?part=people')
    const row = page
      .getByRole('listitem')
      .filter({ hasText: 'carl' })
      .filter({ has: page.getByRole('group') })
    await row.getByText(/, second factor, a passkey$/).waitFor()
    await row.getByRole('button', { name: 'Remove all passkeys' }).click()
    await row.getByText(/, second factor, a passkey$/).waitFor()
    assert.deepEqual(await axeFindings(page), [])
    await row.getByRole('button', { name: 'Yes, remove them and sign them out' }).click()
    await row.getByText('Removed. They sign in with the password until they make others.').waitFor()
    await row.getByText(/, second factor$/).waitFor()
    assert.deepEqual(await signIn.passkeysOf('carl'), [])
    await row.getByRole('button', { name: 'Remove the second factor' }).click()
    await row.getByRole('button', { name: 'Yes, remove it and sign them out' }).click()
    await row.getByText(/, no second factor$/).waitFor()
    assert.equal(await signIn.secondFactor('carl'), null)
    const out = await watchedPage(carl)
    await out.page.goto('/')
    await out.page.getByRole('heading', { name: 'Sign in' }).waitFor()
    const own = page.getByRole('listitem').filter({ hasText: '(you)' })
    assert.equal(await own.getByRole('button').count(), 0, 'their own is changed under their account')
    assert.deepEqual(errors, [])
    await carl.close()
    await page.context().close()
  })
})
