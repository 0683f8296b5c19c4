/**
 * Applies and takes back the store's migrations. A row of `schema_versions` inserted first is the lock and the
 * record; on the MySQL family, where DDL commits by itself, it also counts the statements that are done, so that
 * a run that died in the middle is resumed where it stopped.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { DbmedicError } from '../core/errors.ts'
import { type Migration, migrations } from './migrations/list.ts'
import type { Row, Session } from './session.ts'

/** How to migrate. */
export interface MigrateOptions {
  /** How long to wait for another runner, ms. Default 60,000. */
  readonly waitMs?: number
  /** Account that owns triggers and routines on the MySQL family, e.g. `'dbmedic_owner'@'localhost'`; default the caller. */
  readonly definer?: string
  /** Called before and after each statement; a test makes it throw, as a crash would. */
  readonly onStatement?: (moment: 'before' | 'after', version: number, index: number) => void
}

/** One migration and where the store stands with it. */
export interface MigrationStatus {
  readonly version: number
  readonly name: string
  readonly state: 'PENDING' | 'APPLYING' | 'APPLIED' | 'REVERTING'
  readonly appliedAt: string | null
}

const VERSIONS = {
  sqlite: `CREATE TABLE IF NOT EXISTS schema_versions (
  version INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, state TEXT NOT NULL,
  runner TEXT NOT NULL, server TEXT NOT NULL, statements_done INTEGER NOT NULL DEFAULT 0,
  started_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')), finished_at TEXT NULL) STRICT`,
  mysql: `CREATE TABLE IF NOT EXISTS schema_versions (
  version INT NOT NULL PRIMARY KEY, name VARCHAR(100) NOT NULL, checksum CHAR(64) NOT NULL, state VARCHAR(16) NOT NULL,
  runner VARCHAR(100) NOT NULL, server VARCHAR(200) NOT NULL, statements_done INT NOT NULL DEFAULT 0,
  started_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6), finished_at DATETIME(6) NULL) ENGINE = InnoDB CHARACTER SET ascii`,
} as const

/** Where the store stands: every migration of this program, and versions of a newer one. Changes nothing. */
export async function status(session: Session): Promise<readonly MigrationStatus[]> {
  const rows = await versionRows(session)
  const known = migrations(session.dialect)
  const applied = new Map(rows.map((row) => [Number(row['version']), row]))
  const ours = known.map(({ version, name }) => statusOf(version, name, applied.get(version)))
  const newer = rows.filter((row) => Number(row['version']) > known.length)
  return [...ours, ...newer.map((row) => statusOf(Number(row['version']), String(row['name']), row))]
}

function statusOf(version: number, name: string, row: Row | undefined): MigrationStatus {
  if (row === undefined) return { version, name, state: 'PENDING', appliedAt: null }
  const state = String(row['state']) as MigrationStatus['state']
  return { version, name, state, appliedAt: row['finished_at'] === null ? null : String(row['finished_at']) }
}

async function versionRows(session: Session): Promise<readonly Row[]> {
  const exists =
    session.dialect === 'sqlite'
      ? "SELECT 1 AS found FROM sqlite_master WHERE type = 'table' AND name = 'schema_versions'"
      : "SELECT 1 AS found FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'schema_versions'"
  if ((await session.rows(exists)).length === 0) return []
  return session.rows('SELECT * FROM schema_versions ORDER BY version')
}

/**
 * Applies every pending migration; gives the versions applied by this call.
 * @throws DbmedicError DBM_STORE_MIGRATING while another runner works beyond `waitMs`; DBM_STORE_CHANGED if an
 *   applied migration's text is not this program's; whatever a statement throws.
 */
export async function up(session: Session, options: MigrateOptions = {}): Promise<readonly number[]> {
  return locked(session, options, async () => {
    await session.run(VERSIONS[session.dialect])
    const done: number[] = []
    for (const migration of migrations(session.dialect)) {
      if (await apply(session, migration, options)) done.push(migration.version)
    }
    return done
  })
}

