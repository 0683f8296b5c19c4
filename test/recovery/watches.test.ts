/** Watches on real servers: each check asks its one question, says no when it is so, and nothing is written into the target. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { MysqlObserver } from '../../src/engines/mysql/observer.ts'
import { openFull } from '../contract/store/context.ts'
import { startStore, type TestStore } from '../store/support/stores.ts'
import { onEachServer } from '../support/each-server.ts'
import { connectAs } from '../support/mysql-target.ts'
import { observe, prepareShop } from '../support/observe.ts'
import { type FullStore, makeWorld } from '../support/pipeline-rows.ts'
import { type Answering, Watching } from '../support/watching.ts'

const KINDS = {
  table: { code: '1146', failureType: 'TABLE_NOT_FOUND', object: 'shop.coupons' },
  column: { code: '1054', failureType: 'COLUMN_NOT_FOUND', object: 'shop.coupons.code' },
  connections: { code: '1040', failureType: 'TOO_MANY_CONNECTIONS', object: null },
  deadlocks: { code: '1213', failureType: 'DEADLOCK', object: null },
} as const

onEachServer('watches', ({ server, flavour }) => {
  let store: TestStore
  let opened: FullStore
  let observer: MysqlObserver
  let of: (kind: keyof typeof KINDS) => Watching
  const asked: string[] = []
  const answering: Answering = (question) => {
    asked.push(question.kind)
    const ask = observer.ask as unknown as (kind: string, params: unknown) => Promise<unknown>
    return ask(question.kind, question.params)
  }

  before(async () => {
    await prepareShop(server())
    store = await startStore('sqlite')
    opened = await openFull(store)
    const world = await makeWorld(opened)
    observer = observe(server())
    const made = new Map<string, Watching>()
    of = (kind) => {
      const known = made.get(kind) ?? new Watching(world, store, KINDS[kind])
      made.set(kind, known)
      return known
    }
    for (const kind of Object.keys(KINDS) as (keyof typeof KINDS)[]) await of(kind).met(10)
    await of('table').watch(answering)
    assert.deepEqual(asked, [])
    for (const kind of Object.keys(KINDS) as (keyof typeof KINDS)[])
      for (const { watchId } of (await of(kind).record()).watches) await of(kind).accept(watchId)
  })
  after(async () => {
    await observer.close()
    await opened.close()
    await store.stop()
  })

  const run = async (...statements: readonly string[]): Promise<void> => {
    await using root = await connectAs(server(), undefined, 'shop')
    for (const sql of statements) await root.query(sql)
  }
  const look = async (): Promise<void> => {
    await of('table').later(61)
    await of('table').watch(answering)
  }
  const shown = async (kind: keyof typeof KINDS, watch: string) => (await of(kind).of(watch)).look

  test('a table and a column are looked for in the catalog: there, gone, and there again', async () => {
    await look()
    assert.equal((await shown('table', 'table-exists'))?.result, 'FAILS')
    assert.match((await shown('column', 'column-exists'))?.says ?? '', /The table coupons is not there/)
    await run('CREATE TABLE coupons (id INT PRIMARY KEY)')
    await look()
    assert.equal((await shown('table', 'table-exists'))?.result, 'HOLDS')
    assert.deepEqual((await of('table').record()).latest[0]?.success, true)
    assert.equal((await shown('column', 'column-exists'))?.says, 'coupons has no column code.')
    await run('ALTER TABLE coupons ADD COLUMN code VARCHAR(20)')
    await look()
    assert.equal((await shown('column', 'column-exists'))?.result, 'HOLDS')
    await run('DROP TABLE coupons')
    await look()
    assert.equal((await shown('table', 'table-exists'))?.result, 'FAILS')
  })

  test('where no folder of migrations is configured nothing is known of pending ones', async () => {
    const newest = await shown('table', 'pending-migrations')
    assert.deepEqual([newest?.result, newest?.value], ['UNKNOWN', null])
    assert.match(newest?.says ?? '', /no folder of migrations is configured/)
  })

  test('connections in use are measured against the limit of the server', async () => {
    const before = await shown('connections', 'connection-headroom')
    assert.equal(before?.result, 'HOLDS', before?.says)
    const held = await Promise.all(Array.from({ length: 12 }, () => connectAs(server())))
    await run('SET GLOBAL max_connections = 15')
    await look()
    const full = await shown('connections', 'connection-headroom')
    await run('SET GLOBAL max_connections = 151')
    for (const session of held) await session[Symbol.asyncDispose]()
    assert.equal(full?.result, 'FAILS', full?.says)
    assert.ok((full?.value ?? 0) >= 80)
  })

  test('deadlocks are counted from one look to the next, and not known where the server has no counter', async () => {
    await look()
    const newest = await shown('deadlocks', 'deadlock-rate')
    const wanted =
      flavour === 'mariadb' ? /^0 deadlocks in 61 minutes \(0 a minute\)\.$/ : /the server shows no counter/
    assert.match(newest?.says ?? '', wanted)
    assert.equal(newest?.result, flavour === 'mariadb' ? 'HOLDS' : 'UNKNOWN')
  })

  test('nothing is asked but those questions, and the target has no event and no object of ours', async () => {
    assert.deepEqual([...new Set(asked)].toSorted(), ['health', 'migrations', 'status', 'table'])
    await using root = await connectAs(server())
    const [rows] = await root.query(
      "SELECT EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA <> 'sys'",
    )
    assert.deepEqual(rows, [])
  })

  test('a target that nobody reaches is not known, and neither fails nor holds', async () => {
    await observer.close()
    await run("ALTER USER 'dbm_mon'@'%' ACCOUNT LOCK")
    observer = observe(server())
    await look()
    for (const [kind, watch] of [
      ['table', 'table-exists'],
      ['connections', 'connection-headroom'],
    ] as const)
      assert.equal((await shown(kind, watch))?.result, 'UNKNOWN')
  })
})
