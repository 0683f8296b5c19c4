/** Standing approvals in use, on a real store with its rules. */
import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { openFull } from '../../test/contract/store/context.ts'
import { startStore, type TestStore } from '../../test/store/support/stores.ts'
import { decide, makeIssue, makeWorld, newGrant, type World } from '../../test/support/pipeline-rows.ts'
import type { LogLine } from '../core/log.ts'
import { useStandingApprovals } from './serve-role.ts'

let server: TestStore | null = null
let world: World
beforeEach(async () => {
  await end()
  server = await startStore('sqlite')
  world = await makeWorld(await openFull(server))
})
after(end)
async function end(): Promise<void> {
  if (server === null) return
  await world.store.close()
  await server.stop()
}

const use = (refused?: Set<number>, lines: LogLine[] = []): Promise<number> =>
  useStandingApprovals(world.store.serve, (line) => void lines.push(line), refused)
const statusOf = async (decisionId: number) => (await world.store.read.decision(decisionId))?.decisionStatus

describe('a standing approval', () => {
  test('votes on a decision it covers, in a row of its own, and loses a use', async () => {
    const grantId = await world.store.serve.grantStanding(await newGrant(world, world.anna))
    const decision = await decide(world, await makeIssue(world, 'orders'))
    assert.equal(await use(), 1)
    const [vote] = await world.store.read.approvals(decision.decisionId)
    assert.deepEqual(
      [vote?.approvalStatus, vote?.adminUserId, vote?.authenticationMethod, vote?.standingApprovalId],
      ['APPROVED', 'anna', 'standing', grantId],
    )
    assert.equal((await world.store.read.standingApprovals())[0]?.usesLeft, 1)
    assert.equal(await use(), 0, 'once')
  })

  test('does nothing for a decision beyond its bounds, or where there is none', async () => {
    const outside = await decide(world, await makeIssue(world, 'orders'), {
      parameters: { table: { schema: 'shop', table: 'orders' }, rows: 11 },
    })
    assert.equal(await use(), 0)
    await world.store.serve.grantStanding(await newGrant(world, world.anna))
    const risky = await decide(world, await makeIssue(world, 'stock'), { action: 'mysql/create-index' })
    assert.equal(await use(), 0)
    for (const { decisionId } of [outside, risky])
      assert.equal(await statusOf(decisionId), 'PENDING_APPROVAL')
  })

  test('that is used up leaves the rest to people: the refusal is said once and holds up no other grant', async () => {
    await world.store.serve.grantStanding(await newGrant(world, world.anna, { maximumUses: 1 }))
    const decisions = []
    for (const resource of ['a', 'b', 'c'])
      decisions.push(await decide(world, await makeIssue(world, resource)))
    const refused = new Set<number>()
    const lines: LogLine[] = []
    assert.equal(await use(refused, lines), 1)
    assert.equal(await use(refused, lines), 0)
    const states = await Promise.all(decisions.map((d) => statusOf(d.decisionId)))
    assert.deepEqual([...states].sort(), ['APPROVED', 'PENDING_APPROVAL', 'PENDING_APPROVAL'])
    assert.equal(lines.filter((l) => l.level === 'warn').length, 2, 'one line a decision')
    assert.ok(lines.every((l) => l.target === 'shop'))
  })

  test('does nothing once it was revoked', async () => {
    const grantId = await world.store.serve.grantStanding(await newGrant(world, world.anna))
    await world.store.serve.revokeStanding(grantId, 'anna')
    const decision = await decide(world, await makeIssue(world, 'orders'))
    assert.equal(await use(), 0)
    assert.equal(await statusOf(decision.decisionId), 'PENDING_APPROVAL')
  })
})
