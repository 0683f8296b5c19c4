/**
 * The parts of every trigger of one table, in the order in which they run, for both dialects: what must hold
 * before a row is written and what follows after it.
 */
import type { AuditEntry, Condition, Effect, Mark, RowLock, TriggerEvent } from './condition.ts'
import { ACT_CONDITIONS, ACT_LOCKS } from './conditions-act.ts'
import { AROUND_CONDITIONS, AROUND_LOCKS } from './conditions-around.ts'
import { DECIDE_CONDITIONS, DECIDE_LOCKS } from './conditions-decide.ts'
import { ERASURE_CONDITIONS, ERASURE_LOCKS } from './conditions-erasures.ts'
import { FAILURE_CONDITIONS, FAILURE_LOCKS } from './conditions-failures.ts'
import { PASSKEY_CONDITIONS } from './conditions-passkeys.ts'
import { RECOVERY_CONDITIONS, RECOVERY_LOCKS } from './conditions-recovery.ts'
import { ROLE_CONDITIONS } from './conditions-roles.ts'
import { SIGN_IN_CONDITIONS } from './conditions-sign-in.ts'
import { SOURCE_CONDITIONS } from './conditions-source.ts'
import { SUPPRESSION_CONDITIONS, SUPPRESSION_LOCKS } from './conditions-suppressions.ts'
import { WATCH_CONDITIONS, WATCH_LOCKS } from './conditions-watches.ts'
import { AUDIT_ENTRIES, EFFECTS, MARKS } from './consequences.ts'
import type { Dialect } from './dialect.ts'
import type { RuleId } from './rules.ts'
import type { Table } from './table.ts'

/** One check of a BEFORE trigger, rendered. */
export interface Check {
  readonly rule: RuleId
  readonly sql: string
}

/** Tables written so often, and deciding so little, that the session guards are left out. */
const UNGUARDED: ReadonlySet<string> = new Set(['metric_samples'])

const ALL_CONDITIONS: readonly Condition[] = [
  ...ROLE_CONDITIONS,
  ...DECIDE_CONDITIONS,
  ...ACT_CONDITIONS,
  ...AROUND_CONDITIONS,
  ...SIGN_IN_CONDITIONS,
  ...FAILURE_CONDITIONS,
  ...SUPPRESSION_CONDITIONS,
  ...PASSKEY_CONDITIONS,
  ...RECOVERY_CONDITIONS,
  ...WATCH_CONDITIONS,
  ...SOURCE_CONDITIONS,
  ...ERASURE_CONDITIONS,
]
const ALL_LOCKS: readonly RowLock[] = [
  ...DECIDE_LOCKS,
  ...ACT_LOCKS,
  ...AROUND_LOCKS,
  ...FAILURE_LOCKS,
  ...SUPPRESSION_LOCKS,
  ...RECOVERY_LOCKS,
  ...WATCH_LOCKS,
  ...ERASURE_LOCKS,
]

const PRAGMAS: readonly (readonly [RuleId, string, number])[] = [
  ['GOV-001', 'foreign_keys', 1],
  ['GOV-001', 'defer_foreign_keys', 0],
  ['GOV-002', 'ignore_check_constraints', 0],
  ['GOV-003', 'recursive_triggers', 1],
]

/** Is the session itself in order? On the MySQL family a procedure asks. */
function sessionChecks(table: Table, dialect: Dialect): Check[] {
  if (dialect.name === 'mysql' || UNGUARDED.has(table.name)) return []
  return PRAGMAS.map(([rule, pragma, value]) => ({
    rule,
    sql: `(SELECT ${pragma} FROM pragma_${pragma}) = ${value}`,
  }))
}

/** Does the table call the MySQL family's session guard? */
export function hasSessionGuard(table: Table): boolean {
  return !UNGUARDED.has(table.name)
}