/**
 * Takes back the newest `count` migrations, newest first; gives their versions. Rows are lost with their
 * tables: the command line shows what would go and asks for `--execute`.
 * @throws as `up`; RangeError if `count` is not at least 1.
 */
export async function rollback(
  session: Session,
  count: number,
  options: MigrateOptions = {},
): Promise<readonly number[]> {
  if (!Number.isInteger(count) || count < 1) throw new RangeError('roll back at least one migration')
  return locked(session, options, async () => {
    const known = migrations(session.dialect)
    const rows = [...(await versionRows(session))].reverse().slice(0, count)
    const done: number[] = []
    for (const row of rows) {
      const version = Number(row['version'])
      const migration = known.find((each) => each.version === version)
      if (migration === undefined)
        throw new DbmedicError('DBM_STORE_NEWER', { found: version, needed: known.length })
      await revert(session, { migration, row, options })
      done.push(version)
    }
    return done
  })
}

/** @throws DbmedicError DBM_STORE_VERSION or DBM_STORE_NEWER unless the store is exactly at this program's version. */
export async function requireCurrent(session: Session): Promise<void> {
  const all = await status(session)
  const needed = migrations(session.dialect).length
  const newest = all.at(-1)?.version ?? 0
  if (newest > needed) throw new DbmedicError('DBM_STORE_NEWER', { found: newest, needed })
  const found = all.filter((each) => each.state === 'APPLIED').length
  if (found !== needed || all.length !== needed)
    throw new DbmedicError('DBM_STORE_VERSION', { found, needed })
}

async function apply(session: Session, migration: Migration, options: MigrateOptions): Promise<boolean> {
  const [row] = await session.rows('SELECT * FROM schema_versions WHERE version = ?', [migration.version])
  if (row !== undefined && row['checksum'] !== migration.checksum) {
    throw new DbmedicError('DBM_STORE_CHANGED', { version: migration.version, name: migration.name })
  }
  if (row?.['state'] === 'APPLIED') return false
  if (row?.['state'] === 'REVERTING') await revert(session, { migration, row, options })
  const resumed =
    row?.['state'] === 'APPLYING' ? await takeOver(session, row) : await begin(session, migration)
  await statements(session, { migration, options, list: migration.up, from: resumed })
  await session.rows(
    `UPDATE schema_versions SET state = 'APPLIED', finished_at = ${now(session)} WHERE version = ?`,
    [migration.version],
  )
  return true
}

const now = (session: Session): string =>
  session.dialect === 'sqlite' ? "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')" : 'SYSDATE(6)'

async function begin(session: Session, migration: Migration): Promise<number> {
  await session.rows(
    "INSERT INTO schema_versions (version, name, checksum, state, runner, server) VALUES (?, ?, ?, 'APPLYING', ?, ?)",
    [migration.version, migration.name, migration.checksum, randomUUID(), await serverOf(session)],
  )
  return 0
}

/** Which server holds the advisory lock of a run. A row left by another server may belong to a live runner there. */
async function serverOf(session: Session): Promise<string> {
  if (session.dialect === 'sqlite') return 'file'
  const [row] = await session.rows("SELECT CONCAT(@@hostname, ':', @@port, ':', @@server_id) AS server")
  return String(row?.['server'])
}

async function takeOver(session: Session, row: Row): Promise<number> {
  const server = await serverOf(session)
  if (row['server'] !== server)
    throw new DbmedicError('DBM_STORE_MIGRATING', { holder: String(row['server']) })
  return Number(row['statements_done'])
}

async function revert(
  session: Session,
  work: { readonly migration: Migration; readonly row: Row; readonly options: MigrateOptions },
): Promise<void> {
  const { migration, row, options } = work
  const resumed = row['state'] === 'REVERTING' ? await takeOver(session, row) : 0
  if (resumed === 0) {
    await session.rows(
      "UPDATE schema_versions SET state = 'REVERTING', statements_done = 0 WHERE version = ?",
      [migration.version],
    )
  }
  await statements(session, { migration, options, list: migration.down, from: resumed })
  await session.rows('DELETE FROM schema_versions WHERE version = ?', [migration.version])
}

