/**
 * Triggers of one table for MySQL 8.0.19+, MySQL 9 and MariaDB 10.11+. `DEFINER = CURRENT_USER` is replaced by
 * the runner when a locked owner account is named.
 */
import { type Dialect, mysqlDialect } from './dialect.ts'
import { wrapSql } from './layout.ts'
import { refusalText } from './rules.ts'
import { auditObject } from './sqlite-triggers.ts'
import type { Table } from './table.ts'
import { auditOf, beforeChecks, effectsOf, hasSessionGuard, marksOf, rowLocks } from './triggers.ts'

const d: Dialect = mysqlDialect

/** Names and CREATE statements of every trigger of the table. */
export function mysqlTriggers(table: Table): readonly { readonly name: string; readonly create: string }[] {
  const events = ['insert', 'update', 'delete'] as const
  return [
    ...events.map((event) => ({ name: `${table.name}_before_${event}`, body: beforeBody(table, event) })),
    ...events.map((event) => ({ name: `${table.name}_after_${event}`, body: afterBody(table, event) })),
  ]
    .filter(({ body }) => body.length > 0)
    .map(({ name, body }) => {
      const [, timing, event] = /_(before|after)_(insert|update|delete)$/.exec(name) ?? []
      return {
        name,
        create: `CREATE DEFINER = CURRENT_USER TRIGGER ${name} ${timing?.toUpperCase()} ${event?.toUpperCase()} ON ${table.name}\nFOR EACH ROW\nBEGIN\n${body.join('\n')}\nEND`,
      }
    })
}

function beforeBody(table: Table, event: 'insert' | 'update' | 'delete'): string[] {
  const checks = beforeChecks(table, event, d)
  if (checks.length === 0) return []
  const locks = rowLocks(table, event)
  return [
    ...(locks.length > 0 ? ['  DECLARE v_locked BIGINT DEFAULT 0;'] : []),
    ...(event !== 'delete' && hasSessionGuard(table) ? ['  CALL guard_session();'] : []),
    ...moments(table, event),
    ...locks.map((lock) => `  ${lock.select};`),
    ...checks.map(
      ({ rule, sql }) =>
        `  IF ${wrapSql(`(${sql})`, '  ')} IS NOT TRUE THEN\n    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '${refusalText(rule)}';\n  END IF;`,
    ),
  ]
}

function moments(table: Table, event: 'insert' | 'update' | 'delete'): string[] {
  const of = (kind: string): string[] =>
    table.columns.filter((column) => column.kind.is === kind).map((column) => column.name)
  if (event === 'insert') {
    return [
      ...of('stamp').map((name) => `  SET NEW.${name} = ${d.now};`),
      ...of('mark').map((name) => `  SET NEW.${name} = NULL;`),
    ]
  }
  if (event === 'delete') return []
  return marksOf(table).map(
    ({ column, when }) =>
      `  IF OLD.${column} IS NULL AND ${wrapSql(`(${when(d)})`, '  ')} THEN\n    SET NEW.${column} = ${d.now};\n  ELSE\n    SET NEW.${column} = OLD.${column};\n  END IF;`,
  )
}

function afterBody(table: Table, event: 'insert' | 'update' | 'delete'): string[] {
  if (event === 'delete') return []
  const links = auditOf(table, event).map((entry) => {
    const call = `CALL audit_append(${wrapSql(auditObject(table, entry, d), '  ')});`
    return entry.when === undefined ? `  ${call}` : `  IF ${entry.when(d)} THEN\n    ${call}\n  END IF;`
  })
  const effects = (first: boolean): string[] =>
    effectsOf(table, event)
      .filter((each) => (each.first ?? false) === first)
      .map(({ because, statement }) => `  -- ${because}\n  ${wrapSql(statement(d), '  ')};`)
  return [...effects(true), ...links, ...effects(false)]
}
