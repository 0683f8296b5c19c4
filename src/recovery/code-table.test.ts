import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ERROR_ENGINES, errorEngineOf } from './engines.ts'
import { isErrorType } from './error-types.ts'
import { mysqlErrorType } from './mysql/code-types.ts'
import { postgresErrorType } from './postgres/code-types.ts'
import { sqliteErrorType } from './sqlite/code-types.ts'

const table = (engine: string) => {
  const found = errorEngineOf(engine)
  assert.ok(found, engine)
  return found.codes()
}
const typeIn = (engine: string, code: string) => table(engine).row(code)?.type

/** Fewest codes of each engine that a client can be sent; a catalogue made anew must not lose some. */
const FEWEST: Readonly<Record<string, number>> = {
  mysql: 1900,
  mariadb: 1150,
  postgresql: 250,
  sqlite: 100,
  mongodb: 450,
  redis: 35,
  oracle: 600,
}

/** The codes of the taxonomy: engine, type, codes. */
const TAXONOMY: readonly (readonly [string, string, string])[] = [
  ['mysql', 'TABLE_NOT_FOUND', '1146 1051'],
  ['mysql', 'COLUMN_NOT_FOUND', '1054'],
  ['mysql', 'SYNTAX_ERROR', '1064 1149'],
  ['mysql', 'CONNECTION_ERROR', '2002 2003 2005 1042 1129 1130'],
  ['mysql', 'SERVER_GONE', '2006 2013 1053'],
  ['mariadb', 'SERVER_GONE', '1927'],
  ['mysql', 'TOO_MANY_CONNECTIONS', '1040 1203 1226'],
  ['mysql', 'DEADLOCK', '1213'],
  ['mariadb', 'SERIALIZATION', '1020'],
  ['mysql', 'LOCK_TIMEOUT', '1205 3572'],
  ['mysql', 'STATEMENT_TIMEOUT', '3024 1317'],
  ['mariadb', 'STATEMENT_TIMEOUT', '1969 1317'],
  ['mysql', 'ACCESS_DENIED', '1044 1045 1142 1143 1227 1370'],
  ['mysql', 'DISK_FULL', '1021 1114'],
  ['mysql', 'OOM', '1037 1038 1041'],
  ['mysql', 'DUPLICATE_KEY', '1062 1586'],
  ['mysql', 'FK_VIOLATION', '1451 1452 1216 1217'],
  ['mysql', 'NOT_NULL', '1048 1364'],
  ['mysql', 'CHECK', '3819'],
  ['mariadb', 'CHECK', '4025'],
  ['mysql', 'DATA_TOO_LONG', '1406 1265'],
  ['mysql', 'RANGE', '1264'],
  ['mysql', 'TYPE_MISMATCH', '1366 1292 1411'],
  ['mysql', 'READ_ONLY', '1290 1792 1836'],
  ['mysql', 'REPLICATION', '1236 1594 1872'],
  ['mysql', 'CORRUPTION', '1034 1712'],
  ['mysql', 'GOVERNANCE', '1644'],
  ['postgresql', 'TABLE_NOT_FOUND', '42P01'],
  ['postgresql', 'COLUMN_NOT_FOUND', '42703'],
  ['postgresql', 'SYNTAX_ERROR', '42601'],
  ['postgresql', 'CONNECTION_ERROR', '08000 08001 57P03'],
  ['postgresql', 'SERVER_GONE', '57P01 57P02 08006'],
  ['postgresql', 'TOO_MANY_CONNECTIONS', '53300'],
  ['postgresql', 'DEADLOCK', '40P01'],
  ['postgresql', 'SERIALIZATION', '40001'],
  ['postgresql', 'LOCK_TIMEOUT', '55P03'],
  ['postgresql', 'STATEMENT_TIMEOUT', '57014'],
  ['postgresql', 'ACCESS_DENIED', '28000 28P01 42501'],
  ['postgresql', 'DISK_FULL', '53100'],
  ['postgresql', 'OOM', '53200'],
  ['postgresql', 'DUPLICATE_KEY', '23505'],
  ['postgresql', 'FK_VIOLATION', '23503'],
  ['postgresql', 'NOT_NULL', '23502'],
  ['postgresql', 'CHECK', '23514'],
  ['postgresql', 'DATA_TOO_LONG', '22001'],
  ['postgresql', 'RANGE', '22003'],
  ['postgresql', 'TYPE_MISMATCH', '22P02 42804'],
  ['postgresql', 'READ_ONLY', '25006'],
  ['postgresql', 'REPLICATION', '58P01'],
  ['postgresql', 'CORRUPTION', 'XX001 XX002'],
  ['postgresql', 'GOVERNANCE', 'P0001'],
  ['sqlite', 'CONNECTION_ERROR', 'SQLITE_CANTOPEN'],
  ['sqlite', 'SERIALIZATION', 'SQLITE_BUSY_SNAPSHOT'],
  ['sqlite', 'LOCK_TIMEOUT', 'SQLITE_BUSY SQLITE_LOCKED'],
  ['sqlite', 'STATEMENT_TIMEOUT', 'SQLITE_INTERRUPT'],
  ['sqlite', 'ACCESS_DENIED', 'SQLITE_AUTH SQLITE_PERM'],
  ['sqlite', 'DISK_FULL', 'SQLITE_FULL'],
  ['sqlite', 'OOM', 'SQLITE_NOMEM'],
  ['sqlite', 'DUPLICATE_KEY', 'SQLITE_CONSTRAINT_UNIQUE SQLITE_CONSTRAINT_PRIMARYKEY'],
  ['sqlite', 'FK_VIOLATION', 'SQLITE_CONSTRAINT_FOREIGNKEY'],
  ['sqlite', 'NOT_NULL', 'SQLITE_CONSTRAINT_NOTNULL'],
  ['sqlite', 'CHECK', 'SQLITE_CONSTRAINT_CHECK'],
  ['sqlite', 'DATA_TOO_LONG', 'SQLITE_TOOBIG'],
  ['sqlite', 'TYPE_MISMATCH', 'SQLITE_MISMATCH SQLITE_CONSTRAINT_DATATYPE'],
  ['sqlite', 'READ_ONLY', 'SQLITE_READONLY'],
  ['sqlite', 'CORRUPTION', 'SQLITE_CORRUPT SQLITE_NOTADB'],
  ['sqlite', 'GOVERNANCE', 'SQLITE_CONSTRAINT_TRIGGER'],
  ['mongodb', 'TABLE_NOT_FOUND', '26'],
  ['mongodb', 'SYNTAX_ERROR', '9'],
  ['mongodb', 'CONNECTION_ERROR', '6 7 89'],
  ['mongodb', 'SERVER_GONE', '91 11600 9001'],
  ['mongodb', 'SERIALIZATION', '112 251'],
  ['mongodb', 'LOCK_TIMEOUT', '24 46'],
  ['mongodb', 'STATEMENT_TIMEOUT', '50'],
  ['mongodb', 'ACCESS_DENIED', '13 18'],
  ['mongodb', 'DISK_FULL', '14031'],
  ['mongodb', 'OOM', '146'],
  ['mongodb', 'DUPLICATE_KEY', '11000'],
  ['mongodb', 'CHECK', '121'],
  ['mongodb', 'DATA_TOO_LONG', '10334'],
  ['mongodb', 'TYPE_MISMATCH', '14'],
  ['mongodb', 'READ_ONLY', '10107 13435'],
  ['mongodb', 'REPLICATION', '189 11602'],
  ['redis', 'CONNECTION_ERROR', 'LOADING'],
  ['redis', 'SERIALIZATION', 'EXECABORT'],
  ['redis', 'LOCK_TIMEOUT', 'BUSY'],
  ['redis', 'ACCESS_DENIED', 'NOPERM NOAUTH WRONGPASS'],
  ['redis', 'DISK_FULL', 'MISCONF'],
  ['redis', 'OOM', 'OOM'],
  ['redis', 'TYPE_MISMATCH', 'WRONGTYPE'],
  ['redis', 'READ_ONLY', 'READONLY'],
  ['redis', 'REPLICATION', 'MASTERDOWN'],
  ['oracle', 'TABLE_NOT_FOUND', 'ORA-00942'],
  ['oracle', 'DEADLOCK', 'ORA-00060'],
  ['oracle', 'DUPLICATE_KEY', 'ORA-00001'],
  ['oracle', 'SERIALIZATION', 'ORA-08177 ORA-01555'],
]

