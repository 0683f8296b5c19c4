/** Suppressions: made from an issue, listed, counted, ended; what holds is what the store's clock says. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DbmedicError } from '../../../src/core/errors.ts'
import type { SuppressionQuery } from '../../../src/core/suppressions.ts'
import { toMs } from '../../../src/core/time.ts'
import { makeIssue, newEvent, sha256 } from '../../support/pipeline-rows.ts'
import type { StoreContext } from './context.ts'

const ALL: SuppressionQuery = { after: null, limit: 100 }
const refusedWith = (rule: string) => (error: unknown) =>
  error instanceof DbmedicError && error.code === 'DBM_STORE_REFUSED' && error.message.includes(rule)

/** The contract of suppressions. */
export function suppressionContract({ world }: StoreContext): void {
  describe('suppressions', () => {
    test('are made from an issue, hold until they are ended, and stay on record', async () => {
      const { serve, reason, read, browse } = world().store
      const issueId = await makeIssue(world(), 'silent.one')
      const before = (await browse.dashboard(1)).suppressed
      const suppressionId = await serve.suppress({ issueId, seconds: 600, reason: 'a test', by: 'bert' })
      assert.equal((await browse.dashboard(1)).suppressed, before + 1)
      const { rows } = await read.suppressions({ ...ALL, issueId })
      const [row] = rows
      assert.deepEqual(
        [row?.suppressionId, row?.suppressedBy, row?.reason, row?.severity, row?.isActive, row?.heldCount],
        [suppressionId, 'bert', 'a test', 'WARNING', true, 0],
      )
      assert.deepEqual([row?.targetName, row?.affectedResourceName], ['shop', 'silent.one'])
      const span = toMs(row?.expiresAt ?? '') - toMs(row?.suppressedAt ?? '')
      assert.ok(span > 599_000 && span <= 600_100, `it is for ${span} ms`)
      const holding = await reason.holding(sha256('silent.one'), world().targetId)
      assert.deepEqual(holding, { suppressionId, severity: 'WARNING', lastHeldEventId: null })
      assert.equal(await reason.holding(sha256('silent.one'), 999_999), null, 'on another target')

      await serve.endSuppression(suppressionId, 'anna')
      assert.equal(await reason.holding(sha256('silent.one'), world().targetId), null)
      assert.equal((await browse.dashboard(1)).suppressed, before)
      const [ended] = (await read.suppressions({ ...ALL, active: false, issueId })).rows
      assert.deepEqual([ended?.endedBy, ended?.isActive], ['anna', false])
      assert.ok(ended?.endedAt)
      await assert.rejects(serve.endSuppression(suppressionId, 'bert'), { code: 'DBM_STORE_NO_ROW' })
      assert.deepEqual(await browse.place('suppressions', suppressionId), {
        workspaceId: 1,
        targetId: world().targetId,
        issueId,
        decisionId: null,
      })
    })

    test('are refused for longer than may be, twice, and of no issue; pages go on where the last ended', async () => {
      const { serve, read } = world().store
      const issueId = await makeIssue(world(), 'silent.two')
      const wish = { issueId, reason: 'a test', by: 'anna' }
      await assert.rejects(serve.suppress({ ...wish, seconds: 91 * 86_400 }), refusedWith('GOV-116'))
      await serve.suppress({ ...wish, seconds: 90 * 86_400 })
      await assert.rejects(serve.suppress({ ...wish, seconds: 60 }), refusedWith('GOV-117'))
      await assert.rejects(serve.suppress({ ...wish, issueId: 999_999, seconds: 60 }), {
        code: 'DBM_STORE_NO_ROW',
      })
      const other = await makeIssue(world(), 'silent.three')
      await serve.suppress({ ...wish, issueId: other, seconds: 60 })
      const first = await read.suppressions({ ...ALL, workspaceId: 1, limit: 1 })
      assert.deepEqual(
        first.rows.map((each) => each.issueId),
        [other],
      )
      assert.ok(first.next)
      const second = await read.suppressions({ ...ALL, workspaceId: 1, limit: 1, after: first.next })
      assert.deepEqual(
        second.rows.map((each) => each.issueId),
        [issueId],
      )
      assert.deepEqual((await read.suppressions({ ...ALL, workspaceId: 2 })).rows, [])
    })

    test('count what they hold once an event, by two analysts at once too, and nothing when they are over', async () => {
      const { serve, reason, observe, read } = world().store
      const issueId = await makeIssue(world(), 'silent.four')
      const suppressionId = await serve.suppress({ issueId, seconds: 600, reason: 'a test', by: 'anna' })
      await observe.appendEvents([await newEvent(world(), 'silent.four')])
      const [event] = await read.events({ issueFingerprint: sha256('silent.four'), limit: 1 })
      const eventId = event?.eventId ?? 0
      const both = await Promise.all([
        reason.countHeld(suppressionId, eventId),
        reason.countHeld(suppressionId, eventId),
      ])
      assert.deepEqual(both, [true, true])
      const heldCount = async () => (await read.suppressions({ ...ALL, suppressionId })).rows[0]?.heldCount
      assert.equal(await heldCount(), 1)
      await serve.endSuppression(suppressionId, 'anna')
      assert.equal(await reason.countHeld(suppressionId, eventId + 1), false)
      assert.equal(await heldCount(), 1)
    })
  })
}
