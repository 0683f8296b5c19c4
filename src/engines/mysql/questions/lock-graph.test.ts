import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import type { Connection } from 'mysql2/promise'
import { onEachServer } from '../../../../test/support/each-server.ts'
import {
  ACCOUNTS,
  APP,
  connectAs,
  contextOf,
  prepareTarget,
  sessionOf,
} from '../../../../test/support/mysql-target.ts'
import { untilIdle, untilWaitsForRow, untilWaitsForTable } from '../../../../test/support/seen-waiting.ts'
import { until } from '../../../../test/support/until.ts'
import type { TargetSession } from '../connect.ts'
import type { LockGraph, LockWait, MetadataWait } from '../shapes.ts'
import { createAsk } from './ask.ts'
import { type Described, reduceWaits } from './lock-graph.ts'

const described = (connectionId: string): Described => ({
  connectionId,
  user: 'app',
  host: 'h:1',
  database: null,
  command: 'Query',
  kind: 'client',
  idleSeconds: null,
  transactionId: null,
  transactionStartedAt: null,
  rowsModified: 0,
  rowsLocked: 0,
  queryId: null,
  fingerprintId: null,
  fingerprint: null,
  isDdl: connectionId.startsWith('9'),
})
const row = (waiter: string, blocker: string, waitSeconds = 1): LockWait => ({
  waiter,
  blocker,
  waitSeconds,
  schema: 's',
  table: 't',
  index: null,
  lockMode: null,
})
const metadata = (waiter: string, blockers: readonly string[] | null, waitSeconds = 1): MetadataWait => ({
  waiter,
  waitSeconds,
  schema: 's',
  table: 't',
  blockers,
})

describe('reducing waits to roots', () => {
  test('a chain has one root with everybody behind it', () => {
    const { roots } = reduceWaits(
      { lockWaits: [row('2', '1', 5), row('3', '2', 9)], metadataWaits: [] },
      described,
    )
    assert.deepEqual(
      roots.map((root) => [root.connectionId, [...root.waiters].sort(), root.longestWaitSeconds]),
      [['1', ['2', '3'], 9]],
    )
  })

  test('a cycle has no root and does not hang', () => {
    const { roots } = reduceWaits(
      { lockWaits: [row('1', '2'), row('2', '1'), row('3', '1')], metadataWaits: [] },
      described,
    )
    assert.deepEqual(roots, [])
  })

  test('a DDL that waits and holds others up is pending, and the root is who it waits for', () => {
    const found = reduceWaits(
      {
        lockWaits: [],
        metadataWaits: [metadata('9', ['1'], 4), metadata('5', ['9'], 2), metadata('6', ['9'], 1)],
      },
      described,
    )
    assert.deepEqual(
      found.roots.map((root) => root.connectionId),
      ['1'],
    )
    assert.equal(found.pendingDdl?.connectionId, '9')
    assert.deepEqual([...(found.pendingDdl?.waiters ?? [])].sort(), ['5', '6'])
  })

  test('a waiter whose blockers are unknown is no root', () => {
    const found = reduceWaits({ lockWaits: [row('2', '1')], metadataWaits: [metadata('1', null)] }, described)
    assert.deepEqual(found.roots, [])
    assert.equal(found.pendingDdl, null)
  })

  test('no root ever waits, every root blocks, and nobody stands behind himself, in any graph', () => {
    const id = fc.integer({ min: 1, max: 12 }).map(String)
    const edges = fc.array(
      fc.tuple(id, id).filter(([a, b]) => a !== b),
      { maxLength: 40 },
    )
    fc.assert(
      fc.property(edges, edges, (rows, mdl) => {
        const lockWaits = rows.map(([a, b]) => row(a, b))
        const metadataWaits = mdl.map(([a, b]) => metadata(a, [b]))
        const waiting = new Set([...rows, ...mdl].map(([waiter]) => waiter))
        const { roots } = reduceWaits({ lockWaits, metadataWaits }, described)
        for (const root of roots) {
          assert.ok(!waiting.has(root.connectionId))
          assert.ok(root.waiters.length > 0 && !root.waiters.includes(root.connectionId))
        }
      }),
    )
  })
})