describe('the catalogue of codes', () => {
  test('holds at least 2,500 codes that clients can be sent, and of each engine no fewer than before', () => {
    const counts = new Map(
      ERROR_ENGINES.map((e) => [e.id, e.codes().rows.filter((r) => r.type !== 'SERVER_LOG').length]),
    )
    const total = [...counts.values()].reduce((sum, n) => sum + n, 0)
    assert.ok(total >= 2500, `${total} codes`)
    for (const [engine, fewest] of Object.entries(FEWEST))
      assert.ok((counts.get(engine) ?? 0) >= fewest, `${engine}: ${counts.get(engine)} of ${fewest}`)
    assert.deepEqual([...counts.keys()].sort(), Object.keys(FEWEST).sort())
  })

  test('has each code of an engine once, with a type of the taxonomy and a source', () => {
    for (const engine of ERROR_ENGINES) {
      const { rows, sources } = engine.codes()
      assert.equal(new Set(rows.map((r) => r.code)).size, rows.length, engine.id)
      assert.ok(rows.every((r) => isErrorType(r.type)))
      assert.ok(sources.length > 0 && sources.every((s) => /\d/.test(s) || s.includes('https://')), engine.id)
    }
  })

  for (const [engine, type, codes] of TAXONOMY) {
    test(`${engine} ${codes} is ${type}`, () => {
      for (const code of codes.split(' ')) assert.equal(typeIn(engine, code), type, code)
    })
  }

  test('has the types that the rules give today', () => {
    const off = [
      ...['mysql', 'mariadb'].flatMap((engine) =>
        table(engine).rows.filter((r) => !r.symbol.startsWith('CR_') && mysqlErrorType(r) !== r.type),
      ),
      ...table('postgresql').rows.filter((r) => postgresErrorType(r.code) !== r.type),
      ...table('sqlite').rows.filter((r) => sqliteErrorType(r.code) !== r.type),
    ]
    assert.deepEqual(off, [])
  })

  test('leaves no more than a twentieth of what clients are sent as OTHER', () => {
    const sent = ERROR_ENGINES.flatMap((e) => e.codes().rows).filter((r) => r.type !== 'SERVER_LOG')
    const other = sent.filter((r) => r.type === 'OTHER')
    assert.ok(other.length * 20 <= sent.length, `${other.length} of ${sent.length}`)
  })
})
