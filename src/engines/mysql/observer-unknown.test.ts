import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { onEachServer } from '../../../test/support/each-server.ts'
import { ACCOUNTS, addressOf, connectAs } from '../../../test/support/mysql-target.ts'
import { eventually, interval, nextWindow, observe, prepareShop } from '../../../test/support/observe.ts'
import { createMysqlObserver, type MysqlObserver } from './observer.ts'

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
      await using other = await connectAs(server(), 'app')
      const activity = await observer.read('activity')
      assert.ok(
        activity.known && activity.value.sessions.some((s) => s.connectionId === String(other.threadId)),
        'an empty list is not a server without sessions',
      )
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
