/** Somebody with different roles in two workspaces: one page is of one of them, and holds nothing of the other. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import type { Decision } from '../../src/core/nouns.ts'
import { signInOf } from '../server/support/api-world.ts'
import { decide, INSTANCE, makeIssue, newPerson, signerOf, type World } from '../support/pipeline-rows.ts'
import { axeFindings, missingBrowser, settled, watchedPage } from './support/browser.ts'
import { panelInBrowser } from './support/panel-in-browser.ts'

/** In every name of what is in one workspace, and in nothing else. */
const HERE = 'shop.'
const THERE = 'ledger.'

/** What a page was answered by the API, while it was looked at. */
function answersOf(page: Page): { readonly url: string; readonly text: Promise<string> }[] {
  const answers: { readonly url: string; readonly text: Promise<string> }[] = []
  page.on('response', (response) => {
    const url = response.url()
    // A stream ends with its page: what it tells has no names.
    if (!url.includes('/api/') || url.includes('/api/events')) return
    answers.push({ url, text: response.text().catch(() => '') })
  })
  return answers
}

const texts = async (answers: ReturnType<typeof answersOf>): Promise<string> =>
  (await Promise.all(answers.map(({ text }) => text))).join('\n')

const workspacesAsked = (answers: ReturnType<typeof answersOf>): readonly (string | null)[] => [
  ...new Set(
    answers
      .map(({ url }) => new URL(url))
      .filter(({ pathname }) => !/^\/api\/(session|workspaces|setup|keyring)/.test(pathname))
      .map(({ searchParams }) => searchParams.get('workspace')),
  ),
]

const bodyOf = async (page: Page): Promise<string> => (await page.locator('body').textContent()) ?? ''

