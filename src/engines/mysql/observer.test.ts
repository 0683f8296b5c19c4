import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from 'mysql2/promise'
import { onEachServer } from '../../../test/support/each-server.ts'
import { ACCOUNTS, addressOf, connectAs, prepareTarget } from '../../../test/support/mysql-target.ts'
import { eventually, interval, nextWindow, observe } from '../../../test/support/observe.ts'
import type { PrivateServer } from '../../lab/servers/index.ts'
import { fingerprintId, MYSQL } from '../../sql/index.ts'
import { createMysqlObserver, type MysqlObserver } from './observer.ts'
import { readSeries } from './series.ts'

const BY_B = 'SELECT COUNT(*) FROM orders WHERE b = 5'
const CLASS = fingerprintId(BY_B, MYSQL)

/** A schema with tables, 600 rows, and every kind of index the catalog window speaks of. */
async function prepareShop(server: PrivateServer): Promise<void> {
  await prepareTarget(server)
  await using root = await connectAs(server, undefined, 'shop')
  const ddl = [
    'CREATE TABLE customers (id TINYINT UNSIGNED PRIMARY KEY AUTO_INCREMENT, name VARCHAR(40)) ENGINE=InnoDB AUTO_INCREMENT=205',
    `CREATE TABLE orders (id INT PRIMARY KEY AUTO_INCREMENT, customer TINYINT UNSIGNED, a INT, b INT, note VARCHAR(200),
      KEY ka (a), KEY kab (a, b), KEY ka_twin (a), UNIQUE KEY ua (a, id), KEY kc (customer),
      CONSTRAINT fk FOREIGN KEY (customer) REFERENCES customers (id)) ENGINE=InnoDB STATS_AUTO_RECALC=0`,
    "INSERT INTO customers (name) VALUES ('x'), ('y'), ('z')",
  ]
  for (const sql of ddl) await root.query(sql)
  const rows = Array.from(
    { length: 600 },
    (_, i) => `(${205 + (i % 3)}, ${i}, ${i % 7}, REPEAT('n', 100))`,
  ).join(',')
  await root.query(`INSERT INTO orders (customer, a, b, note) VALUES ${rows}`)
  await root.query('ANALYZE TABLE orders, customers')
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
    const found = window.statements.find((one) => one.fingerprintId === CLASS)
    assert.deepEqual([found?.calls, found?.schema, found?.rowsSent, found?.partial], [20, 'shop', 20, false])
    assert.ok((found?.rowsExamined ?? 0) >= 600 * 20 && (found?.totalMs ?? 0) > 0)
    assert.ok(!found?.fingerprint.includes('5'), 'a literal is in the fingerprint')
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

  test('prepared statements are in their class on MySQL and counted as unseen on MariaDB', async () => {
    await nextWindow(observer, 'statements')
    for (let i = 0; i < 7; i += 1) await app.execute('SELECT COUNT(*) FROM orders WHERE b = ?', [i])
    const window = await nextWindow(observer, 'statements')
    const found = window.statements.find((one) => one.fingerprintId === CLASS)
    if (flavour === 'mysql') assert.deepEqual([found?.calls, window.unseenCalls], [7, undefined])
    else assert.deepEqual([found, window.unseenCalls], [undefined, 7])
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
    const [wait] = activity.lockWaits
    assert.deepEqual(
      [wait?.waiter, wait?.blocker, wait?.schema, wait?.table, wait?.index],
      [waiterId, blockerId, 'shop', 'orders', 'PRIMARY'],
    )
    const holder = activity.transactions.find((one) => one.connectionId === blockerId)
    assert.ok(holder !== undefined && holder.rowsModified === 1 && holder.idleSeconds !== null)
    const stuck = activity.transactions.find((one) => one.connectionId === waiterId)
    assert.deepEqual([stuck?.state, stuck?.idleSeconds], ['LOCK WAIT', null])
    const session = activity.sessions.find((one) => one.connectionId === waiterId)
    assert.equal(session?.kind, 'client')
    assert.ok(session?.fingerprint?.includes('update orders'))
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
    await using one = await connectAs(server(), 'app', 'shop')
    await using two = await connectAs(server(), 'app', 'shop')
    await Promise.all([one.query('BEGIN'), two.query('BEGIN')])
    await one.query("UPDATE orders SET note = 'mine-1' WHERE id = 10")
    await two.query("UPDATE orders SET note = 'mine-2' WHERE id = 20")
    const first = one.query("UPDATE orders SET note = 'mine-3' WHERE id = 20").catch(() => null)
    await sleep(100)
    await two.query("UPDATE orders SET note = 'mine-4' WHERE id = 10").catch(() => null)
    await first
    const window = await eventually(observer, 'deadlocks', (value) => value.counted > 0)
    assert.deepEqual([window.counted, window.reports.length, window.missed], [1, 1, 0])
    const report = window.reports[0]
    assert.equal(report?.deadlock.transactions.length, 2)
    assert.match(report?.signature ?? '', /^[0-9a-f]{32}$/)
    assert.ok(!JSON.stringify(window).includes('mine-'), 'a literal left the process')
    assert.equal((await nextWindow(observer, 'deadlocks', 5_000)).counted, 0)
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
    ]) {
      assert.ok((window.deltas[name] ?? -1) >= 0, name)
    }
    assert.ok(Number(window.variables['max_connections']) > 0)
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

  test('series are finite figures: totals, waits, connections, and the class', async () => {
    await readSeries(observer)
    await interval(10_000)
    await readSeries(observer)
    await app.query(BY_B)
    await interval(10_000)
    const series = await readSeries(observer)
    const keys = new Set(series.map((one) => `${one.seriesKind}:${one.seriesKey}`))
    for (const key of [
      'server:waits',
      'server:connections',
      'server:pressure',
      'server:totals',
      'server:slow-log',
      'server:deadlocks',
      `statement:${CLASS}`,
    ]) {
      assert.ok(keys.has(key), key)
    }
    for (const one of series) {
      assert.ok(
        [one.calls, one.totalMs, ...Object.values(one.measures)].every(
          (value) => Number.isFinite(value) && value >= 0,
        ),
      )
    }
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
    const deadline = Date.now() + 15_000
    let now = await observer.identity()
    while (!now.known && Date.now() < deadline) {
      await sleep(200)
      now = await observer.identity()
    }
    assert.ok(before.known && now.known)
    assert.equal(now.value.instanceUid, before.value.instanceUid)
    assert.ok(now.value.epoch > before.value.epoch)
    await interval(10_000)
    const reading = await observer.read('statements')
    assert.ok(!reading.known && reading.because.includes('first time'), JSON.stringify(reading).slice(0, 300))
    assert.equal((await nextWindow(observer, 'statements')).epoch, now.value.epoch)
  })
})

