import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { MARIADB, MYSQL, POSTGRESQL, SQLITE, statementTables } from './index.ts'

const names = (sql: string, dialect = MYSQL): string[] => statementTables(sql, dialect).map((t) => t.name)

describe('the tables of a statement', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["INSERT INTO shop.`orders` (a, b) VALUES (1, 'from x')", ['shop.orders']],
    ['INSERT IGNORE INTO orders SELECT * FROM old_orders', ['orders', 'old_orders']],
    ['REPLACE INTO t VALUES (1)', ['t']],
    ['UPDATE LOW_PRIORITY t SET a = 1', ['t']],
    ['DELETE FROM t WHERE a IN (SELECT b FROM u)', ['t', 'u']],
    ['SELECT * FROM a, b c, (SELECT 1 FROM d) e', ['a', 'b', 'd']],
    ['SELECT EXTRACT(YEAR FROM d), TRIM(LEADING FROM x) FROM t', ['t']],
    ['INSERT INTO t VALUES (1) ON DUPLICATE KEY UPDATE x = 2', ['t']],
    ['SELECT 1 FROM t FOR UPDATE', ['t']],
    ['DROP TABLE IF EXISTS `a``b`', ['a`b']],
    ['TRUNCATE TABLE z', ['z']],
    ['ALTER TABLE t ADD COLUMN c INT', ['t']],
    ["SELECT 'from a' -- from b\n/* from c */ FROM d", ['d']],
    ['SELECT 1', []],
  ]
  for (const [sql, expected] of cases) test(sql, () => assert.deepEqual(names(sql), expected))

  test('come with what the statement calls them', () => {
    assert.deepEqual(
      statementTables('SELECT o.x FROM shop.orders AS o JOIN items i ON i.o = o.id', MARIADB),
      [
        { name: 'shop.orders', alias: 'o' },
        { name: 'items', alias: 'i' },
      ],
    )
    assert.equal(statementTables('SELECT 1 FROM shop.orders WHERE 1', MARIADB)[0]?.alias, 'orders')
  })

  test('are read by the quotes of the dialect', () => {
    assert.deepEqual(names('SELECT 1 FROM "a b"."c"', POSTGRESQL), ['a b.c'])
    assert.deepEqual(names('SELECT 1 FROM [a b]', SQLITE), ['a b'])
    assert.deepEqual(names('SELECT 1 IS DISTINCT FROM x FROM t', POSTGRESQL), ['t'])
  })

  test('are at most 16, and no text makes the reader throw', () => {
    const many = `SELECT 1 FROM ${Array.from({ length: 40 }, (_, i) => `t${i}`).join(', ')}`
    assert.equal(names(many).length, 16)
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (sql) => statementTables(sql, MYSQL).length <= 16),
      { numRuns: 300 },
    )
  })
})
