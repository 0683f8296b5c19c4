import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { onEachServer } from '../../../../../test/support/each-server.ts'
import { connectAs, contextOf, prepareTarget, sessionOf } from '../../../../../test/support/mysql-target.ts'
import type { Reading } from '../../../../core/observer.ts'
import type { TargetSession } from '../../connect.ts'
import { createAsk } from '../ask.ts'

function answerOf<T>(reading: Reading<T>): T {
  assert.ok(reading.known, JSON.stringify(reading))
  return reading.value
}

const DIGITS =
  '(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)'

onEachServer('sampling a table', ({ server }) => {
  let monitor: TargetSession
  let planner: TargetSession
  const ask: ReturnType<typeof createAsk> = (kind, params) =>
    createAsk(contextOf({ monitor, planner }))(kind, params)

  before(async () => {
    await prepareTarget(server())
    await using root = await connectAs(server(), undefined, 'shop')
    await root.query(`CREATE TABLE big (id BIGINT PRIMARY KEY AUTO_INCREMENT, customer_id INT, status VARCHAR(20), flag INT, email VARCHAR(60),
      KEY kc (customer_id, status), KEY ks (status), UNIQUE KEY ue (email)) ENGINE=InnoDB STATS_AUTO_RECALC=0`)
    await root.query(`INSERT INTO big (customer_id, status, flag, email)
      SELECT n % 2000, IF(n % 10 < 7, 'Done', IF(n % 2 = 0, 'done', CONCAT('s', n % 5))), IF(n % 4 = 0, NULL, 1), CONCAT('user', n, '@example.org')
      FROM (SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d AS n FROM ${DIGITS} a, ${DIGITS} b, ${DIGITS} c, ${DIGITS} e, (SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3) f) numbers`)
    await root.query('ANALYZE TABLE big')
    await root.query('CREATE TABLE small (id INT PRIMARY KEY, a INT, KEY ka (a)) ENGINE=InnoDB')
    await root.query('INSERT INTO small VALUES (1, 1), (2, 1), (3, 2)')
    await root.query('CREATE TABLE texts (id VARCHAR(60) PRIMARY KEY, a INT, KEY ka (a)) ENGINE=InnoDB')
    await root.query('INSERT INTO texts SELECT SHA2(id, 224), id % 100 FROM big WHERE id <= 10000')
    await root.query('CREATE TABLE words (id VARCHAR(40) PRIMARY KEY, a INT, KEY ka (a)) ENGINE=InnoDB')
    await root.query("INSERT INTO words SELECT CONCAT('key-', id), id % 100 FROM big WHERE id <= 10000")
    await root.query('CREATE TABLE tenants (tenant INT, no INT, PRIMARY KEY (tenant, no)) ENGINE=InnoDB')
    await root.query('INSERT INTO tenants SELECT id % 40, id FROM big')
    // One tenant has most rows; what is told apart by `source` in its oldest rows is all alike since, and `region` is the large one's.
    await root.query(
      'CREATE TABLE moved (tenant INT, no INT, source INT, region INT, code INT, late INT, PRIMARY KEY (tenant, no)) ENGINE=InnoDB',
    )
    await root.query(
      'INSERT INTO moved SELECT IF(id % 10 < 9, 0, id % 400), id, IF(id < 4000, id, 0), IF(id % 10 < 9, 0, id), id, IF(id > 36000, id, 0) FROM big',
    )
    // Of some ten thousand tenants, far apart, one has half of the rows, and of it alone `region` is always the same.
    await root.query(
      'CREATE TABLE many (tenant BIGINT, no INT, region INT, PRIMARY KEY (tenant, no)) ENGINE=InnoDB',
    )
    await root.query(
      'INSERT INTO many SELECT IF(id % 2, 77000123, 1000 * (id % 9000) * (id % 9000)), id, IF(id % 2, 0, id) FROM big',
    )
    // The same where each other one has a single row.
    await root.query('CREATE TABLE orders LIKE many')
    await root.query(
      'INSERT INTO orders SELECT IF(id % 2, 77000123, 1000 * id), id, IF(id % 2, 0, id) FROM big',
    )
    await root.query('ANALYZE TABLE texts, words, tenants, moved, many, orders')
    monitor = sessionOf(server(), 'monitor')
    planner = sessionOf(server(), 'planner')
  })
  after(async () => {
    await monitor.close()
    await planner.close()
  })

  test('fresh statistics and a sample agree; statistics falsified by a factor of a thousand do not', async () => {
    const fresh = answerOf(await ask('statistics-drift', { schema: 'shop', table: 'big' }))
    const leading = fresh.prefixes.find((prefix) => prefix.index === 'kc' && prefix.columns.length === 1)
    assert.ok((leading?.factor ?? 99) < 2.5, JSON.stringify(leading))
    assert.ok(fresh.sampledRows >= 900 && fresh.sampledRows <= 1_000)
    assert.equal(fresh.autoRecalc, false)
    assert.ok((fresh.ageSeconds ?? 999) < 120)
    assert.ok(fresh.prefixes.every((prefix) => prefix.index !== 'PRIMARY' && prefix.index !== 'ue'))
    await using root = await connectAs(server())
    await root.query(
      "UPDATE mysql.innodb_index_stats SET stat_value = 2 WHERE table_name = 'big' AND index_name = 'kc' AND stat_name = 'n_diff_pfx01'",
    )
    const stale = answerOf(await ask('statistics-drift', { schema: 'shop', table: 'big' }))
    const drifted = stale.prefixes.find((prefix) => prefix.index === 'kc' && prefix.columns.length === 1)
    assert.equal(drifted?.storedDistinct, 2)
    assert.ok((drifted?.factor ?? 0) > 400, JSON.stringify(drifted))
  })

  test('selectivity of columns: distinct by the collation, the heaviest value, NULLs, bytes', async () => {
    const found = answerOf(
      await ask('column-selectivity', {
        schema: 'shop',
        table: 'big',
        columns: ['customer_id', 'status', 'flag', 'email'],
      }),
    )
    assert.equal(found.from, 'sample')
    const [customer, status, flag, email] = found.columns
    assert.ok(customer && status && flag && email)
    assert.ok(customer.distinct > 1_000 && customer.distinct < 4_000, String(customer.distinct))
    assert.ok(status.distinct <= 6, `Done and done are one value: ${status.distinct}`)
    assert.ok(Math.abs((status.topShare ?? 0) - 0.85) < 0.1, String(status.topShare))
    assert.ok(Math.abs((flag.nullShare ?? 0) - 0.25) < 0.08, String(flag.nullShare))
    assert.ok(email.distinct > 20_000)
    assert.ok((email.topShare ?? 1) < 0.001)
    assert.ok(Math.abs((email.averageBytes ?? 0) - 20) < 3)
  })

  test('a small table is counted exactly', async () => {
    const found = answerOf(
      await ask('column-selectivity', { schema: 'shop', table: 'small', columns: ['a'] }),
    )
    assert.deepEqual(found.columns, [
      { column: 'a', distinct: 2, topShare: 2 / 3, nullShare: 0, averageBytes: 1 },
    ])
    assert.equal(found.rows, 3)
  })

  test('keys of hexadecimal text are sampled; keys of other text are said not to be', async () => {
    const hex = answerOf(await ask('statistics-drift', { schema: 'shop', table: 'texts' }))
    assert.ok((hex.prefixes[0]?.factor ?? 99) < 2 && hex.sampledRows > 500, JSON.stringify(hex))
    const words = await ask('statistics-drift', { schema: 'shop', table: 'words' })
    assert.ok(!words.known && /fair sample/.test(words.toProceed))
    const stored = answerOf(
      await ask('column-selectivity', { schema: 'shop', table: 'words', columns: ['a'] }),
    )
    assert.equal(stored.from, 'statistics')
  })

  test('where many rows share the first column of the key, each of its values is sampled and no count of values is doubted', async () => {
    const { columns, sampledRows } = answerOf(
      await ask('column-selectivity', { schema: 'shop', table: 'tenants', columns: ['tenant', 'no'] }),
    )
    assert.equal(columns.find((c) => c.column === 'tenant')?.distinct, 40)
    assert.ok(sampledRows >= 800 && sampledRows <= 1_200, String(sampledRows))
    assert.ok((columns.find((c) => c.column === 'no')?.distinct ?? 0) > 20_000)
    const drift = await ask('statistics-drift', { schema: 'shop', table: 'tenants' })
    assert.ok(!drift.known && /fair sample/.test(drift.toProceed))
  })

  test('of rows that share the first column of the key both ends are looked at, and large keys for what they are', async () => {
    const { columns } = answerOf(
      await ask('column-selectivity', {
        schema: 'shop',
        table: 'moved',
        columns: ['source', 'region', 'code', 'late'],
      }),
    )
    const share = (name: string): number => columns.find(({ column }) => column === name)?.topShare ?? 0
    assert.ok(share('source') > 0.8, `old rows alone are told apart by it: ${share('source')}`)
    assert.ok(share('late') > 0.8, `new rows alone are told apart by it: ${share('late')}`)
    assert.ok(share('region') > 0.7, `nine rows of ten are of one: ${share('region')}`)
    assert.ok(share('code') < 0.001, `each row has its own: ${share('code')}`)
  })

  test('one key with half of the rows is found among ten thousand, however rarely a random point meets it', async () => {
    for (const table of ['many', 'many', 'orders', 'orders']) {
      const { columns } = answerOf(
        await ask('column-selectivity', { schema: 'shop', table, columns: ['tenant', 'region'] }),
      )
      for (const { column, topShare } of columns)
        assert.ok(topShare !== null && topShare > 0.3 && topShare < 0.9, `${table}.${column}: ${topShare}`)
    }
  })

  test('rows that could only be read from one end are not taken for all of them', async () => {
    await using root = await connectAs(server(), undefined, 'shop')
    await root.query(
      'CREATE TABLE notes (tenant INT, title VARCHAR(200), source INT, PRIMARY KEY (tenant, title(20))) ENGINE=InnoDB',
    )
    await root.query(
      "INSERT INTO notes SELECT id % 40, CONCAT('t', LPAD(id, 6, '0')), IF(id < 4000, id, 0) FROM big",
    )
    await root.query('ANALYZE TABLE notes')
    const answer = await ask('column-selectivity', { schema: 'shop', table: 'notes', columns: ['source'] })
    assert.ok(!answer.known && /fair sample/.test(answer.toProceed), JSON.stringify(answer))
  })

  test('no value of a row is in an answer, and nothing was asked that could carry one back', async () => {
    const sent: string[] = []
    const spy = {
      query: (sql: string, values?: readonly (string | number | null)[]) => {
        sent.push(sql)
        return planner.query(sql, values)
      },
    }
    const answer = await createAsk(contextOf({ monitor }, { planner: spy }))('column-selectivity', {
      schema: 'shop',
      table: 'big',
      columns: ['email'],
    })
    assert.ok(!JSON.stringify(answer).includes('example.org'))
    for (const sql of sent.filter((item) => item.includes('email'))) assert.match(sql, /^SELECT SHA2\(/)
  })

  test('without a planner, unknown tables and unknown columns, the answer is unknown', async () => {
    const alone = createAsk(contextOf({ monitor }))
    assert.equal((await alone('statistics-drift', { schema: 'shop', table: 'big' })).known, false)
    assert.equal(
      (await alone('column-selectivity', { schema: 'shop', table: 'big', columns: ['flag'] })).known,
      false,
    )
    const stored = answerOf(
      await alone('column-selectivity', { schema: 'shop', table: 'big', columns: ['customer_id'] }),
    )
    assert.equal(stored.from, 'statistics')
    assert.equal((await ask('statistics-drift', { schema: 'shop', table: 'nope' })).known, false)
    assert.equal(
      (await ask('column-selectivity', { schema: 'shop', table: 'big', columns: ['nope'] })).known,
      false,
    )
  })
})
