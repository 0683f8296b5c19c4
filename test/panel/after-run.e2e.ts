/** What people do after a run: give the verdict that measurement left open, and ask to take it back. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { VALID_CHANGES } from '../server/support/valid-changes.ts'
import { axeFindings, missingBrowser, settled, watchedPage } from './support/browser.ts'
import { panelInBrowser } from './support/panel-in-browser.ts'

describe('after a run', { skip: missingBrowser() }, () => {
  const panel = panelInBrowser()

  /** Rows for which the change is taken; gives the decision's number. */
  const madeFor = async (change: 'settle' | 'undo'): Promise<number> => {
    const made = await VALID_CHANGES[`POST /api/decisions/{decisionId}/${change}`]?.(panel.api)
    const decisionId = Number(/decisions\/(\d+)/.exec(made?.url ?? '')?.[1])
    assert.ok(decisionId > 0)
    return decisionId
  }
  const opened = async (userName: string, decisionId: number): Promise<Page> => {
    const { page } = await watchedPage(await panel.signedInAs(userName))
    await page.goto(`/decisions/${decisionId}`)
    await settled(page)
    return page
  }

  test('an approver gives the verdict that the figures left open; who may not is not asked', async () => {
    const { read } = panel.api.world.store
    const decisionId = await madeFor('settle')
    const viewing = await opened('vera', decisionId)
    assert.equal(await viewing.getByRole('button', { name: 'Give the verdict' }).count(), 0)
    await viewing.context().close()
    const page = await opened('bert', decisionId)
    await page.getByRole('button', { name: 'Give the verdict' }).click()
    const dialog = page.getByRole('dialog', { name: 'Give the verdict' })
    await dialog.getByLabel('Verdict').selectOption('no_effect')
    await dialog.getByLabel('Reason').fill('the queue is as long as before')
    assert.deepEqual(await axeFindings(page), [])
    await dialog.getByRole('button', { name: 'Give it' }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByText('Verdict: No effect').first().waitFor()
    await page.getByRole('button', { name: 'Give the verdict' }).waitFor({ state: 'detached' })
    const [run] = await read.executions({ decisionId, limit: 1 })
    const [newest] = await read.verifications(run?.executionId ?? 0)
    assert.deepEqual([newest?.verdict, newest?.assessedBy], ['no_effect', 'bert'])
    await page.context().close()
  })

  test('what ran is asked to be taken back: the inverse is shown first, and becomes a request of its own', async () => {
    const decisionId = await madeFor('undo')
    const page = await opened('otto', decisionId)
    await page.getByRole('button', { name: 'Take it back …' }).click()
    const dialog = page.getByRole('dialog', { name: 'Ask to take it back' })
    await dialog.getByText(/^It differs from the approved undo: .*hides the index/).waitFor()
    await dialog.getByText(/^mysql\/hide-index/).waitFor()
    await dialog.getByLabel('Reason').fill('it slows writes')
    assert.deepEqual(await axeFindings(page), [])
    await dialog.getByRole('button', { name: 'Ask for it' }).click()
    await dialog.waitFor({ state: 'detached' })
    const lease = { owner: 'thinker', seconds: 60 }
    const wishes = await panel.api.world.store.reason.claimRecoveryRequests(lease, 10)
    assert.ok(
      wishes.some(
        ({ actionName, requestedBy, reason }) =>
          actionName === 'mysql/hide-index' && requestedBy === 'otto' && reason === 'it slows writes',
      ),
    )
    await page.context().close()
  })
})
