/** The pages around the pipeline, as people use them: catalogue, targets, learning, settings, a fix of one's own. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { canonicalJson } from '../../src/core/canonical.ts'
import { grantText } from '../../src/core/consent.ts'
import { addAroundRows, answerTarget } from './support/around-world.ts'
import { axeFindings, missingBrowser, watchedPage } from './support/browser.ts'
import { keyringFile } from './support/keyring-file.ts'
import { panelInBrowser } from './support/panel-in-browser.ts'
import { PASSPHRASE, PASSWORD } from './support/voting.ts'

const SHOP_ORDERS = { schema: 'shop', table: 'orders' }

describe('the pages around the pipeline', { skip: missingBrowser() }, () => {
  const world = panelInBrowser({ prepare: async (panel) => void (await addAroundRows(panel)) })

  /** The number of the question a page has just asked. */
  const askedBy = async (page: Page, path: string, press: () => Promise<void>): Promise<number> => {
    const answer = page.waitForResponse(
      (response) => response.request().method() === 'POST' && new URL(response.url()).pathname.endsWith(path),
    )
    await press()
    return ((await (await answer).json()) as { readonly requestId: number }).requestId
  }

  test('an administrator switches an action off, and the list knows; a viewer only sees the switch', async () => {
    const context = await world.signedIn('administrator')
    const { page } = await watchedPage(context)
    await page.goto('/actions?q=binary')
    await page.getByText('Delete old binary logs').waitFor()
    assert.equal(await page.locator('a.row').count(), 1)
    await page.locator('main').press('j')
    await page.keyboard.press('o')
    await page.getByRole('switch', { name: /^On/ }).click()
    await page.getByRole('switch', { name: /^Off/ }).waitFor()
    const action = (await world.api.world.store.read.actions()).find(
      (each) => each.actionName === 'mysql/purge-binary-logs',
    )
    assert.equal(action?.actionEnabled, false)
    await page.goto('/actions?shown=off')
    await page.getByText('Delete old binary logs').waitFor()
    await context.close()
    const viewer = await world.signedIn('viewer')
    const seen = await watchedPage(viewer)
    await seen.page.goto('/actions/mysql/purge-binary-logs')
    await seen.page.getByText('Administrators switch actions on and off.').waitFor()
    assert.ok(await seen.page.getByRole('switch').isDisabled())
    await viewer.close()
  })

  test('a target is checked from the page, which names what is missing with the GRANT that gives it', async () => {
    const { targetId, store } = world.api.world
    const context = await world.signedIn('operator')
    const { page } = await watchedPage(context)
    await page.goto(`/targets/${targetId}`)
    const asked = await askedBy(page, '/checks', () =>
      page.getByRole('button', { name: 'Check now' }).click(),
    )
    await page.getByText('The target is being asked').waitFor()
    const request = await store.serve.request(asked)
    assert.equal(request?.question.kind, 'check')
    await answerTarget(world.api.world, asked)
    const grant = page.getByLabel('What gives replication-status', { exact: true })
    assert.equal(await grant.textContent(), "GRANT SLAVE MONITOR ON *.* TO 'dbm_mon'@'%';")
    assert.match(page.url(), new RegExp(`check=${asked}$`))
    await context.close()
  })

  test('the lines of a new target follow what is typed, and hold no password', async () => {
    const context = await world.signedIn('viewer')
    const { page } = await watchedPage(context)
    await page.goto('/targets')
    await page.getByText('Write the lines for dbmedic.yaml').click()
    await page.getByLabel('Name', { exact: true }).fill('billing')
    await page.getByLabel('Host', { exact: true }).fill('db2.example.org')
    await page.getByLabel(/that runs what is approved/).uncheck()
    const lines = (await page.getByLabel('Lines for dbmedic.yaml', { exact: true }).textContent()) ?? ''
    assert.match(lines, /name: "billing"\n[\s\S]*host: "db2\.example\.org"/)
    assert.match(lines, /password: "env:DBM_BILLING_MON"/)
    assert.doesNotMatch(lines, /executor/)
    await context.close()
  })

  test('an outcome is reviewed, leaves the queue and becomes a point of the diagram', async () => {
    const context = await world.signedIn('approver')
    const { page } = await watchedPage(context)
    await page.goto('/learning')
    const reviews = page.getByRole('form', { name: /^Review of/ })
    await page.getByText('3 runs are too few').waitFor()
    const waiting = await reviews.count()
    await reviews.first().getByRole('radiogroup', { name: 'Is the trouble gone?' }).getByLabel('Yes').check()
    await reviews
      .first()
      .getByRole('radiogroup', { name: /approve it again/ })
      .getByLabel('No')
      .check()
    await reviews.first().getByRole('button', { name: 'Save the review' }).click()
    await page.getByText('4 runs are too few').waitFor()
    assert.equal(await reviews.count(), waiting - 1)
    await page.getByText('As a table').click()
    await page.getByRole('cell', { name: '85 %' }).waitFor()
    await page.getByRole('link', { name: 'Show what is reviewed' }).click()
    await page
      .getByText(/would not be approved again, says bert/)
      .first()
      .waitFor()
    await context.close()
    const viewer = await world.signedIn('viewer')
    const seen = await watchedPage(viewer)
    await seen.page.goto('/learning')
    await seen.page.getByText('Approvers and administrators review it.').first().waitFor()
    assert.equal(await seen.page.getByRole('form').count(), 0)
    await viewer.close()
  })

  test('a role is given and taken by its box, and a viewer does not see people', async () => {
    const context = await world.signedIn('administrator')
    const { page } = await watchedPage(context)
    await page.goto('/settings?part=people')
    const box = page.getByRole('group', { name: 'Roles of operator' }).getByLabel('viewer')
    const roles = async (): Promise<readonly string[]> =>
      ((await world.api.world.store.signIn?.memberships()) ?? [])
        .filter((held) => held.userName === 'otto' && held.workspaceId === 1)
        .map((held) => held.role)
        .sort()
    /** The answer of the server to a box. */
    const answered = async (press: () => Promise<void>): Promise<void> => {
      const answer = page.waitForResponse((response) =>
        new URL(response.url()).pathname.endsWith('/roles/viewer'),
      )
      await press()
      assert.equal((await answer).status(), 204)
    }
    await answered(() => box.click())
    assert.deepEqual(await roles(), ['operator', 'viewer'])
    await answered(() => box.click())
    assert.deepEqual(await roles(), ['operator'])
    await context.close()
    const viewer = await world.signedIn('viewer')
    const seen = await watchedPage(viewer)
    await seen.page.goto('/settings')
    await seen.page.getByRole('tab', { name: 'Policies' }).click()
    await seen.page.waitForURL(/part=policies/)
    assert.equal(await seen.page.getByRole('tab', { name: 'People' }).count(), 0)
    await viewer.close()
  })

  test('a token is made with what it may, shown once, works, and ends when it is revoked', async () => {
    const context = await world.signedIn('operator')
    const { page } = await watchedPage(context)
    await page.goto('/settings')
    const form = page.locator('form').filter({ has: page.getByLabel('Name of a new token') })
    await form.getByLabel('Name of a new token').fill('nightly report')
    await form.getByLabel(/^Your password/).fill(PASSWORD)
    await page.getByRole('button', { name: 'Make the token' }).click()
    const token = (await page.getByLabel('Secret of the new token', { exact: true }).textContent()) ?? ''
    const statusOf = async (): Promise<number> =>
      (await fetch(`${world.base}/api/issues`, { headers: { authorization: `Bearer ${token}` } })).status
    assert.equal(await statusOf(), 200)
    await page.getByRole('button', { name: 'Revoke nightly report' }).click()
    await page.getByText('Revoked', { exact: true }).waitFor()
    assert.equal(await statusOf(), 401)
    await page.reload()
    await page.getByText('nightly report').waitFor()
    assert.equal(await page.getByText(token).count(), 0)
    await context.close()
  })

  test('tokens of others are seen by who audits, and revoked by who administers', async () => {
    const token = await world.api.tokenOf('operator', ['read'])
    const status = async (): Promise<number> =>
      (await fetch(`${world.base}/api/issues`, { headers: { authorization: `Bearer ${token}` } })).status
    assert.equal(await status(), 200)
    const auditor = await watchedPage(await world.signedIn('auditor'))
    const rowOf = (page: Page) =>
      page.getByRole('listitem').filter({ has: page.getByRole('group', { name: 'Roles of operator' }) })
    await auditor.page.goto('/settings?part=people')
    await rowOf(auditor.page).getByText('Tokens for scripts').click()
    const seen = auditor.page.getByRole('list', { name: 'Tokens of otto' })
    await seen.getByText('never used').or(seen.getByText('last used')).first().waitFor()
    assert.equal(await seen.getByRole('button').count(), 0)
    const { page, errors } = await watchedPage(await world.signedIn('administrator'))
    await page.goto('/settings?part=people')
    await rowOf(page).getByText('Tokens for scripts').click()
    await page.getByRole('button', { name: 'Revoke test' }).click()
    await page.getByRole('list', { name: 'Tokens of otto' }).getByText('Revoked').first().waitFor()
    assert.equal(await status(), 401)
    assert.deepEqual(await axeFindings(page), [])
    assert.deepEqual([...errors, ...auditor.errors], [])
    await page.context().close()
    await auditor.page.context().close()
  })

  test('a change window is typed in the viewer’s zone and kept as that instant', async () => {
    const { targetId, store } = world.api.world
    const context = await world.stranger({ timezoneId: 'Asia/Tokyo' })
    const { secret } = await world.api.signIn('approver')
    await context.addCookies([{ name: 'dbmedic_session', value: secret, url: world.base }])
    const { page } = await watchedPage(context)
    await page.goto('/settings?part=windows')
    await page.getByRole('textbox', { name: 'From' }).fill('2030-01-01T09:00')
    await page.getByRole('textbox', { name: 'To' }).fill('2030-01-01T08:00')
    await page.getByText('it ends before it starts').waitFor()
    assert.ok(await page.getByRole('button', { name: 'Add the window' }).isDisabled())
    await page.getByRole('textbox', { name: 'To' }).fill('2030-01-01T10:00')
    await page.getByRole('textbox', { name: 'Why' }).fill('move of the data centre')
    await page.getByRole('button', { name: 'Add the window' }).click()
    await page.getByText(/move of the data centre, bert/).waitFor()
    const windows = await store.read.changeWindows(targetId)
    assert.ok(windows.some((each) => each.startsAt === '2030-01-01T00:00:00.000000Z'))
    await context.close()
  })

  test('a standing approval ends at once, and asks whether that is meant', async () => {
    const context = await world.signedIn('operator')
    const { page } = await watchedPage(context)
    await page.goto('/settings?part=standing')
    await page.getByRole('button', { name: 'Revoke', exact: true }).click()
    const [grant] = await world.api.world.store.read.standingApprovals()
    assert.equal(grant?.revokedAt, null)
    await page.getByRole('button', { name: 'Yes, end it now' }).click()
    await page.getByText('Revoked', { exact: true }).first().waitFor()
    await context.close()
  })

  test('a standing approval is given within bounds, signed in the browser, and ended there', async () => {
    const { world: rows } = world.api
    const context = await world.signedIn('approver')
    const { page, errors } = await watchedPage(context)
    await page.goto('/settings?part=standing')
    await page.getByLabel('Action', { exact: true }).selectOption('mysql/analyze-table')
    const give = page.getByRole('button', { name: 'Allow it ahead, signed' })
    await page.getByLabel('shop', { exact: true }).check()
    await page.getByLabel('Only these tables').fill('shop.orders\nshop.items')
    await page.getByLabel('With this root cause').selectOption('STALE_STATISTICS')
    await page.getByLabel('Uses at most').fill('3')
    await page.getByLabel('Why').fill('routine after each load')
    assert.ok(await give.isDisabled(), 'without an end nothing is signed')
    const inTenDays = new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 16)
    await page.getByLabel('Until').fill(inTenDays)
    const shown = JSON.parse((await page.getByLabel('What is signed', { exact: true }).textContent()) ?? '{}')
    await page.locator('input[type=file]').setInputFiles(keyringFile(rows.bert, PASSPHRASE))
    await page.getByLabel('Passphrase of your key').fill(PASSPHRASE)
    assert.deepEqual(await axeFindings(page), [])
    await give.click()
    await page.getByText(/^Standing approval \d+ is in force\.$/).waitFor()
    const [grant] = await rows.store.read.standingApprovals()
    assert.ok(grant !== undefined)
    assert.equal(canonicalJson(shown), grantText(grant))
    assert.deepEqual(
      [grant.grantedBy, grant.maximumUses, grant.minimumConfidence, grant.parameterBounds],
      ['bert', 3, 0.9, { table: { anyOf: [SHOP_ORDERS, { ...SHOP_ORDERS, table: 'items' }] } }],
    )
    await page.getByRole('button', { name: 'Revoke', exact: true }).click()
    await page.getByRole('button', { name: 'Yes, end it now' }).click()
    await page.getByRole('button', { name: 'Revoke', exact: true }).waitFor({ state: 'detached' })
    const [ended] = await rows.store.read.standingApprovals()
    assert.deepEqual([ended?.standingApprovalId, ended?.revokedBy], [grant.standingApprovalId, 'bert'])
    assert.deepEqual(errors, [])
    await context.close()
  })

  test('a fix of one’s own: a form of the schema, the plan as it would be, and its way to approval', async () => {
    const { store, targetId } = world.api.world
    const context = await world.signedIn('operator')
    const { page, errors } = await watchedPage(context)
    await page.goto('/fix?action=mysql/create-index')
    const show = page.getByRole('button', { name: 'Show the plan' })
    await page.getByLabel('Schema').fill('shop')
    await page.getByRole('textbox', { name: 'Table' }).fill('orders')
    assert.ok(await show.isDisabled())
    const look = await askedBy(page, '/lookups', () =>
      page.getByRole('button', { name: 'Look it up on the target' }).click(),
    )
    await answerTarget(world.api.world, look)
    await page.getByText('Found: 2 columns, 1 indexes.').waitFor()
    await page.getByRole('combobox', { name: 'Column 1' }).fill('cust')
    await page.getByRole('option', { name: 'customer_id' }).click()
    const preview = await askedBy(page, '/previews', () => show.click())
    const asked = (await store.serve.request(preview))?.question.params
    const params = {
      table: { schema: 'shop', table: 'orders' },
      columns: [{ column: 'customer_id', prefix: null, direction: 'ASC' }],
    }
    assert.deepEqual(asked, { actionId: 'mysql/create-index', given: params, affectedSeries: [] })
    await answerTarget(world.api.world, preview)
    await page.getByText('1 of 2 preconditions do not hold').waitFor()
    assert.match((await page.getByLabel('Statement 1', { exact: true }).textContent()) ?? '', /^CREATE INDEX/)
    await page.getByLabel('Why').fill('the report of every morning')
    assert.deepEqual(await axeFindings(page), [])
    const sent = await askedBy(page, '/requests', () =>
      page.getByRole('button', { name: 'Ask for approval' }).click(),
    )
    const lease = { owner: 'thinker', seconds: 60 }
    const wish = (await store.reason.claimRecoveryRequests(lease, 10)).find(
      (each) => each.recoveryRequestId === sent,
    )
    assert.deepEqual(
      [wish?.targetId, wish?.actionName, wish?.params, wish?.requestedBy, wish?.reason],
      [targetId, 'mysql/create-index', params, 'otto', 'the report of every morning'],
    )
    const { pendingDecisionId } = world.api.ids
    await store.reason.finishRecoveryRequest(sent, 'made', pendingDecisionId)
    await page.getByRole('link', { name: `Decision ${pendingDecisionId}` }).click()
    await page.waitForURL(new RegExp(`/decisions/${pendingDecisionId}`))
    assert.deepEqual(errors, [])
    await context.close()
  })

  test('another value makes another plan: the one that is shown goes', async () => {
    const context = await world.signedIn('operator')
    const { page } = await watchedPage(context)
    await page.goto('/fix?action=mysql/analyze-table')
    await page.getByLabel('Schema').fill('shop')
    await page.getByRole('textbox', { name: 'Table' }).fill('orders')
    const preview = await askedBy(page, '/previews', () =>
      page.getByRole('button', { name: 'Show the plan' }).click(),
    )
    await answerTarget(world.api.world, preview)
    await page.getByRole('button', { name: 'Ask for approval' }).waitFor()
    await page.getByRole('textbox', { name: 'Table' }).fill('items')
    await page.getByRole('button', { name: 'Ask for approval' }).waitFor({ state: 'detached' })
    await context.close()
  })

  test('who may not ask is told who may, and where to go on', async () => {
    const context = await world.signedIn('auditor')
    const { page } = await watchedPage(context)
    await page.goto('/fix')
    await page.getByText('You may not ask for actions').waitFor()
    await context.close()
  })
})
