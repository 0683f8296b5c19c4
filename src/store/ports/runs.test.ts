/** What a role learns of past runs of some actions on a target, on every kind of store. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openFull } from '../../../test/contract/store/context.ts'
import { availableStores, startStore, type TestStore } from '../../../test/store/support/stores.ts'
import {
  decide,
  makeIssue,
  makeWorld,
  newVote,
  onlyRunnable,
  run,
  type World,
} from '../../../test/support/pipeline-rows.ts'

for (const { name, missing } of await availableStores()) {
  describe(`past runs [${name}]`, { skip: missing ?? false }, () => {
    let server: TestStore
    let world: World
    before(async () => {
      server = await startStore(name)
      world = await makeWorld(await openFull(server))
    })
    after(async () => {
      await world.store.close()
      await server.stop()
    })

    test('are those of the actions asked for, newest first, with what was approved; any role may ask', async () => {
      for (const resource of ['one', 'two']) {
        const decision = await decide(world, await makeIssue(world, resource))
        await world.store.serve.insertApproval(await newVote(world, decision, world.bert))
        const runnable = await onlyRunnable(world, decision.decisionId)
        await run(world, runnable, resource === 'one' ? 'COMPLETED' : 'FAILED')
      }
      const { targetId } = world
      const asked = { targetId, actionNames: ['mysql/analyze-table', 'mysql/hide-index'], limit: 10 }
      for (const port of [world.store.observe, world.store.act, world.store.serve]) {
        const runs = await port.read.runs(asked)
        assert.deepEqual(
          runs.map(({ status, outcome }) => [status, outcome]),
          [
            ['FAILED', 'FAILED'],
            ['COMPLETED', 'SUCCESS'],
          ],
        )
      }
      const [newest, ...others] = await world.store.read.runs({ ...asked, limit: 1 })
      assert.deepEqual(others, [])
      assert.equal(newest?.actionName, 'mysql/analyze-table')
      assert.equal(newest?.purpose, 'DO')
      assert.equal(newest?.instanceUid, 'instance-1')
      assert.deepEqual(newest?.parameters['table'], { schema: 'shop', table: 'orders' })
      const [execution] = await world.store.read.executions({ limit: 1 })
      assert.equal(newest?.finishedAt, execution?.finishedAt)
      assert.ok(newest?.finishedAt)
      assert.deepEqual(await world.store.read.runs({ ...asked, targetId: targetId + 99 }), [])
      assert.deepEqual(await world.store.read.runs({ ...asked, actionNames: [] }), [])
      assert.deepEqual(await world.store.read.runs({ ...asked, actionNames: ['mysql/kill-query'] }), [])
    })
  })
}
