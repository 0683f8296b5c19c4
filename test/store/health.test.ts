/** How a store says it fares, on every store. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json } from '../../src/core/canonical.ts'
import type { ReportRow } from '../../src/core/reports.ts'
import { openStore } from '../../src/store/index.ts'
import { aged, recorded, tried } from './support/recovery-records.ts'
import { Scene } from './support/scene.ts'
import { availableStores, startStore } from './support/stores.ts'

for (const { name, missing } of await availableStores()) {
  const skip = missing === null ? false : `no ${name} here: ${missing}`
  test(`what is recorded, how it grows and how attempts go is told with its limits [${name}]`, {
    skip,
  }, async () => {
    const server = await startStore(name)
    const owner = await server.connect('owner')
    const store = await openStore({ ...server.address, roles: ['serve'] })
    const report = async (): Promise<ReadonlyMap<Json, ReportRow>> =>
      new Map((await store.read.report('health')).rows.map((row) => [row.condition ?? null, row]))
    try {
      const scene = await new Scene(server, owner).prepare()
      const empty = await report()
      assert.deepEqual(
        [...empty.keys()],
        ['recovery_growth', 'recovery_size', 'failed_attempts', 'slowest_statement'],
      )
      assert.deepEqual([empty.get('recovery_growth')?.state, empty.get('recovery_growth')?.value], ['ok', 0])
      assert.equal(empty.get('recovery_size')?.state, 'ok')
      assert.ok(Number(empty.get('recovery_size')?.value) > 0, 'empty tables have pages, too')
      const unknown = { state: 'unknown', value: null, limit: 0.8 }
      const { state, value, limit } = empty.get('failed_attempts') ?? assert.fail()
      assert.deepEqual({ state, value, limit }, unknown, 'nothing tried is not well')
      assert.ok(Number(empty.get('slowest_statement')?.value) > 0)

      // Five of six failed; those of a day ago, and what is open, do not count.
      const of = await recorded(scene)
      for (let number = 1; number <= 4; number += 1) await tried(scene, of, { number, success: 1 })
      await aged(scene, { table: 'recovery_attempts', column: 'ended_at', where: 'success = 1' }, 1.01)
      for (let number = 5; number <= 8; number += 1) await tried(scene, of, { number, success: 0 })
      const four = (await report()).get('failed_attempts')
      assert.deepEqual([four?.state, four?.value], ['unknown', null], 'four tell nothing')
      await tried(scene, of, { number: 9, success: 1 })
      const fair = (await report()).get('failed_attempts')
      assert.deepEqual([fair?.state, fair?.value], ['ok', 0.8], 'the limit itself is within it')
      await tried(scene, of, { number: 10, success: 0 })
      const bad = (await report()).get('failed_attempts')
      assert.deepEqual([bad?.state, bad?.value], ['alert', 5 / 6])
      await tried(scene, of, { number: 11, success: null })
      assert.equal((await report()).get('failed_attempts')?.value, 5 / 6)

      // A failure, its task, its explanation and eleven attempts: fourteen rows of too few to know their size.
      const grown = (await report()).get('recovery_growth')
      assert.deepEqual([grown?.state, grown?.value], ['ok', 14_000])
      await aged(scene, { table: 'recovery_attempts', column: 'started_at', where: '1 = 1' }, 2)
      assert.equal((await report()).get('recovery_growth')?.value, 3_000)
    } finally {
      await store.close()
      await owner.close()
      await server.stop()
    }
  })
}