/** The identity of the first root, as a decision would bind it. */
function boundTo({ instanceUid, epoch, roots: [root] }: LockGraph) {
  assert.ok(root)
  const { connectionId, user, host, database, transactionId, transactionStartedAt, queryId, fingerprintId } =
    root
  const server = { instanceUid, epoch, connectionId, user, host, database }
  return { ...server, transactionId, transactionStartedAt, queryId, statementFingerprintId: fingerprintId }
}

onEachServer('the graph of waits', ({ server }) => {
  let monitor: TargetSession
  let admin: Connection & AsyncDisposable
  const graph = async (): Promise<LockGraph> => {
    const reading = await createAsk(contextOf({ monitor }))('lock-graph', {})
    assert.ok(reading.known, JSON.stringify(reading))
    return reading.value
  }

  before(async () => {
    await prepareTarget(server())
    admin = await connectAs(server(), undefined, 'shop')
    await admin.query('CREATE TABLE orders (id INT PRIMARY KEY, a INT) ENGINE=InnoDB')
    await admin.query('INSERT INTO orders VALUES (1, 1), (2, 2), (3, 3)')
    monitor = sessionOf(server(), 'monitor')
  })
  after(async () => {
    admin?.destroy()
    await monitor?.close()
  })

  /** Until so many transactions wait; asked when the server may have renewed what it shows. */
  const untilWait = (transactions: number): Promise<void> =>
    until(
      async () => {
        const [rows] = await admin.query(
          "SELECT trx_id FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT'",
        )
        return (rows as unknown[]).length >= transactions
      },
      `${transactions} transactions wait`,
      undefined,
      200,
    )

  test('an idle transaction that blocks a chain is the only root, with its transaction and what it modified', async () => {
    await using idle = await connectAs(server(), APP, 'shop')
    await using second = await connectAs(server(), APP, 'shop')
    await using third = await connectAs(server(), APP, 'shop')
    await idle.query('START TRANSACTION')
    await idle.query('UPDATE orders SET a = 10 WHERE id = 1')
    await second.query('START TRANSACTION')
    await second.query('UPDATE orders SET a = 20 WHERE id = 2')
    const waits = [second.query('UPDATE orders SET a = 21 WHERE id = 1')]
    await untilWaitsForRow(admin, second.threadId)
    waits.push(third.query('UPDATE orders SET a = 31 WHERE id = 2'))
    for (const wait of waits) wait.catch(() => undefined)
    await untilIdle(admin, idle.threadId, 1)
    await untilWaitsForRow(admin, third.threadId)
    const found = await graph()
    const [root, ...others] = found.roots
    assert.ok(root)
    assert.deepEqual(others, [])
    assert.equal(root.connectionId, String(idle.threadId))
    assert.equal(root.user, APP)
    assert.equal(root.command, 'Sleep')
    assert.ok(Number(root.idleSeconds) >= 1)
    assert.equal(root.rowsModified, 1)
    assert.equal(root.lock, 'row')
    assert.equal(root.kind, 'client')
    assert.deepEqual([...root.waiters].sort(), [String(second.threadId), String(third.threadId)].sort())
    assert.deepEqual(root.objects, ['shop.orders'])
    assert.ok(found.metadataBlockersKnown)
    const bound = boundTo(found)
    const now = await createAsk(contextOf({ monitor }))('connection', bound)
    assert.ok(now.known && now.value.same, JSON.stringify(now))
    assert.equal(now.value.blocksOthers, 1)
    await idle.query('ROLLBACK')
    await waits[0]
    await second.query('ROLLBACK')
    await waits[1]
    // The servers show INNODB_TRX from a copy that is renewed when nobody has read it for 100 ms (trx0i_s.cc).
    const differs = async (): Promise<boolean> => {
      const later = await createAsk(contextOf({ monitor }))('connection', bound)
      assert.ok(later.known)
      return !later.value.same && later.value.differences.includes('transactionId')
    }
    await until(differs, 'the transaction is another or none', undefined, 200)
  })

  test('a long queue behind a row, and behind it another that a member of the first holds up, have one root', async () => {
    const QUEUE = 40
    await using idle = await connectAs(server(), APP, 'shop')
    const queue = await Promise.all(Array.from({ length: 2 * QUEUE }, () => connectAs(server(), APP, 'shop')))
    try {
      const [first] = queue
      assert.ok(first)
      await first.query('START TRANSACTION')
      await first.query('SELECT a FROM orders WHERE id = 2 FOR UPDATE')
      await idle.query('START TRANSACTION')
      await idle.query('SELECT a FROM orders WHERE id = 1 FOR UPDATE')
      const waits = queue.map((one, i) =>
        one.query(`SELECT a FROM orders WHERE id = ${i < QUEUE ? 1 : 2} FOR UPDATE`),
      )
      for (const wait of waits) wait.catch(() => undefined)
      await untilWait(2 * QUEUE)
      const found = await graph()
      assert.deepEqual(
        found.roots.map((root) => [root.connectionId, root.waiters.length, root.objects]),
        [[String(idle.threadId), 2 * QUEUE, ['shop.orders']]],
      )
      assert.equal(new Set(found.lockWaits.map((wait) => wait.waiter)).size, 2 * QUEUE)
      // All pairs would be 1,640: a waiter comes with those who lead to the root, not with the queue before it.
      assert.ok(found.lockWaits.length <= 3 * QUEUE, `${found.lockWaits.length} pairs`)
      await idle.query('ROLLBACK')
    } finally {
      for (const one of queue) one.destroy()
    }
  })

  test('a DDL behind an open transaction is pending, its holder the root, and the innocent stand behind both', async () => {
    await using holder = await connectAs(server(), APP, 'shop')
    await using ddl = await connectAs(server(), APP, 'shop')
    await using innocent = await connectAs(server(), APP, 'shop')
    await holder.query('START TRANSACTION')
    await holder.query('SELECT COUNT(*) FROM orders')
    const altering = ddl.query('ALTER TABLE orders ADD COLUMN b INT')
    await untilWaitsForTable(admin, ddl.threadId)
    const reading = innocent.query('SELECT * FROM orders WHERE id = 1')
    for (const wait of [altering, reading]) wait.catch(() => undefined)
    await untilWaitsForTable(admin, innocent.threadId)
    await untilIdle(admin, holder.threadId, 1)
    const found = await graph()
    const root = found.roots.find((item) => item.connectionId === String(holder.threadId))
    assert.equal(root?.lock, 'metadata')
    assert.equal(found.roots.length, 1)
    assert.equal(found.pendingDdl?.connectionId, String(ddl.threadId))
    assert.ok(found.pendingDdl?.isDdl)
    assert.deepEqual(found.pendingDdl?.waiters, [String(innocent.threadId)])
    assert.match(found.pendingDdl?.fingerprint ?? '', /alter table/i)
    const blockers = await createAsk(contextOf({ monitor }))('table-blockers', {
      schema: 'shop',
      table: 'orders',
    })
    assert.ok(blockers.known)
    assert.ok(
      (blockers.value.oldestTransactionSeconds ?? 0) >= 1 &&
        (blockers.value.oldestTransactionSeconds ?? 99) < 60,
    )
    assert.ok((blockers.value.pendingMetadata ?? 0) >= 1)
    await holder.query('ROLLBACK')
    await Promise.allSettled([altering, reading])
  })

  test('sessions of dbmedic and of backup tools are never clients', async () => {
    await using planner = await connectAs(server(), ACCOUNTS.planner)
    await using root = await connectAs(server())
    const rows = await monitor.query('SELECT HOST AS host FROM information_schema.PROCESSLIST WHERE ID = ?', [
      String(planner.threadId),
    ])
    const found = await graph()
    const now = await createAsk(contextOf({ monitor }))('connection', {
      instanceUid: found.instanceUid,
      epoch: found.epoch,
      connectionId: String(planner.threadId),
      user: ACCOUNTS.planner,
      host: String(rows[0]?.['host']),
      database: null,
      transactionId: null,
      transactionStartedAt: null,
      queryId: null,
      statementFingerprintId: null,
    })
    assert.ok(now.known && now.value.same && now.value.kind === 'own', JSON.stringify(now))
    await root.query('DO 1')
  })
})
