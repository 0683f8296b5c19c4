/** The guard around better-sqlite3 and node:sqlite, with a second process's worth of contention on one file. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import Database from 'better-sqlite3'
import {
  closeGuard,
  type FailureReport,
  guard,
  guardedTransaction,
  guardStatistics,
} from '../../guard/src/index.ts'

/** What both drivers have, as far as it is used here. */
interface AnyDatabase {
  exec(sql: string): unknown
  prepare(sql: string): {
    run(...values: (string | number)[]): unknown
    get(...values: (string | number)[]): unknown
  }
  close(): unknown
}

const DRIVERS: readonly (readonly [name: string, open: (file: string) => AnyDatabase])[] = [
  ['better-sqlite3', (file) => new Database(file, { timeout: 0 })],
  ['node:sqlite', (file) => new DatabaseSync(file, { timeout: 0 })],
]

for (const [name, open] of DRIVERS) {
  describe(`a guarded database of ${name}`, () => {
    test('throws the driver’s error and reports each once, without values', async () => {
      const seen: FailureReport[] = []
      const db = guard(open(':memory:'), { onReport: (report) => seen.push(report) })
      db.exec('CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT UNIQUE)')
      const insert = db.prepare('INSERT INTO users (email) VALUES (?)')
      insert.run('zqx7')
      assert.throws(() => insert.run('zqx7'), /UNIQUE constraint failed: users\.email/)
      assert.throws(() => db.prepare("SELECT * FROM payroll WHERE a = 'zqx7'"), /no such table/)
      await closeGuard(db)
      assert.deepEqual(
        seen.map(({ type, object }) => [type, object]),
        [
          ['DUPLICATE_KEY', 'users.email'],
          ['TABLE_NOT_FOUND', 'payroll'],
        ],
      )
      assert.equal(seen[0]?.statement?.text, 'insert into users (email) values (...)')
      assert.equal(seen[0]?.callSite?.file, 'test/guard/sqlite.test.ts')
      assert.ok(!JSON.stringify(seen).includes('zqx7'))
      db.close()
    })

    test('a transaction that finds the file locked is run again, and counts once', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'dbmedic-guard-'))
      const file = join(folder, 'a.db')
      const holder = open(file)
      holder.exec(
        'PRAGMA journal_mode = WAL; CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (0); BEGIN IMMEDIATE',
      )
      const db = guard(open(file), {
        retry: { attempts: 1e6, baseMs: 10, capMs: 20, budget: Number.POSITIVE_INFINITY, breakerAfter: 1e6 },
      })
      const release = setInterval(() => {
        if (guardStatistics(db).retries === 0) return
        clearInterval(release)
        holder.exec('COMMIT')
      }, 5)
      let runs = 0
      const value = await guardedTransaction(db, (inside) => {
        runs += 1
        inside.exec('UPDATE t SET n = n + 1')
        return 'done'
      })
      assert.equal(value, 'done')
      assert.equal(runs, 1)
      assert.ok(guardStatistics(db).retries > 0)
      assert.deepEqual({ ...(db.prepare('SELECT n FROM t').get() as object) }, { n: 1 })
      for (const each of [holder, db]) each.close()
      rmSync(folder, { recursive: true })
    })

    test('what a transaction throws is thrown, and leaves nothing behind', async () => {
      const db = guard(open(':memory:'))
      db.exec('CREATE TABLE t (n INTEGER)')
      const own = new Error('no')
      const fails = guardedTransaction(db, (inside) => {
        inside.exec('INSERT INTO t VALUES (1)')
        throw own
      })
      await assert.rejects(fails, (thrown) => thrown === own)
      await assert.rejects(
        guardedTransaction(db, async () => undefined),
        /must not wait/,
      )
      db.exec('BEGIN')
      await assert.rejects(
        guardedTransaction(db, () => 1),
        /a transaction is open/,
      )
      db.exec('ROLLBACK')
      assert.deepEqual({ ...(db.prepare('SELECT count(*) AS n FROM t').get() as object) }, { n: 0 })
      db.close()
    })
  })
}
