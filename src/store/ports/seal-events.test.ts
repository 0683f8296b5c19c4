/** How many events are sealed when others are appended, on every kind of store. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openFull } from '../../../test/contract/store/context.ts'
import { availableStores, startStore, type TestStore } from '../../../test/store/support/stores.ts'
import { makeWorld, newEvent, type World } from '../../../test/support/pipeline-rows.ts'

for (const { name, missing } of await availableStores()) {
  describe(`sealing events [${name}]`, { skip: missing ?? false }, () => {
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

    const append = async (count: number): Promise<void> => {
      const events = []
      for (let n = 0; n < count; n += 1) events.push(await newEvent(world, `shop.orders_${n}`))
      await world.store.observe.appendEvents(events)
    }
    const rows = async (sql: string) => {
      const owner = await server.connect('owner')
      const found = await owner.rows(sql)
      await owner.close()
      return found
    }
    const batches = async (): Promise<readonly (readonly number[])[]> =>
      (
        await rows(
          'SELECT first_event_id AS a, last_event_id AS z, event_count AS n FROM event_batches ORDER BY batch_id',
        )
      ).map((row) => [Number(row['a']), Number(row['z']), Number(row['n'])])

    test('what is younger than two minutes is not sealed, however much it is', async () => {
      await append(1200)
      await append(1)
      assert.deepEqual(await batches(), [])
    })

    test('a backlog is sealed by what is appended: two for each, 200 at least and 1,000 at most', async () => {
      await aged(server)
      await append(1)
      await append(150)
      assert.deepEqual(
        (await batches()).map(([, , count]) => count),
        [200, 300],
      )
      await append(600)
      await append(600)
      await aged(server)
      await append(600)
      const all = await batches()
      assert.deepEqual(
        all.map(([, , count]) => count),
        [200, 300, 701, 1000],
      )
      for (const [at, [first]] of all.entries())
        assert.equal(first, (all[at - 1]?.[1] ?? 0) + 1, 'each follows the last without a gap')
    })
  })
}

/** Makes all events ten minutes old; only whoever owns the schema can. */
async function aged(server: TestStore): Promise<void> {
  const owner = await server.connect('owner')
  const trigger = 'detection_events_before_update'
  const isSqlite = server.dialect === 'sqlite'
  const [row] = await owner.rows(
    isSqlite ? `SELECT sql FROM sqlite_master WHERE name = '${trigger}'` : `SHOW CREATE TRIGGER ${trigger}`,
  )
  await owner.run(`DROP TRIGGER ${trigger}`)
  const before = isSqlite
    ? "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', '-600 seconds')"
    : 'SYSDATE(6) - INTERVAL 600 SECOND'
  await owner.run(`UPDATE detection_events SET recorded_at = ${before}`)
  await owner.run(String(row?.[isSqlite ? 'sql' : 'SQL Original Statement']))
  await owner.close()
}
