/** Links of one kind are looked up, not looked for. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openFull } from '../../../test/contract/store/context.ts'
import { startStore } from '../../../test/store/support/stores.ts'
import { makeWorld } from '../../../test/support/pipeline-rows.ts'

test('links of a kind are found by their index, newest first, within the numbers asked for', async () => {
  const server = await startStore('sqlite')
  const asked: string[] = []
  const store = await openFull(server, (sql, when) => void (when === 'before' && asked.push(sql)))
  await makeWorld(store)
  const chain = await store.read.audit(1, 10_000)
  const users = chain
    .filter(({ canonical }) => JSON.parse(canonical).entry.table === 'users')
    .map(({ seq }) => seq)
    .toReversed()
  assert.ok(users.length > 2 && users.length < chain.length)
  const find = async (from: number, to: number, limit: number): Promise<readonly number[]> =>
    (await store.read.auditContaining({ from, to, kind: 'users', contains: [], limit })).map(({ seq }) => seq)
  assert.deepEqual(await find(1, chain.length, 1000), users)
  assert.deepEqual(await find(1, chain.length, 1), users.slice(0, 1))
  assert.deepEqual(await find(users[1] ?? 0, (users[0] ?? 0) - 1, 1000), users.slice(1, 2))
  const owner = await server.connect('owner')
  const plan = await owner.rows(`EXPLAIN QUERY PLAN ${asked.at(-1)}`, [1, chain.length, 'users', 10])
  assert.match(
    plan.map((row) => row['detail']).join('; '),
    /^SEARCH audit_log USING INDEX audit_log_rx1 \(kind=\? AND seq>\? AND seq<\?\)$/,
  )
  await owner.close()
  await store.close()
  await server.stop()
})
