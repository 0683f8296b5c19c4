/**
 * How the store itself fares: what the records of errors and recovery take, how fast they grow, how attempts go, how long its
 * statements take. Each is a condition with a limit; what cannot be told is `unknown`, never well.
 */
import { sql } from 'kysely'
import type { Report } from '../../../core/reports.ts'
import { statement } from '../../database/raw-sql.ts'
import { SLOW_STATEMENT_MS } from '../../database/statement-times.ts'
import type { StoreDatabase } from '../../database/store-database.ts'
import { DIALECTS } from '../../schema/dialect.ts'

/** Most bytes the records of errors and recovery may take, and grow by in a day. */
const BYTES_MOST = 1_000_000_000
const BYTES_A_DAY_MOST = 100_000_000
/** Largest share of attempts that may fail, of those that ended within a day, and how many tell anything. */
const FAILED_MOST = 0.8
const ATTEMPTS_LEAST = 5
/** Attempts that are looked at, the newest. */
const ATTEMPTS_LOOKED = 20_000
/** Rows of a table whose time is looked at; a table that grows by more has passed its limit long before. */
const ROWS_LOOKED = 1_000_000
/** What a row with its indexes is taken for while a table has too few to tell from, bytes. */
const ROW_BYTES = 1_000
const ROWS_TO_TELL = 100

/** What is recorded of errors and recovery, and how its newest rows are found. Only rows of lasting tables: batches go after two days. */
const TABLES = [
  { table: 'failure_patterns', key: 'pattern_id', at: 'first_seen_at' },
  { table: 'failure_sites', key: 'site_id', at: 'first_seen_at' },
  { table: 'recovery_tasks', key: 'task_id', at: 'created_at' },
  { table: 'recovery_explanations', key: 'explanation_id', at: 'created_at' },
  { table: 'recovery_attempts', key: 'attempt_id', at: 'started_at' },
] as const

/** One condition. */
interface Condition {
  readonly condition: string
  /** Null: not known. */
  readonly value: number | null
  readonly limit: number
  readonly unit: 'bytes' | 'share' | 'ms'
  readonly counts: string
}

type Ask = <R>(text: string) => Promise<readonly R[]>

/** The conditions and the statements they come from. */
export async function healthReport(db: StoreDatabase): Promise<Report> {
  const ran: string[] = []
  const ask: Ask = (text) => {
    ran.push(text)
    return db.all(statement(db.dialect, sql.raw(text)))
  }
  const sizes = await sizesOf(db, ask)
  const conditions = [
    await growth(db, ask, sizes),
    total(sizes),
    await failedAttempts(db, ask),
    slowestStatement(db),
  ]
  return {
    sql: ran.join(';\n\n'),
    rows: conditions.map(({ condition, value, limit, unit, counts }) => ({
      condition,
      state: value === null ? 'unknown' : value > limit ? 'alert' : 'ok',
      value,
      limit,
      unit,
      counts,
    })),
  }
}

/** What a table takes with its indexes. */
interface Size {
  readonly bytes: number
  readonly rows: number
}
type Sizes = ReadonlyMap<string, Size>

const sizesOf = (db: StoreDatabase, ask: Ask): Promise<Sizes> =>
  db.dialect === 'mysql' ? serverSizes(ask) : fileSizes(ask)

const NAMES = TABLES.map(({ table }) => `'${table}'`).join(', ')

/** The server's own figures: an estimate, and on MySQL up to a day old (information_schema_stats_expiry). */
async function serverSizes(ask: Ask): Promise<Sizes> {
  const rows = await ask<{ name: string; n: number | string | null; bytes: number | string | null }>(
    `SELECT TABLE_NAME AS name, TABLE_ROWS AS n, DATA_LENGTH + INDEX_LENGTH AS bytes FROM information_schema.TABLES
WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN (${NAMES})`,
  )
  return new Map(
    rows.flatMap(({ name, n, bytes }) =>
      bytes === null ? [] : [[name, { bytes: Number(bytes), rows: Number(n ?? 0) }] as const],
    ),
  )
}

