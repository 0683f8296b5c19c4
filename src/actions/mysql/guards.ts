/**
 * Session settings that bound what follows. They are lines of the plan, so the approver sees them and the
 * executor's watchdog is not the only limit.
 */
import type { ActionPolicy } from '../../core/action.ts'
import type { Plan, Step } from '../../core/plan.ts'
import { isMariadb, type ServerKind } from './flavour.ts'

/** A guard is answered at once or the connection is in trouble, ms. */
const GUARD_TIMEOUT_MS = 5_000

/** Templates of the guards of DDL, for people. */
export const DDL_GUARDS: readonly string[] = [
  "SET SESSION sql_mode='STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'",
  'SET SESSION lock_wait_timeout={seconds}',
  'SET SESSION innodb_lock_wait_timeout={seconds}',
  'SET SESSION max_statement_time={seconds} (MariaDB; MySQL has no limit for DDL, the watchdog cancels it)',
]
/** Template of the guard of statements that may only wait for a metadata lock. */
export const LOCK_WAIT_GUARDS: readonly string[] = ['SET SESSION lock_wait_timeout={seconds}']
/** What stands in for a guard where a statement cannot wait: the identity re-read of KILL. */
export const IDENTITY_GUARDS: readonly string[] = [
  'sent only if the connection, re-read on the same session right before, is unchanged',
]

/** A guard step. */
export const guard = (text: string): Step => ({
  kind: 'guard',
  text,
  timeoutMs: GUARD_TIMEOUT_MS,
  onlyIf: null,
})

/**
 * Bounds metadata-lock waits. The defaults are a year (MySQL) and a day (MariaDB), during which every later query
 * on the table queues behind ours
 * (https://dev.mysql.com/doc/refman/8.4/en/server-system-variables.html#sysvar_lock_wait_timeout).
 */
export const lockWaitGuard = (policy: ActionPolicy): Step =>
  guard(`SET SESSION lock_wait_timeout=${seconds(policy.lockWaitMs)}`)

/**
 * Bounds DDL: waits for metadata locks and row locks, total time, and a strict sql_mode, without which MySQL cuts a
 * key that is too long to a prefix (error 1071 becomes a warning). MariaDB cuts it in any mode, so X9 measures keys.
 * MySQL's `max_execution_time` is for SELECT alone, so there the step's own timeout, kept by the executor's watchdog,
 * is the limit.
 */
export function ddlGuards(policy: ActionPolicy, server: ServerKind): readonly Step[] {
  return [
    guard("SET SESSION sql_mode='STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'"),
    lockWaitGuard(policy),
    guard(`SET SESSION innodb_lock_wait_timeout=${seconds(policy.lockWaitMs)}`),
    ...(isMariadb(server)
      ? [guard(`SET SESSION max_statement_time=${seconds(policy.statementTimeoutMs)}`)]
      : []),
  ]
}

/** The plan of one DDL or maintenance statement under the guards of DDL. */
export function ddlPlan(text: string, policy: ActionPolicy, server: ServerKind): Plan {
  return { guards: ddlGuards(policy, server), steps: [statement(text, policy.statementTimeoutMs)] }
}

/** A statement step that is sent unconditionally. */
export const statement = (text: string, timeoutMs: number): Step => ({
  kind: 'statement',
  text,
  timeoutMs,
  onlyIf: null,
})

/** Whole seconds, rounded up, at least 1: the servers' least value and 0 means "no limit" to MariaDB. */
function seconds(ms: number): number {
  if (!Number.isFinite(ms) || ms <= 0) throw new RangeError('a guard needs a time above zero')
  return Math.max(1, Math.ceil(ms / 1000))
}