onEachServer('a target that hides things', ({ server, flavour }) => {
  before(() => prepareShop(server()))

  /** The reading of a fresh observer after `revoke` was run, then the grant is given back. */
  const without = async (revoke: string, giveBack: string, name: Parameters<MysqlObserver['read']>[0]) => {
    await using root = await connectAs(server())
    await root.query(revoke)
    const observer = observe(server())
    const reading = await observer.read(name)
    await observer.close()
    await root.query(giveBack)
    return reading
  }
  const monitor = "'dbm_mon'@'%'"
  const onlyMysql = flavour === 'mariadb' ? 'MariaDB shows it to everyone' : false

  test('without PROCESS there is no activity and no deadlock report', async () => {
    const revoke = [`REVOKE PROCESS ON *.* FROM ${monitor}`, `GRANT PROCESS ON *.* TO ${monitor}`] as const
    const activity = await without(...revoke, 'activity')
    assert.ok(
      !activity.known && activity.because.includes('1227') && activity.toProceed.includes('dbmedic check'),
    )
  })

  test('without PROCESS MySQL’s counters of InnoDB are unknown', { skip: onlyMysql }, async () => {
    const revoke = [`REVOKE PROCESS ON *.* FROM ${monitor}`, `GRANT PROCESS ON *.* TO ${monitor}`] as const
    for (const name of ['deadlocks', 'status'] as const)
      assert.equal((await without(...revoke, name)).known, false)
  })

  test('without SELECT on performance_schema there are no statements', async () => {
    const reading = await without(
      `REVOKE SELECT ON performance_schema.* FROM ${monitor}`,
      `GRANT SELECT ON performance_schema.* TO ${monitor}`,
      'statements',
    )
    assert.ok(!reading.known && /1142|1044|1143/.test(reading.because))
  })

  test('without a privilege on any schema sizes and catalog are unknown, not empty', async () => {
    for (const name of ['tableSizes', 'catalog'] as const) {
      const reading = await without(
        `REVOKE REFERENCES ON shop.* FROM ${monitor}`,
        `GRANT REFERENCES ON shop.* TO ${monitor}`,
        name,
      )
      assert.ok(!reading.known && reading.toProceed.includes('REFERENCES'), name)
    }
  })

  test('without SELECT on InnoDB’s statistics sizes have no bytes per row', async () => {
    const reading = await without(
      `REVOKE SELECT ON mysql.innodb_table_stats FROM ${monitor}`,
      `GRANT SELECT ON mysql.innodb_table_stats TO ${monitor}`,
      'tableSizes',
    )
    assert.ok(reading.known && 'tables' in reading.value && reading.value.tables.length === 2)
    assert.ok(reading.value.tables.every((one) => one.bytesPerRow === null))
  })

  test('without the privilege for replication its state is unknown', async () => {
    const privilege = flavour === 'mariadb' ? 'SLAVE MONITOR' : 'REPLICATION CLIENT'
    const reading = await without(
      `REVOKE ${privilege} ON *.* FROM ${monitor}`,
      `GRANT ${privilege} ON *.* TO ${monitor}`,
      'replication',
    )
    assert.equal(reading.known, false)
  })

  test('with the digest consumer off statements are unknown, and the statement that helps is named', async () => {
    const table = "performance_schema.setup_consumers SET ENABLED = '"
    const reading = await without(
      `UPDATE ${table}NO' WHERE NAME = 'statements_digest'`,
      `UPDATE ${table}YES' WHERE NAME = 'statements_digest'`,
      'statements',
    )
    assert.ok(!reading.known && reading.toProceed.includes('UPDATE performance_schema.setup_consumers'))
  })

  test('with the slow log off its window is unknown, and the statement that helps is named', async () => {
    const reading = await without(
      'SET GLOBAL slow_query_log = OFF',
      'SET GLOBAL slow_query_log = ON',
      'slowLog',
    )
    assert.ok(!reading.known && reading.toProceed.includes('SET GLOBAL slow_query_log = ON'))
  })

  test('with log_output=TABLE the slow log is read from its table, which takes a grant', async () => {
    await using root = await connectAs(server())
    await using app = await connectAs(server(), 'app', 'shop')
    await root.query("SET GLOBAL log_output = 'TABLE'")
    const denied = observe(server())
    await denied.read('slowLog')
    await interval(10_000)
    assert.equal((await denied.read('slowLog')).known, false)
    await denied.close()
    await root.query(`GRANT SELECT ON mysql.slow_log TO ${monitor}`)
    const observer = observe(server())
    await observer.read('slowLog')
    await app.query("SELECT SLEEP(0.3), 'secret-literal'")
    const window = await eventually(observer, 'slowLog', (value) => value.events > 0)
    assert.ok((window.classes[0]?.maxMs ?? 0) >= 300 && !JSON.stringify(window).includes('secret-literal'))
    await observer.close()
    await root.query("SET GLOBAL log_output = 'FILE'")
  })

  test('metadata waiters are seen with the instrument off, their blockers are not', async () => {
    await using root = await connectAs(server())
    await root.query(
      "UPDATE performance_schema.setup_instruments SET ENABLED = 'NO' WHERE NAME = 'wait/lock/metadata/sql/mdl'",
    )
    await using holder = await connectAs(server(), 'app', 'shop')
    await using ddl = await connectAs(server(), 'app', 'shop')
    await holder.query('BEGIN')
    await holder.query('SELECT COUNT(*) FROM orders')
    const altering = ddl.query('ALTER TABLE orders ADD COLUMN extra INT')
    const observer = observe(server())
    const activity = await eventually(observer, 'activity', (value) => value.metadataWaits.length > 0)
    assert.equal(activity.metadataWaits[0]?.blockers, null)
    await holder.query('ROLLBACK')
    await altering
    await observer.close()
  })

  test('an account that cannot log in, and a target that is not there, are unknown with the next step', async () => {
    const address = addressOf(server())
    const wrong = { user: ACCOUNTS.monitor, password: 'wrong-Password-3' }
    for (const settings of [
      { address, monitor: wrong },
      { address: { ...address, port: 1 }, monitor: wrong },
    ]) {
      const observer = createMysqlObserver({ ...settings, planner: null })
      for (const reading of [await observer.identity(), await observer.read('activity')]) {
        assert.ok(!reading.known && reading.toProceed.includes('dbmedic check'))
        assert.ok(!JSON.stringify(reading).includes('wrong-Password-3'))
      }
      await observer.close()
    }
  })
})

