// What an application uses.

import type { Driver } from './driver.ts'
import { mariadbDriver } from './drivers/mariadb.ts'
import { mongodbDriver } from './drivers/mongodb.ts'
import { mysql2Driver } from './drivers/mysql2.ts'
import { pgDriver } from './drivers/pg.ts'
import { POSTGRES_JS_OWN, postgresJsDriver } from './drivers/postgres-js.ts'
import { redisDriver } from './drivers/redis.ts'
import { sqliteDriver } from './drivers/sqlite.ts'
import { GuardCore } from './guard-core.ts'
import type { GuardOptions } from './guard-options.ts'
import type { GuardStatistics } from './statistics.ts'
import { type Behind, behindOf, wrapped } from './wrapped.ts'

export type { CallSite } from './call-site.ts'
export type { FailureOutcome, FailureReport } from './failure-report.ts'
export type { GuardOptions, ReportingOptions, RetryOptions, SpoolOptions } from './guard-options.ts'
export { type ConnectionOf, guardedTransaction } from './guarded-transaction.ts'
export type { CountedReport, ReportBatch } from './reporter.ts'
export type { GuardStatistics }

/** In the order they are asked: the later ones take less of a shape for their own. */
const DRIVERS: readonly Driver[] = [
  mariadbDriver,
  mysql2Driver,
  pgDriver,
  postgresJsDriver,
  redisDriver,
  mongodbDriver,
  sqliteDriver,
]
/** Of drivers whose methods do what no role says. */
const OWN: ReadonlyMap<Driver, Behind['own']> = new Map([[postgresJsDriver, POSTGRES_JS_OWN]])

/**
 * `target` with failures reported: a pool or connection of mysql2 or mariadb, a pool or client of pg (promises or callbacks), the `sql` of postgres.js, a client,
 * pool or cluster of node-redis, a client, database or collection
 * of mongodb, or a database of better-sqlite3 or node:sqlite. It is used, and typed, as `target` is; what it throws is the driver's own error object. Calls of a pool that never
 * reached the server are repeated; nothing else is, see `guardedTransaction`.
 * @throws TypeError for anything else, and for options that make no sense
 */
export function guard<T extends object>(target: T, options: GuardOptions = {}): T {
  if (behindOf(target) !== undefined) throw new TypeError('this is guarded already')
  for (const driver of DRIVERS) {
    const kind = driver.kindOf(target)
    if (kind === null) continue
    const core = new GuardCore(driver, options)
    driver.attach?.(target)
    return wrapped({ target, kind, core, sql: undefined, scope: null, own: OWN.get(driver) })
  }
  throw new TypeError(
    'guard() knows pools and connections of mysql2, mariadb and pg, the sql of postgres.js, clients, pools and clusters of node-redis, clients, databases and collections of mongodb, and databases of better-sqlite3 and node:sqlite',
  )
}

/** What the guard of `guarded` counted until now. @throws TypeError for what is not guarded */
export const guardStatistics = (guarded: object): GuardStatistics => ({ ...guardOf(guarded).core.statistics })

/** Sends what waits, once, and sends nothing more. The pool or connection stays open. @throws TypeError for what is not guarded */
export async function closeGuard(guarded: object): Promise<void> {
  await guardOf(guarded).core.close()
}

function guardOf(guarded: object): Behind {
  const what = behindOf(guarded)
  if (what === undefined) throw new TypeError('this is not what guard() gave')
  return what
}