/** Statements of a migration to run, from the one after `from` that were noted as done. */
interface StatementWork {
  readonly migration: Migration
  readonly options: MigrateOptions
  readonly list: readonly string[]
  readonly from: number
}

async function statements(session: Session, work: StatementWork): Promise<void> {
  const { migration, options } = work
  const first = resumeAt(work.list, work.from)
  for (const [index, statement] of work.list.entries()) {
    if (index < first) {
      if (isSessionSetting(statement)) await session.run(statement)
      continue
    }
    options.onStatement?.('before', migration.version, index)
    await session.run(withDefiner(statement, options.definer))
    options.onStatement?.('after', migration.version, index)
    await session.rows('UPDATE schema_versions SET statements_done = ? WHERE version = ?', [
      index + 1,
      migration.version,
    ])
  }
}

/**
 * Where to go on after `done` statements are noted. The statement after them may have run without being noted;
 * a CREATE without IF NOT EXISTS is only harmless again after the DROP just before it.
 */
function resumeAt(list: readonly string[], done: number): number {
  return done > 0 && /^DROP /m.test(list[done - 1] ?? '') ? done - 1 : done
}

/** Settings of the session are lost with the connection that died: they are made again. */
const isSessionSetting = (statement: string): boolean => /^SET SESSION /m.test(statement)

const ACCOUNT = /^'[A-Za-z0-9_.-]{1,32}'@'[A-Za-z0-9_.%:-]{1,255}'$/

function withDefiner(statement: string, definer: string | undefined): string {
  if (definer === undefined) return statement
  if (!ACCOUNT.test(definer)) throw new RangeError("the definer must be written as 'user'@'host'")
  return statement.replace('DEFINER = CURRENT_USER', () => `DEFINER = ${definer}`)
}

/** One runner at a time: SQLite by its single writer, the MySQL family by an advisory lock that dies with its holder. */
async function locked<T>(session: Session, options: MigrateOptions, work: () => Promise<T>): Promise<T> {
  const waitMs = options.waitMs ?? 60_000
  return session.dialect === 'sqlite'
    ? inTransaction(session, waitMs, work)
    : underLock(session, waitMs, work)
}

async function inTransaction<T>(session: Session, waitMs: number, work: () => Promise<T>): Promise<T> {
  await beginImmediate(session, waitMs)
  try {
    const result = await work()
    await session.run('COMMIT')
    return result
  } catch (error) {
    await session.run('ROLLBACK')
    throw error
  }
}

async function beginImmediate(session: Session, waitMs: number): Promise<void> {
  const until = performance.now() + waitMs
  for (;;) {
    try {
      await session.run('BEGIN IMMEDIATE')
      return
    } catch (error) {
      const busy = error instanceof Error && /locked|busy/i.test(error.message)
      if (!busy || performance.now() >= until) {
        throw busy ? new DbmedicError('DBM_STORE_MIGRATING', { holder: 'another process' }, error) : error
      }
      await sleep(50)
    }
  }
}

async function underLock<T>(session: Session, waitMs: number, work: () => Promise<T>): Promise<T> {
  // Names of advisory locks are server-wide and at most 64 characters: one a database.
  const name = "CONCAT('dbmedic:', LEFT(SHA2(DATABASE(), 256), 40))"
  const [row] = await session.rows(`SELECT GET_LOCK(${name}, ${Math.ceil(waitMs / 1000)}) AS got`)
  if (Number(row?.['got']) !== 1) {
    const [holder] = await session.rows(`SELECT IS_USED_LOCK(${name}) AS id`)
    throw new DbmedicError('DBM_STORE_MIGRATING', { holder: `connection ${String(holder?.['id'])}` })
  }
  try {
    await session.run('SET NAMES utf8mb4 COLLATE utf8mb4_bin')
    await session.run(
      "SET SESSION time_zone = '+00:00', foreign_key_checks = 1, unique_checks = 1, sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'",
    )
    return await work()
  } finally {
    await session.rows(`SELECT RELEASE_LOCK(${name}) AS released`).catch(() => [])
  }
}