/** Pages of each tree by the virtual table dbstat, tree by tree: it reads all of them, and what else the process does waits. */
async function fileSizes(ask: Ask): Promise<Sizes> {
  const trees = await ask<{ name: string; of: string }>(
    `SELECT name, tbl_name AS of FROM sqlite_schema WHERE type IN ('table', 'index') AND tbl_name IN (${NAMES})`,
  )
  const sizes = new Map<string, Size>()
  for (const { name, of } of trees) {
    const [tree] = await ask<{ bytes: number; cells: number }>(
      `SELECT pgsize AS bytes, ncell AS cells FROM dbstat WHERE name = '${name.replaceAll("'", "''")}' AND aggregate = TRUE`,
    )
    const before = sizes.get(of) ?? { bytes: 0, rows: 0 }
    sizes.set(of, {
      bytes: before.bytes + (tree?.bytes ?? 0),
      // A cell of the table's own tree is a row, but for the one in a hundred that leads to others.
      rows: name === of ? (tree?.cells ?? 0) : before.rows,
    })
  }
  return sizes
}

/** What rows of the last day take, by what a row of their table takes; what was deleted meanwhile is not taken off. */
async function growth(db: StoreDatabase, ask: Ask, sizes: Sizes): Promise<Condition> {
  const { now, plus } = DIALECTS[db.dialect]
  let bytes = 0
  for (const { table, key, at } of TABLES) {
    const size = sizes.get(table)
    if (size === undefined) continue
    const rowBytes = size.rows >= ROWS_TO_TELL ? size.bytes / size.rows : ROW_BYTES
    const enough = Math.min(ROWS_LOOKED, Math.ceil(BYTES_A_DAY_MOST / rowBytes) + 1)
    const [row] = await ask<{ n: number | string }>(
      `SELECT COUNT(*) AS n FROM (SELECT ${at} AS at_time FROM ${table} ORDER BY ${key} DESC LIMIT ${enough}) r
WHERE r.at_time > ${plus(now, -1, 'DAY')}`,
    )
    bytes += Number(row?.n ?? 0) * rowBytes
  }
  return {
    condition: 'recovery_growth',
    value: isWhole(sizes) ? Math.round(bytes) : null,
    limit: BYTES_A_DAY_MOST,
    unit: 'bytes',
    counts: 'rows of errors and recovery written within a day, times what a row of their table takes',
  }
}

const isWhole = (sizes: Sizes): boolean => TABLES.every(({ table }) => sizes.has(table))

const total = (sizes: Sizes): Condition => ({
  condition: 'recovery_size',
  value: isWhole(sizes) ? [...sizes.values()].reduce((sum, { bytes }) => sum + bytes, 0) : null,
  limit: BYTES_MOST,
  unit: 'bytes',
  counts: `tables with their indexes: ${TABLES.map(({ table }) => table).join(', ')}`,
})

async function failedAttempts({ dialect }: StoreDatabase, ask: Ask): Promise<Condition> {
  const { now, plus } = DIALECTS[dialect]
  const [row] = await ask<{ ended: number | string; failed: number | string | null }>(
    `SELECT COUNT(*) AS ended, SUM(CASE WHEN a.success = 0 THEN 1 ELSE 0 END) AS failed
FROM (SELECT recovery_strategy, success, ended_at FROM recovery_attempts ORDER BY attempt_id DESC LIMIT ${ATTEMPTS_LOOKED}) a
WHERE a.success IS NOT NULL AND a.recovery_strategy <> 'ESCALATE' AND a.ended_at > ${plus(now, -1, 'DAY')}`,
  )
  const [ended, failed] = [Number(row?.ended ?? 0), Number(row?.failed ?? 0)]
  return {
    condition: 'failed_attempts',
    value: ended < ATTEMPTS_LEAST ? null : failed / ended,
    limit: FAILED_MOST,
    unit: 'share',
    counts: `attempts that failed, ${failed} of ${ended} that ended within a day; fewer than ${ATTEMPTS_LEAST} tell nothing`,
  }
}

/** Of the process that answers: over the API the one that serves, at a terminal the command itself. */
function slowestStatement({ times }: StoreDatabase): Condition {
  const { slowestMs, slow, total: sent } = times.figures()
  return {
    condition: 'slowest_statement',
    value: slowestMs === null ? null : Math.round(slowestMs * 10) / 10,
    limit: SLOW_STATEMENT_MS,
    unit: 'ms',
    counts: `the slowest this process sent to the store within an hour; slow in all: ${slow} of ${sent}`,
  }
}
