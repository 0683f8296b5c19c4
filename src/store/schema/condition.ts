/** The shapes of what triggers do: conditions that must hold, moments the store sets, and consequences. */
import type { Dialect } from './dialect.ts'
import type { RuleId } from './rules.ts'

/** When a trigger fires. */
export type TriggerEvent = 'insert' | 'update' | 'delete'

/**
 * A condition that must be TRUE before a row is written; FALSE and NULL both refuse, because unknown means
 * no. NEW and OLD name the row.
 */
export interface Condition {
  readonly rule: RuleId
  readonly table: string
  readonly event: TriggerEvent
  readonly require: (dialect: Dialect) => string
  /** Only where it makes sense; both dialects if absent. */
  readonly only?: 'sqlite' | 'mysql'
}

/** Rows a BEFORE trigger locks first, in this order, so that two sessions cannot decide at once (MySQL family). */
export interface RowLock {
  readonly table: string
  readonly event: TriggerEvent
  /** A SELECT of one count, ended by FOR UPDATE. */
  readonly select: string
}

/** A moment the store sets once, when `when` first holds for the new row. */
export interface Mark {
  readonly table: string
  readonly column: string
  readonly when: (dialect: Dialect) => string
}

/** A statement a trigger runs after the row is written. */
export interface Effect {
  readonly table: string
  readonly event: 'insert' | 'update'
  /** Why the statement runs, for the comment above it. */
  readonly because: string
  /** Before the links of the audit chain, which rest on it. */
  readonly first?: true
  readonly statement: (dialect: Dialect) => string
}

/** Which writes of a table become links of the audit chain, and with which columns. */
export interface AuditEntry {
  readonly table: string
  readonly event: 'insert' | 'update'
  /** Columns of the row in the entry. Documents enter as their SHA-256. */
  readonly columns: readonly string[]
  /** Only when this holds; always if absent. */
  readonly when?: (dialect: Dialect) => string
}

/** Short way to write several conditions of one table and event. */
export function conditions(
  table: string,
  event: TriggerEvent,
  rules: readonly (readonly [RuleId, (dialect: Dialect) => string, ('sqlite' | 'mysql')?])[],
): Condition[] {
  return rules.map(([rule, require, only]) => ({
    rule,
    table,
    event,
    require,
    ...(only === undefined ? {} : { only }),
  }))
}