onEachServer(
  'a server with the Performance Schema off',
  ({ server }) => {
    before(() => prepareShop(server()))
    test('has unknown statements with what to put into my.cnf, and known activity', async () => {
      const observer = observe(server())
      const statements = await observer.read('statements')
      assert.ok(
        !statements.known &&
          statements.because.includes('OFF') &&
          statements.toProceed.includes('performance_schema=ON'),
      )
      assert.equal((await observer.read('activity')).known, true)
      const catalog = await eventually(observer, 'catalog', () => true)
      assert.ok(catalog.unused.length === 0 && catalog.unusedUnknown !== undefined)
      assert.equal(catalog.redundant.length, 2)
      assert.equal((await observer.identity()).known, true)
      await observer.close()
    })
  },
  { settings: { performance_schema: 'OFF' } },
)

onEachServer(
  'a digest table without room',
  ({ server }) => {
    before(() => prepareShop(server()))
    test('shows how blind it is: the share of calls that fell into the nameless row', async () => {
      const observer = observe(server())
      await using app = await connectAs(server(), 'app', 'shop')
      for (let i = 0; i < 40; i += 1) await app.query(`SELECT a AS x${i} FROM orders WHERE id = 1`)
      await observer.read('statements')
      for (let i = 0; i < 40; i += 1) await app.query(`SELECT b AS y${i} FROM orders WHERE id = 1`)
      const window = await nextWindow(observer, 'statements')
      assert.ok(window.blindPercent > 50, `blind ${window.blindPercent} %`)
      assert.ok(window.digestsLost > 0)
      assert.ok(window.totalCalls >= 40, 'the nameless row counts in the totals')
      const reports = await observer.capabilities()
      assert.equal(reports.find((one) => one.id === 'digest-capacity')?.available, false)
      await observer.close()
    })
  },
  { settings: { performance_schema_digests_size: '6' } },
)
