import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DbmedicError } from '../../core/errors.ts'
import { Collision, DuplicateRow, failureOf } from './failures.ts'

const CONTEXT = { address: 'store.example/db', role: 'serve' }
const SECRET = 'a value of a row'

function driverError(fields: Record<string, unknown>): Error {
  return Object.assign(new Error(`something about '${SECRET}'`), { sqlMessage: SECRET, sql: SECRET }, fields)
}

describe('an error of a driver', () => {
  test('means the same on every store, and never repeats its text', () => {
    const cases: readonly (readonly [fields: Record<string, unknown>, code: string])[] = [
      [{ code: 'SQLITE_FULL' }, 'DBM_STORE_FULL'],
      [{ errno: 1114, code: 'ER_RECORD_FILE_FULL' }, 'DBM_STORE_FULL'],
      [{ code: 'SQLITE_READONLY_DBMOVED' }, 'DBM_STORE_READ_ONLY'],
      [{ errno: 1290, code: 'ER_OPTION_PREVENTS_STATEMENT' }, 'DBM_STORE_READ_ONLY'],
      [{ code: 'SQLITE_CORRUPT_INDEX' }, 'DBM_STORE_DAMAGED'],
      [{ code: 'SQLITE_IOERR_FSYNC' }, 'DBM_STORE_IO'],
      [{ errno: 1449, code: 'ER_NO_SUCH_USER' }, 'DBM_STORE_OWNER'],
      [{ errno: 1419, code: 'ER_BINLOG_CREATE_ROUTINE_NEED_SUPER' }, 'DBM_STORE_BINARY_LOG'],
      [{ errno: 1040, code: 'ER_CON_COUNT_ERROR' }, 'DBM_STORE_UNREACHABLE'],
      [{ errno: 1047, code: 'ER_UNKNOWN_COM_ERROR' }, 'DBM_STORE_UNREACHABLE'],
      [{ errno: -111, code: 'ECONNREFUSED' }, 'DBM_STORE_UNREACHABLE'],
      [{ code: 'PROTOCOL_CONNECTION_LOST' }, 'DBM_STORE_UNREACHABLE'],
      [{ errno: 1045, code: 'ER_ACCESS_DENIED_ERROR' }, 'DBM_STORE_LOGIN'],
      [{ errno: 1130, code: 'ER_HOST_NOT_PRIVILEGED' }, 'DBM_STORE_LOGIN'],
      [{ errno: 4151, code: 'ER_ACCOUNT_HAS_BEEN_LOCKED' }, 'DBM_STORE_LOGIN'],
      [{ code: 'AUTH_SWITCH_PLUGIN_ERROR' }, 'DBM_STORE_LOGIN'],
      [{ errno: 1044, code: 'ER_DBACCESS_DENIED_ERROR' }, 'DBM_STORE_DENIED'],
      [{ errno: 1142, code: 'ER_TABLEACCESS_DENIED_ERROR' }, 'DBM_STORE_DENIED'],
      [{ code: 'SQLITE_CONSTRAINT_FOREIGNKEY' }, 'DBM_STORE_REFUSED'],
      // mysql2 names MariaDB's CHECK error after another one of InnoDB: only the number counts.
      [{ errno: 4025, code: 'ER_INNODB_AUTOEXTEND_SIZE_OUT_OF_RANGE' }, 'DBM_STORE_REFUSED'],
      [{ errno: 3819, code: 'ER_CHECK_CONSTRAINT_VIOLATED' }, 'DBM_STORE_REFUSED'],
      [{ errno: 1054, code: 'ER_BAD_FIELD_ERROR' }, 'DBM_STORE_STATEMENT'],
      [{ code: 'SQLITE_ERROR' }, 'DBM_STORE_STATEMENT'],
    ]
    for (const [fields, code] of cases) {
      const failure = failureOf(driverError(fields), CONTEXT)
      assert.ok(failure instanceof DbmedicError, JSON.stringify(fields))
      assert.equal(failure.code, code, JSON.stringify(fields))
      assert.ok(
        !`${failure.message}${failure.detail}${failure.hint}${String(failure.cause)}`.includes(SECRET),
      )
    }
  })

  test('that is a collision may be tried again, and one of a key is told apart', () => {
    for (const fields of [
      { code: 'SQLITE_BUSY' },
      { code: 'SQLITE_BUSY_SNAPSHOT' },
      { errno: 1213 },
      { errno: 1205 },
      { errno: 1020 },
      { errno: 3101 },
    ]) {
      assert.ok(failureOf(driverError(fields), CONTEXT) instanceof Collision, JSON.stringify(fields))
    }
    const duplicate = Object.assign(new Error(`Duplicate entry '${SECRET}' for key 'detection_events_uq1'`), {
      errno: 1062,
    })
    const failure = failureOf(duplicate, CONTEXT)
    assert.ok(failure instanceof DuplicateRow)
    assert.equal(failure.key, 'detection_events_uq1')
    assert.ok(failureOf(driverError({ code: 'SQLITE_CONSTRAINT_UNIQUE' }), CONTEXT) instanceof DuplicateRow)
  })

  test('that is a rule of the store carries the rule', () => {
    const refused = failureOf(
      Object.assign(new Error('GOV-033 the proposer cannot approve'), { errno: 1644 }),
      CONTEXT,
    )
    assert.match(refused.message, /GOV-033 the proposer cannot approve/)
    const value = Object.assign(new Error(`Duplicate entry 'GOV-033 ${SECRET}' for key 'k'`), { errno: 1062 })
    assert.ok(failureOf(value, CONTEXT) instanceof DuplicateRow, 'a value of a row is no rule')
    const replaced = failureOf(
      Object.assign(new Error('GOV-006 a row'), { code: 'SQLITE_CONSTRAINT_TRIGGER' }),
      CONTEXT,
    )
    assert.ok(replaced instanceof DuplicateRow)
  })
})