/** On SQLite a trigger cannot set a column, so a caller's value is refused instead of overwritten. */
function stampChecks(table: Table, dialect: Dialect): Check[] {
  if (dialect.name === 'mysql') return []
  const stamps = table.columns.filter((column) => column.kind.is === 'stamp')
  const marks = table.columns.filter((column) => column.kind.is === 'mark')
  return [
    ...stamps.map((column): Check => ({ rule: 'GOV-005', sql: `NEW.${column.name} = ${dialect.now}` })),
    ...marks.map((column): Check => ({ rule: 'GOV-005', sql: `NEW.${column.name} IS NULL` })),
  ]
}

function replaceChecks(table: Table, dialect: Dialect): Check[] {
  if (dialect.name === 'mysql' || UNGUARDED.has(table.name)) return []
  return [table.primaryKey, ...table.unique].map((key) => ({
    rule: 'GOV-006',
    sql: `NOT EXISTS (SELECT 1 FROM ${table.name} r WHERE ${key.map((column) => `r.${column} = NEW.${column}`).join(' AND ')})`,
  }))
}

function ruleChecks(table: Table, event: TriggerEvent, dialect: Dialect): Check[] {
  return ALL_CONDITIONS.filter((each) => each.table === table.name && each.event === event)
    .filter((each) => each.only === undefined || each.only === dialect.name)
    .map((each) => ({ rule: each.rule, sql: each.require(dialect) }))
}

function immutableChecks(table: Table, dialect: Dialect): Check[] {
  const rule = table.refusals.update as RuleId
  if (table.mutable.length === 0) return [{ rule, sql: 'FALSE' }]
  const fixed = table.columns.filter(
    (column) => column.generated === undefined && !table.mutable.includes(column.name),
  )
  const marks = MARKS.filter((mark) => mark.table === table.name && dialect.name === 'sqlite')
  return [
    {
      rule,
      sql: fixed.map((column) => dialect.same(`NEW.${column.name}`, `OLD.${column.name}`)).join(' AND '),
    },
    ...marks.map((mark): Check => {
      const state = mark.when(dialect)
      const allowed = state.includes('OLD.') ? '' : ` AND (${state})`
      const { column } = mark
      return {
        rule: 'GOV-005',
        sql: `NEW.${column} IS OLD.${column} OR (OLD.${column} IS NULL AND NEW.${column} = ${dialect.now}${allowed})`,
      }
    }),
  ]
}

/** Checks of the BEFORE trigger of a table for one event, in order. */
export function beforeChecks(table: Table, event: TriggerEvent, dialect: Dialect): readonly Check[] {
  if (event === 'insert') {
    return [
      ...sessionChecks(table, dialect),
      ...ruleChecks(table, event, dialect),
      ...stampChecks(table, dialect),
      ...replaceChecks(table, dialect),
    ]
  }
  if (event === 'update') {
    const immutable = immutableChecks(table, dialect)
    if (table.mutable.length === 0) return immutable
    return [...sessionChecks(table, dialect), ...immutable, ...ruleChecks(table, event, dialect)]
  }
  const own = ruleChecks(table, event, dialect)
  if (own.length > 0 || table.refusals.delete === null) return own
  return [{ rule: table.refusals.delete as RuleId, sql: 'FALSE' }]
}

/** Locks of the BEFORE trigger (MySQL family). */
export function rowLocks(table: Table, event: TriggerEvent): readonly RowLock[] {
  return ALL_LOCKS.filter((each) => each.table === table.name && each.event === event)
}

/** Moments a table's rows get. */
export function marksOf(table: Table): readonly Mark[] {
  return MARKS.filter((mark) => mark.table === table.name)
}

/** Consequences of a write. */
export function effectsOf(table: Table, event: 'insert' | 'update'): readonly Effect[] {
  return EFFECTS.filter((each) => each.table === table.name && each.event === event)
}

/** Chain links of a write. */
export function auditOf(table: Table, event: 'insert' | 'update'): readonly AuditEntry[] {
  return AUDIT_ENTRIES.filter((each) => each.table === table.name && each.event === event)
}
