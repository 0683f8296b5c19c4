import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection, RowDataPacket } from 'mysql2/promise'
import { onEachServer } from '../../../test/support/each-server.ts'
import { ACCOUNTS, connectAs } from '../../../test/support/mysql-target.ts'
import {
  eventually,
  interval,
  must,
  nextWindow,
  observe,
  prepareShop,
} from '../../../test/support/observe.ts'
import { untilWaitsForRow } from '../../../test/support/seen-waiting.ts'
import { until } from '../../../test/support/until.ts'
import type { SeriesWindow } from '../../core/engine.ts'
import type { PrivateServer } from '../../lab/servers/index.ts'
import { fingerprintId, MYSQL } from '../../sql/index.ts'
import type { MysqlObserver } from './observer.ts'
import { readSeries } from './series.ts'
import { readFileReads } from './snapshots/file-reads.ts'

const BY_B = 'SELECT COUNT(*) FROM orders WHERE b = 5'
const CLASS = fingerprintId(BY_B, MYSQL)

/** Two transactions that update two rows in opposite order. */
async function makeDeadlock(server: PrivateServer): Promise<void> {
  await using one = await connectAs(server, 'app', 'shop')
  await using two = await connectAs(server, 'app', 'shop')
  await Promise.all([one.query('BEGIN'), two.query('BEGIN')])
  await one.query("UPDATE orders SET note = 'mine-1' WHERE id = 10")
  await two.query("UPDATE orders SET note = 'mine-2' WHERE id = 20")
  const first = one.query("UPDATE orders SET note = 'mine-3' WHERE id = 20").catch(() => null)
  await using root = await connectAs(server)
  await untilWaitsForRow(root, one.threadId)
  await two.query("UPDATE orders SET note = 'mine-4' WHERE id = 10").catch(() => null)
  await first
}