describe('workspaces', { skip: missingBrowser() }, () => {
  let there: World | undefined
  let waiting: Decision | undefined
  const world = panelInBrowser({
    prepare: async ({ api }) => {
      const { store } = api.world
      const targetId = await store.serve.addTarget({
        targetName: 'ledger',
        engine: 'mysql',
        connection: { host: 'db2', password: 'env:LEDGER_PASSWORD' },
        workspaceName: 'elsewhere',
      })
      await store.observe.setTargetIdentity(targetId, INSTANCE)
      there = { ...api.world, targetId }
      waiting = await decide(there, await makeIssue(there, 'ledger.entries'))
      // Bert approves in the first, and only looks in the other.
      await signInOf(store).setMembership({
        userName: 'bert',
        workspaceId: 2,
        role: 'viewer',
        held: true,
        by: 'olga',
      })
    },
  })
  const decisionThere = (): Decision => {
    if (waiting === undefined) throw new Error('no decision')
    return waiting
  }
  const worldThere = (): World => {
    if (there === undefined) throw new Error('no workspace')
    return there
  }

  test('each page is of the workspace its address names: its rows, its rights, and nothing of the other', async () => {
    const { page, errors } = await watchedPage(await world.signedIn('approver'))
    const answers = answersOf(page)
    await page.goto('/issues')
    await page.getByText('shop.items').first().waitFor()
    await page.waitForURL(/\/issues\?workspace=1$/)
    await page.getByRole('checkbox').first().waitFor()
    assert.doesNotMatch(await bodyOf(page), /ledger/)
    assert.doesNotMatch(await texts(answers), /ledger/)
    assert.deepEqual(workspacesAsked(answers), ['1'])
    await page.goto(`/decisions/${world.api.ids.pendingDecisionId}`)
    await page.getByLabel('Approve exactly this').waitFor()

    await page.goto('/issues')
    await settled(page)
    await page.getByRole('button', { name: 'Workspace default: choose another' }).click()
    await page
      .getByRole('navigation', { name: 'Workspaces' })
      .getByRole('link', { name: 'elsewhere' })
      .waitFor()
    assert.deepEqual(await axeFindings(page), [])
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: /^Account of/ }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).waitFor()
    assert.deepEqual(await axeFindings(page), [])
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Workspace default: choose another' }).click()
    answers.splice(0)
    await page
      .getByRole('navigation', { name: 'Workspaces' })
      .getByRole('link', { name: 'elsewhere' })
      .click()
    await page.waitForURL(/\/issues\?workspace=2$/)
    await page.getByText('ledger.entries').first().waitFor()
    assert.equal(await page.title(), 'Issues · elsewhere · dbmedic')
    assert.equal(await page.getByRole('checkbox').count(), 0, 'a viewer picks nothing')
    await page.getByText('ledger.entries').first().click()
    await page.getByRole('heading', { name: /ledger\.entries/ }).waitFor()
    assert.match(page.url(), /workspace=2$/)
    await page.keyboard.press('g')
    await page.keyboard.press('c')
    await page.waitForURL(/\/decisions\?workspace=2$/)
    // The address is there before the page is: until then the name is that of the issue's page.
    await page.getByRole('heading', { name: 'Decisions' }).waitFor()
    await page.getByText('ledger.entries').first().click()
    await page
      .getByText('You may read this and not vote: that needs the role approver. Yours: viewer.')
      .waitFor()
    for (const path of ['/', '/history', '/learning', '/targets', '/settings?part=standing', '/fix']) {
      await page.goto(path)
      await settled(page)
      await page.waitForURL(/workspace=2/)
      assert.ok(!(await bodyOf(page)).includes(HERE), path)
    }
    await page.getByRole('button', { name: /^Stop switch/ }).click()
    await page.getByText('Stop switches').waitFor()
    assert.equal(await page.getByRole('button', { name: 'Stop now' }).count(), 0)
    assert.ok(!(await texts(answers)).includes(HERE))
    assert.deepEqual(workspacesAsked(answers), ['2'])
    assert.deepEqual(errors, [])
    await page.context().close()
  })

  test('two pages at once stay what they are, each hears of its own, and a page begins with the last one', async () => {
    const context = await world.signedIn('approver')
    const [first, second] = [await watchedPage(context), await watchedPage(context)]
    for (const [{ page }, workspace] of [
      [first, 1],
      [second, 2],
    ] as const) {
      await page.goto(`/issues?workspace=${workspace}`)
      await page.getByText('Live', { exact: true }).waitFor()
    }
    await makeIssue(worldThere(), 'ledger.accounts')
    await second.page.getByText('ledger.accounts').first().waitFor()
    await makeIssue(world.api.world, 'shop.returns')
    await first.page.getByText('shop.returns').first().waitFor()
    assert.ok(!(await bodyOf(first.page)).includes(THERE))
    assert.ok(!(await bodyOf(second.page)).includes(HERE))
    const third = await watchedPage(context)
    await third.page.goto('/')
    await third.page.waitForURL(/\?workspace=2$/)
    await third.page.getByRole('button', { name: 'Workspace elsewhere: choose another' }).waitFor()
    // An address that names the other one is the other one, also where the page goes there by itself.
    await second.page.evaluate("history.pushState(null, '', '/issues?workspace=1')")
    await second.page.getByText('shop.returns').first().waitFor()
    assert.ok(!(await bodyOf(second.page)).includes(THERE))
    for (const { errors } of [first, second, third]) assert.deepEqual(errors, [])
    await context.close()
  })

  test('a row of the other workspace is not there, and the server refuses by itself what the page leaves out', async () => {
    const { page } = await watchedPage(await world.signedIn('approver'))
    await page.goto(`/decisions/${world.api.ids.pendingDecisionId}?workspace=2`)
    await page.getByText('DBM_NOT_FOUND').waitFor()
    const { headers } = await world.api.signIn('approver')
    const { decisionId, issueId, planDigest } = decisionThere()
    const key = { 'idempotency-key': 'a key of this very test' }
    const ask = async (method: 'GET' | 'POST' | 'PUT', url: string, payload?: object) => {
      const { statusCode, json } = await world.api.app.inject({
        method,
        url,
        headers: { ...headers, ...(method === 'POST' ? key : {}) },
        ...(payload === undefined ? {} : { payload }),
      })
      return [statusCode, json().code]
    }
    const refused = [403, 'DBM_RIGHT_MISSING']
    const missing = [404, 'DBM_NOT_FOUND']
    const vote = { planDigest, reason: 'x' }
    assert.deepEqual(
      await ask('PUT', `/api/decisions/${decisionId}/reading?workspace=2`, { planDigest }),
      refused,
    )
    assert.deepEqual(await ask('POST', `/api/decisions/${decisionId}/votes?workspace=2`, vote), refused)
    assert.deepEqual(await ask('POST', '/api/stops?workspace=2', { reason: 'x' }), refused)
    assert.deepEqual(
      await ask('PUT', `/api/decisions/${decisionId}/reading?workspace=1`, { planDigest }),
      missing,
    )
    assert.deepEqual(await ask('GET', `/api/issues/${issueId}?workspace=1`), missing)
    assert.deepEqual(await ask('GET', `/api/decisions/${decisionId}?workspace=1`), missing)
    assert.deepEqual(await ask('GET', '/api/audit/search?workspace=2'), refused)
    await page.context().close()
  })

  test('who has no role in the workspace an address names is told so, with the way to their own', async () => {
    const { page, errors } = await watchedPage(await world.signedIn('viewer'))
    const answers = answersOf(page)
    await page.goto('/issues?workspace=2')
    await page.getByRole('heading', { name: 'Not your workspace' }).waitFor()
    assert.deepEqual(workspacesAsked(answers), [], 'nothing was asked about it')
    assert.deepEqual(await axeFindings(page), [])
    await page.getByRole('link', { name: 'Workspace 1' }).click()
    await page.getByRole('heading', { name: 'Dashboard' }).waitFor()
    assert.equal(await page.getByRole('button', { name: /^Workspace/ }).count(), 0, 'there is one only')
    assert.deepEqual(errors, [])
    await page.context().close()
  })

  test('who has no role anywhere is told what to do, keeps the account, and goes on when one was given', async () => {
    const { store, anna } = world.api.world
    const { userName, keyId, publicKey } = newPerson('nina')
    await store.serve.addUser({
      userName,
      displayName: 'Nina',
      personOf: null,
      mayApprove: false,
      mayAdminister: false,
      keyId,
      publicKey,
      signer: signerOf(anna),
    })
    const { page, errors } = await watchedPage(await world.signedInAs('nina'))
    const answers = answersOf(page)
    await page.goto('/decisions')
    await page.getByRole('heading', { name: 'No workspace yet' }).waitFor()
    await page.getByText('dbmedic users give nina viewer').waitFor()
    assert.deepEqual(await axeFindings(page), [])
    await page.getByRole('link', { name: 'your account' }).click()
    await page.getByText('none yet: an administrator gives them').waitFor()
    assert.equal(await page.getByRole('tab').count(), 1)
    await page.goBack()
    assert.deepEqual(
      workspacesAsked(answers).filter((each) => each !== null),
      [],
    )
    await signInOf(store).setMembership({ userName, workspaceId: 2, role: 'viewer', held: true, by: 'olga' })
    await page.getByRole('button', { name: 'Look again' }).click()
    await page.getByRole('heading', { name: 'Decisions' }).waitFor()
    await page.getByText('ledger.entries').first().waitFor()
    assert.match(page.url(), /workspace=2/)
    assert.ok(!(await bodyOf(page)).includes(HERE))
    assert.deepEqual(errors, [])
    await page.context().close()
  })

  test('an administrator adds a workspace in the page, has it at once, and lets somebody in', async () => {
    const { page, errors } = await watchedPage(await world.signedIn('administrator'))
    await page.goto('/settings?part=people')
    const part = page.getByRole('region', { name: 'Workspaces' })
    await part.getByLabel('Name of a new workspace').fill('elsewhere')
    await part.getByRole('button', { name: 'Add it' }).click()
    await part.getByText('there is a workspace of that name already').waitFor()
    await part.getByLabel('Name of a new workspace').fill('night shift')
    await part.getByRole('button', { name: 'Add it' }).click()
    await part.getByText(/^Added\. You administer it/).waitFor()
    assert.deepEqual(await axeFindings(page), [])
    await page.getByRole('button', { name: 'Workspace default: choose another' }).click()
    await page.getByRole('link', { name: 'night shift' }).click()
    await page.waitForURL(/\/settings\?workspace=3$/)
    await page.getByRole('tab', { name: 'People' }).click()
    await page.getByRole('group', { name: 'Roles of operator' }).getByLabel('operator').click()
    const held = async (): Promise<readonly string[]> =>
      (await signInOf(world.api.world.store).memberships())
        .filter((each) => each.userName === 'otto' && each.workspaceId === 3)
        .map(({ role }) => role)
    for (const until = Date.now() + 10_000; (await held()).length === 0 && Date.now() < until; )
      await page.waitForTimeout(50)
    assert.deepEqual(await held(), ['operator'])
    assert.deepEqual(errors, [])
    await page.context().close()
  })

  test('who administers another workspace sees its people only, and lets somebody in by the whole name', async () => {
    const { page, errors } = await watchedPage(await world.signedIn('outsider'))
    await page.goto('/settings?part=people')
    const part = page.getByRole('region', { name: 'People' })
    await part.getByRole('group', { name: 'Roles of outsider' }).waitFor()
    assert.equal(await part.getByRole('group', { name: 'Roles of operator' }).count(), 0)
    const find = async (name: string) => {
      await part.getByLabel('Login of somebody without a role here').fill(name)
      await part.getByRole('button', { name: 'Find them' }).click()
    }
    await find('ott')
    await part.getByRole('alert').getByText('DBM_NOT_FOUND').waitFor()
    await find('Otto')
    await part.getByRole('group', { name: 'Roles of operator' }).getByLabel('viewer').click()
    await part.getByText('otto is in the list above.').waitFor()
    assert.ok(await part.getByRole('group', { name: 'Roles of operator' }).getByLabel('viewer').isChecked())
    assert.deepEqual(await axeFindings(page), [])
    assert.deepEqual(errors, [])
    await page.context().close()
  })

  test('stops of everything are seen in every workspace and lifted in the first, and the page says so', async () => {
    const haltId = await world.api.world.store.serve.halt({
      scope: 'ALL',
      key: '',
      reason: 'storm',
      by: 'anna',
    })
    const { page, errors } = await watchedPage(await world.signedIn('outsider'))
    await page.goto('/')
    await page.getByRole('button', { name: 'Stop switch: All stopped' }).click()
    await page.getByText('It is of the whole installation: lifted in the first workspace.').waitFor()
    assert.equal(await page.getByRole('button', { name: /^Lift/ }).count(), 0)
    assert.deepEqual(errors, [])
    await page.context().close()
    await world.api.world.store.serve.liftHalt(haltId, 'anna')
  })
})
