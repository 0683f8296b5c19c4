import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fingerprintId, MARIADB, MYSQL } from '../../sql/index.ts'
import { asWritten, withPlainValues } from './named-constants.ts'

const SHOWN =
  "SELECT COUNT(*) FROM t WHERE a =  NAME_CONST('who',-2) AND b =  NAME_CONST('wh_at',_utf8mb4'it''s, (a)' COLLATE 'utf8mb4_general_ci')"
const WRITTEN = 'SELECT COUNT(*) FROM t WHERE a = who AND b = wh_at'

test('what a server shows of a statement in a program has the class of what was written', () => {
  for (const dialect of [MARIADB, MYSQL])
    assert.equal(fingerprintId(asWritten(SHOWN, dialect), dialect), fingerprintId(WRITTEN, dialect))
})

test('values stay without character set and collation', () =>
  assert.equal(withPlainValues(SHOWN, MYSQL), "SELECT COUNT(*) FROM t WHERE a =  -2 AND b =  'it''s, (a)'"))

test('a call that no server wrote, or a cut one, stays', () => {
  for (const sql of ['SELECT NAME_CONST(a, 1)', "SELECT NAME_CONST('a b', 1)", "SELECT NAME_CONST('a', 1"])
    assert.deepEqual([asWritten(sql, MYSQL), withPlainValues(sql, MYSQL)], [sql, sql])
})

test('any other text stays as it is, whatever it is', () =>
  fc.assert(
    fc.property(
      fc.string(),
      (sql) => sql.toLowerCase().includes('name_const') || asWritten(sql, MYSQL) === sql,
    ),
  ))