onEachServer('windows of a target', ({ server, flavour }) => {
  let observer: MysqlObserver
  let app: Connection & AsyncDisposable

  before(async () => {
    await prepareShop(server())
    observer = observe(server())
    app = await connectAs(server(), 'app', 'shop')
  })
  after(async () => {
    app.destroy()
    await observer.close()
  })

  test('the first reading of counters is no window', async () => {
    for (const name of ['statements', 'status', 'connections', 'deadlocks'] as const) {
      const reading = await observer.read(name)
      assert.ok(!reading.known && reading.because.includes('first time'), name)
    }
  })

  test('a statement class has what it did in the window, under our fingerprint, and dbmedic’s own are left out', async () => {
    await observer.read('statements')
    await interval(10_000)
    await observer.read('statements')
    for (let i = 0; i < 20; i += 1) await app.query(`SELECT COUNT(*) FROM orders WHERE b = ${i}`)
    const window = await nextWindow(observer, 'statements')
    const found = must(window.statements.find((one) => one.fingerprintId === CLASS))
    assert.deepEqual([found.calls, found.schema, found.rowsSent, found.partial], [20, 'shop', 20, false])
    assert.ok(found.rowsExamined >= 600 * 20 && found.totalMs > 0)
    assert.ok(!found.fingerprint.includes('5'), 'a literal is in the fingerprint')
    const foreign = window.statements.filter((one) =>
      /information_schema|performance_schema|@@/.test(one.fingerprint),
    )
    assert.deepEqual(
      foreign.map((one) => one.fingerprint),
      [],
    )
    assert.ok(window.totalCalls >= 20 && window.epoch !== '' && window.elapsedMs > 0)
    assert.equal(window.blindPercent, 0)
  })

  test('a class that did nothing in the window is not in it', async () => {
    await nextWindow(observer, 'statements')
    const window = await nextWindow(observer, 'statements')
    assert.equal(
      window.statements.some((one) => one.fingerprintId === CLASS),
      false,
    )
  })

  test('another tool’s TRUNCATE makes the rows partial, never negative', async () => {
    for (let i = 0; i < 30; i += 1) await app.query(BY_B)
    await nextWindow(observer, 'statements')
    await using root = await connectAs(server())
    await root.query('TRUNCATE TABLE performance_schema.events_statements_summary_by_digest')
    // On MariaDB a row's first time has whole seconds; one is enough to see that it is a new row.
    await sleep(20)
    for (let i = 0; i < 5; i += 1) await app.query(BY_B)
    const window = await nextWindow(observer, 'statements')
    const found = window.statements.find((one) => one.fingerprintId === CLASS)
    assert.deepEqual([found?.calls, found?.partial], [5, true])
    for (const one of window.statements) assert.ok(one.calls > 0 && one.totalMs >= 0 && one.rowsExamined >= 0)
  })

  test('prepared statements are in their class, those prepared, run and closed in between excepted on MariaDB', async () => {
    await nextWindow(observer, 'statements')
    for (let i = 0; i < 7; i += 1) await app.execute('SELECT COUNT(*) FROM orders WHERE b = ?', [i])
    const window = await nextWindow(observer, 'statements')
    const found = must(window.statements.find((one) => one.fingerprintId === CLASS))
    assert.deepEqual(
      [found.calls, found.schema, found.partial, window.unseenCalls],
      [7, 'shop', false, undefined],
    )
    assert.ok(found.rowsExamined >= 600 * 7 && found.totalMs > 0)
    await app.execute('SELECT COUNT(*) FROM orders WHERE b = ?', [8])
    await using passing = await connectAs(server(), 'app', 'shop')
    for (let i = 0; i < 5; i += 1) await passing.execute('SELECT COUNT(*) FROM orders WHERE b = ?', [i])
    passing.unprepare('SELECT COUNT(*) FROM orders WHERE b = ?')
    await passing.query('SELECT 1')
    const next = await nextWindow(observer, 'statements')
    const again = must(next.statements.find((one) => one.fingerprintId === CLASS))
    assert.deepEqual([again.calls, next.unseenCalls], flavour === 'mysql' ? [6, undefined] : [1, 5])
  })

  test('another tool’s TRUNCATE of what ran in all hides no prepared statement, then or later', async () => {
    await using root = await connectAs(server())
    await root.query('TRUNCATE TABLE performance_schema.events_statements_summary_global_by_event_name')
    const ran = async (times: number) => {
      for (let i = 0; i < times; i += 1) await app.execute('SELECT COUNT(*) FROM orders WHERE b = ?', [i])
      const window = await nextWindow(observer, 'statements')
      const found = window.statements.find((one) => one.fingerprintId === CLASS)
      return [found?.calls, found?.partial, window.unseenCalls]
    }
    assert.deepEqual(await ran(3), [3, flavour === 'mariadb', undefined])
    assert.deepEqual(await ran(2), [2, false, undefined])
  })

  test('row-lock waits name waiter and blocker; both transactions and who idles are seen', async () => {
    await using blocker = await connectAs(server(), 'app', 'shop')
    await using waiter = await connectAs(server(), 'app', 'shop')
    await blocker.query('BEGIN')
    await blocker.query("UPDATE orders SET note = 'x' WHERE id = 1")
    await waiter.query('SET innodb_lock_wait_timeout = 20')
    const waiting = waiter.query("UPDATE orders SET note = 'secret-literal' WHERE id = 1")
    const activity = await eventually(observer, 'activity', (value) => value.lockWaits.length > 0)
    const [blockerId, waiterId] = [String(blocker.threadId), String(waiter.threadId)]
    const wait = must(activity.lockWaits[0])
    assert.deepEqual(
      [wait.waiter, wait.blocker, wait.schema, wait.table, wait.index],
      [waiterId, blockerId, 'shop', 'orders', 'PRIMARY'],
    )
    const holder = activity.transactions.find((one) => one.connectionId === blockerId)
    assert.ok(holder !== undefined && holder.rowsModified === 1 && holder.idleSeconds !== null)
    const stuck = must(activity.transactions.find((one) => one.connectionId === waiterId))
    assert.deepEqual([stuck.state, stuck.idleSeconds], ['LOCK WAIT', null])
    const session = must(activity.sessions.find((one) => one.connectionId === waiterId))
    assert.equal(session.kind, 'client')
    assert.ok(session.fingerprint?.includes('update orders'))
    assert.ok(!JSON.stringify(activity).includes('secret-literal'), 'a literal left the process')
    assert.ok(activity.sessions.some((one) => one.kind === 'own' && one.user === ACCOUNTS.monitor))
    await blocker.query('ROLLBACK')
    await waiting
  })

  test('metadata-lock waits name the holder for the DDL and the DDL for those behind it', async () => {
    await using holder = await connectAs(server(), 'app', 'shop')
    await using ddl = await connectAs(server(), 'app', 'shop')
    await using late = await connectAs(server(), 'app', 'shop')
    await holder.query('BEGIN')
    await holder.query('SELECT COUNT(*) FROM orders')
    const altering = ddl.query('ALTER TABLE orders ADD COLUMN extra INT')
    await eventually(observer, 'activity', (value) => value.metadataWaits.length === 1)
    const reading = late.query('SELECT COUNT(*) FROM orders')
    const activity = await eventually(observer, 'activity', (value) => value.metadataWaits.length === 2)
    const of = (connection: Connection) =>
      activity.metadataWaits.find((wait) => wait.waiter === String(connection.threadId))
    assert.deepEqual([of(ddl)?.table, of(ddl)?.blockers], ['orders', [String(holder.threadId)]])
    assert.deepEqual(of(late)?.blockers, [String(ddl.threadId)])
    await holder.query('ROLLBACK')
    await Promise.all([altering, reading])
  })

  test('a deadlock is counted, read whole with its statements masked, and told once', async () => {
    await observer.read('deadlocks')
    await makeDeadlock(server())
    const window = await eventually(observer, 'deadlocks', (value) => value.counted > 0)
    assert.deepEqual([window.counted, window.reports.length, window.missed], [1, 1, 0])
    const report = window.reports[0]
    assert.equal(report?.deadlock.transactions.length, 2)
    assert.match(report?.signature ?? '', /^[0-9a-f]{32}$/)
    assert.ok(!JSON.stringify(window).includes('mine-'), 'a literal left the process')
    assert.equal((await nextWindow(observer, 'deadlocks', 5_000)).counted, 0)
  })

  test('of two deadlocks between readings the error log has the other one; unread, the next window says that it was missed', async () => {
    const reader = observe(server(), { errorLogFile: server().errorLogPath })
    await Promise.all([observer.read('deadlocks'), reader.read('deadlocks')])
    await makeDeadlock(server())
    await makeDeadlock(server())
    const [without, withLog] = await Promise.all(
      [observer, reader].map((one) => eventually(one, 'deadlocks', (value) => value.counted > 0)),
    )
    assert.deepEqual([without?.counted, without?.reports.length, without?.missed], [2, 1, 0])
    assert.deepEqual([withLog?.counted, withLog?.reports.length, withLog?.missed], [2, 2, 0])
    const next = await Promise.all([observer, reader].map((one) => nextWindow(one, 'deadlocks', 5_000)))
    assert.deepEqual(
      next.map((one) => [one.counted, one.reports.length, one.missed]),
      [
        [0, 0, 1],
        [0, 0, 0],
      ],
    )
    assert.equal(new Set(withLog?.reports.map((one) => one.signature)).size, 1, 'the same two statements')
    await reader.close()
  })

  test('the slow log’s new entries become classes; their texts stay in the process', async () => {
    await observer.read('slowLog')
    await app.query("SELECT SLEEP(0.25), 'secret-literal'")
    const isOurs = (one: { readonly fingerprint: string }): boolean => one.fingerprint.includes('sleep')
    const window = await eventually(observer, 'slowLog', (value) => value.classes.some(isOurs))
    const found = window.classes.find(isOurs)
    assert.ok(found !== undefined && found.count === 1 && found.maxMs >= 250, JSON.stringify(window.classes))
    // MySQL names the database only when it changes, so the first entries after a start may lack it.
    assert.ok(found.schema === 'shop' || (flavour === 'mysql' && found.schema === null))
    assert.ok(!JSON.stringify(window).includes('secret-literal'))
  })

  test('status has counters as deltas, gauges as values, and purge lag and deadlocks under one name on both', async () => {
    await observer.read('status')
    for (let i = 0; i < 10; i += 1) await app.query('SELECT 1')
    const window = await nextWindow(observer, 'status')
    assert.ok((window.deltas['questions'] ?? 0) >= 10)
    for (const name of [
      'innodb_history_list_length',
      'threads_running',
      'uptime',
      'innodb_checkpoint_age',
      'innodb_checkpoint_max_age',
    ]) {
      assert.ok((window.values[name] ?? -1) >= 0, name)
    }
    for (const name of [
      'innodb_deadlocks',
      'innodb_buffer_pool_reads',
      'innodb_log_waits',
      'created_tmp_disk_tables',
      'own_created_tmp_tables',
      'own_created_tmp_disk_tables',
      'data_file_reads',
      'data_file_read_us',
    ]) {
      assert.ok((window.deltas[name] ?? -1) >= 0, name)
    }
    assert.ok(Number(window.variables['max_connections']) > 0)
  })

  test('reads of data files are counted with the time they took', async () => {
    await using root = await connectAs(server())
    const [rows] = await root.query<RowDataPacket[]>(
      `SELECT COUNT_READ AS n, SUM_TIMER_READ AS ps FROM performance_schema.file_summary_by_event_name
       WHERE EVENT_NAME = 'wait/io/file/innodb/innodb_data_file'`,
    )
    assert.ok(Number(rows[0]?.['n']) > 0 && Number(rows[0]?.['ps']) > 0, JSON.stringify(rows))
    const read = await readFileReads({ query: async (sql) => (await root.query<RowDataPacket[]>(sql))[0] })
    assert.ok((read['data_file_reads'] ?? 0) >= Number(rows[0]?.['n']))
    assert.ok(Math.abs((read['data_file_read_us'] ?? 0) - Number(rows[0]?.['ps']) / 1e6) < 1e6)
  })

  test('connections are counted by account and command, without ours', async () => {
    await observer.read('connections')
    await using idle = await connectAs(server(), 'app')
    const window = await nextWindow(observer, 'connections', 5_000)
    assert.ok(idle.threadId > 0)
    const sleeping = window.counts.find((one) => one.user === 'app' && one.command === 'Sleep')
    assert.ok((sleeping?.count ?? 0) >= 2)
    assert.ok(!window.counts.some((one) => one.user === ACCOUNTS.monitor && one.command === 'Query'))
    assert.ok(window.threadsConnected >= 3 && window.maxConnections === 151)
  })

  test('table sizes follow the statistics: bytes per row, their age, and whether they follow changes', async () => {
    await using root = await connectAs(server())
    // The ALTER of an earlier test dropped MySQL's statistics, and this table's are not recalculated by themselves.
    await root.query('ANALYZE TABLE shop.orders')
    const sizes = await eventually(observer, 'tableSizes', () => true)
    const orders = sizes.tables.find((one) => one.table === 'orders')
    assert.ok(orders !== undefined && Math.abs(orders.rows - 600) <= 60, JSON.stringify(orders))
    assert.equal(orders.autoRecalc, false)
    assert.ok((orders.bytesPerRow ?? 0) > 100 && orders.indexBytes > 0 && orders.statisticsAt !== null)
    assert.equal(sizes.tables.find((one) => one.table === 'customers')?.autoRecalc, true)
    assert.equal(sizes.truncated, false)
  })

  test('the catalog names superfluous and unused indexes with what protects them, and columns that run out', async () => {
    const found = await eventually(observer, 'catalog', () => true)
    const pairs = found.redundant.map((one) => [one.index, one.dominantIndex, one.exact])
    assert.deepEqual(pairs.toSorted(), [
      ['ka', 'kab', false],
      ['ka_twin', 'ka', true],
    ])
    assert.ok(!found.redundant.some((one) => one.supportsForeignKey))
    const unused = new Map(found.unused.map((one) => [one.index, one]))
    assert.deepEqual([unused.get('ka_twin')?.unique, unused.get('ua')?.unique], [false, true])
    assert.ok(!unused.has('kab') && !unused.has('PRIMARY'), 'the scans of this test read kab')
    assert.equal(found.unusedUnknown, undefined)
    const customers = found.autoIncrement.find((one) => one.table === 'customers')
    assert.ok(
      (customers?.usedPercent ?? 0) > 80 && (customers?.usedPercent ?? 0) < 82,
      'tinyint unsigned, 207 of 255',
    )
    assert.equal(customers?.column, 'id')
  })

  test('a server that is no replica has no channels, which is known', async () => {
    assert.deepEqual((await eventually(observer, 'replication', () => true)).channels, [])
  })

  test('errors by number are known on MySQL and said to be unknown on MariaDB', async () => {
    const reading = await observer.read('serverErrors')
    if (flavour === 'mariadb') {
      assert.ok(!reading.known && reading.because.includes('MariaDB'))
      return
    }
    await interval(10_000)
    await observer.read('serverErrors')
    await app.query('SELECT * FROM no_such_table').catch(() => null)
    const window = await nextWindow(observer, 'serverErrors')
    assert.deepEqual(
      window.errors.find((one) => one.errorNumber === 1146),
      { errorNumber: 1146, name: 'ER_NO_SUCH_TABLE', raised: 1 },
    )
  })

  test('a call that fails, for an index that it names and that is gone, is counted in its own class', async () => {
    const hinted = 'SELECT COUNT(*) FROM orders FORCE INDEX (gone) WHERE b = 5'
    const fail = (): Promise<void> => assert.rejects(app.query(hinted), { errno: 1176 })
    // A class that is seen for the first time has no figures of the window it is seen in.
    await fail()
    await readSeries(observer)
    await interval(10_000)
    await readSeries(observer)
    await fail()
    await interval(10_000)
    const own = (await readSeries(observer)).find((one) => one.seriesKey === fingerprintId(hinted, MYSQL))
    assert.deepEqual([own?.calls, own?.measures['errors']], [1, 1])
  })

  test('series are finite figures: totals, waits, connections, and the class', async () => {
    const wanted = [
      'server:waits',
      'server:connections',
      'server:pressure',
      'server:totals',
      'server:slow-log',
      'server:deadlocks',
      `statement:${CLASS}`,
    ]
    const series: SeriesWindow[] = []
    const missing = (): readonly string[] =>
      wanted.filter((key) => series.every((one) => `${one.seriesKind}:${one.seriesKey}` !== key))
    // A window that a busy machine made too long is discarded, and the next one counts.
    for (let round = 0; round < 30 && missing().length > 0; round += 1) {
      await app.query(BY_B)
      series.push(...(await readSeries(observer)))
      await interval(7_000)
    }
    assert.deepEqual(missing(), [])
    for (const one of series) {
      assert.ok(
        [one.calls, one.totalMs, ...Object.values(one.measures)].every(
          (value) => Number.isFinite(value) && value >= 0,
        ),
      )
    }
  })

  test('watching has used nothing but SELECT, SHOW and settings of its own session', async () => {
    await using root = await connectAs(server())
    const [rows] = await root.query(
      `SELECT EVENT_NAME AS name FROM performance_schema.events_statements_summary_by_account_by_event_name
WHERE USER = '${ACCOUNTS.monitor}' AND COUNT_STAR > 0`,
    )
    const used = (rows as unknown as readonly { name: string }[]).map((row) => row.name)
    assert.ok(used.includes('statement/sql/select'))
    const harmless =
      /^statement\/(?:sql\/(?:select|show_\w+|set_option)|com\/(?:Prepare|Execute|Close stmt|Quit|Error))$/
    assert.deepEqual(
      used.filter((name) => !harmless.test(name)),
      [],
    )
  })

  test('a restart under us ends every window, changes the epoch, and is told as the reason', async () => {
    await observer.read('statements')
    const before = await observer.identity()
    await server().kill9()
    await interval(10_000)
    const during = await observer.read('connections')
    assert.ok(!during.known && during.toProceed !== '')
    await sleep(1_100)
    await server().restart()
    let now = await observer.identity()
    await until(async () => {
      now = await observer.identity()
      return now.known
    }, 'the target is known again')
    assert.ok(before.known && now.known)
    assert.equal(now.value.instanceUid, before.value.instanceUid)
    assert.ok(now.value.epoch > before.value.epoch)
    await interval(10_000)
    const reading = await observer.read('statements')
    assert.ok(!reading.known && reading.because.includes('first time'), JSON.stringify(reading).slice(0, 300))
    assert.equal((await nextWindow(observer, 'statements')).epoch, now.value.epoch)
  })
})
