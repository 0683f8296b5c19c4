/** Watches on real servers: each check asks its one question, says no when it is so, and nothing is written into the target. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { MysqlObserver } from '../../src/engines/mysql/observer.ts'
import type { PrivateServer } from '../../src/lab/servers/index.ts'
import { openFull } from '../contract/store/context.ts'
import { startStore, type TestStore } from '../store/support/stores.ts'
import { onEachServer } from '../support/each-server.ts'
import { connectAs } from '../support/mysql-target.ts'
import { eventually, observe, prepareShop } from '../support/observe.ts'
import { type FullStore, makeWorld } from '../support/pipeline-rows.ts'
import { type Answering, Watching } from '../support/watching.ts'

const KINDS = {
  table: { code: '1146', failureType: 'TABLE_NOT_FOUND', object: 'shop.coupons' },
  column: { code: '1054', failureType: 'COLUMN_NOT_FOUND', object: 'shop.coupons.code' },
  connections: { code: '1040', failureType: 'TOO_MANY_CONNECTIONS', object: null },
  deadlocks: { code: '1213', failureType: 'DEADLOCK', object: null },
  ids: { code: '1062', failureType: 'DUPLICATE_KEY', object: 'shop.tiny.PRIMARY' },
  allIds: { code: '1467', failureType: 'LIMIT_EXCEEDED', object: null },
  disk: { code: '1021', failureType: 'DISK_FULL', object: null },
} as const

/** Waits for the other, or ends as the victim; either way its transaction is over. */
async function crosses(session: Awaited<ReturnType<typeof connectAs>>, statement: string): Promise<void> {
  try {
    await session.query(statement)
  } finally {
    await session.query('ROLLBACK')
  }
}

/** Two sessions that wait for each other: the server ends one of them. */
async function deadlock(server: PrivateServer): Promise<void> {
  await using admin = await connectAs(server, undefined, 'shop')
  await admin.query('CREATE TABLE crossed (id INT PRIMARY KEY, v INT) ENGINE = InnoDB')
  await admin.query('INSERT INTO crossed VALUES (1, 0), (2, 0)')
  await using one = await connectAs(server, undefined, 'shop')
  await using two = await connectAs(server, undefined, 'shop')
  const touch = (id: number) => `UPDATE crossed SET v = v + 1 WHERE id = ${id}`
  for (const [session, id] of [
    [one, 1],
    [two, 2],
  ] as const) {
    await session.query('BEGIN')
    await session.query(touch(id))
  }
  const ended = await Promise.allSettled([crosses(one, touch(2)), crosses(two, touch(1))])
  assert.equal(ended.filter((each) => each.status === 'rejected').length, 1)
}

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

  test('deadlocks are counted from one look to the next, where each server counts them', async () => {
    await look()
    assert.equal((await shown('deadlocks', 'deadlock-rate'))?.says, '0 deadlocks in 61 minutes (0 a minute).')
    await deadlock(server())
    await look()
    const one = await shown('deadlocks', 'deadlock-rate')
    assert.deepEqual([one?.result, one?.says], ['HOLDS', '1 deadlocks in 61 minutes (0.02 a minute).'])
  })

  test('a counter that is switched off is not known, and the statement that switches it on is said', async () => {
    if (flavour === 'mariadb') return
    await run('SET GLOBAL innodb_monitor_disable = lock_deadlocks')
    await look()
    const off = await shown('deadlocks', 'deadlock-rate')
    assert.equal(off?.result, 'UNKNOWN')
    assert.match(off?.says ?? '', /switched off.*SET GLOBAL innodb_monitor_enable = lock_deadlocks/)
    await run('SET GLOBAL innodb_monitor_enable = lock_deadlocks')
  })

  test('the ids of a table are measured against the type of its column, and nothing is said without a table', async () => {
    await look()
    const none = await shown('ids', 'id-headroom')
    assert.deepEqual([none?.result, none?.value], ['UNKNOWN', null])
    await run('CREATE TABLE tiny (id TINYINT AUTO_INCREMENT PRIMARY KEY, v INT) AUTO_INCREMENT = 89')
    await look()
    assert.equal((await shown('ids', 'id-headroom'))?.result, 'HOLDS')
    await run('INSERT INTO tiny (v) VALUES (1), (2)')
    await look()
    const full = await shown('ids', 'id-headroom')
    assert.deepEqual([full?.result, full?.value], ['FAILS', 70.9], full?.says)
    assert.match(full?.says ?? '', /^70\.9 % of the ids of shop\.tiny\.id \(tinyint(\(\d\))?\) are used\.$/)
  })

  test('the fullest ids of all tables come of the catalog that was read, and before that nothing is known', async () => {
    const before = await shown('allIds', 'id-headroom')
    assert.deepEqual([before?.result, before?.value], ['UNKNOWN', null])
    assert.match(before?.says ?? '', /has not been read yet/)
    await eventually(observer, 'catalog', ({ autoIncrement }) =>
      autoIncrement.some((one) => one.table === 'tiny'),
    )
    await look()
    const after = await shown('allIds', 'id-headroom')
    assert.equal(after?.result, 'FAILS')
    assert.match(
      after?.says ?? '',
      /^81.2 % of the ids of shop\.customers\.id .* the fullest of the catalog as read 2/,
    )
  })

  test('of a disk nothing is guessed: what the server does not tell is not known, and why', async () => {
    const disk = await shown('disk', 'disk')
    assert.deepEqual([disk?.result, disk?.value], ['UNKNOWN', null])
    const why =
      flavour === 'mariadb' ? /DISKS is not installed.*INSTALL SONAME 'disks'/ : /MySQL does not tell/
    assert.match(disk?.says ?? '', why)
  })

  test('nothing is asked but those questions, and the target has no event and no object of ours', async () => {
    assert.deepEqual([...new Set(asked)].toSorted(), [
      ...['deadlock-count', 'disk-space', 'health', 'id-headroom', 'migrations', 'table'],
    ])
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
