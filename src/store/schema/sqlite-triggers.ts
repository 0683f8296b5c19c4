/** Triggers of one table in SQLite. */
import type { AuditEntry } from './condition.ts'
import { HASHED_IN_AUDIT } from './consequences.ts'
import { type Dialect, sqliteDialect } from './dialect.ts'
import { wrapSql } from './layout.ts'
import { refusalText } from './rules.ts'
import { sealedInAudit } from './sealed-in-audit.ts'
import type { Table } from './table.ts'
import { auditOf, beforeChecks, effectsOf, marksOf } from './triggers.ts'

const d: Dialect = sqliteDialect

/** Every trigger of the table. */
export function sqliteTriggers(table: Table): string[] {
  return [...before(table), ...after(table)]
}

function before(table: Table): string[] {
  return (['insert', 'update', 'delete'] as const).flatMap((event) => {
    const checks = beforeChecks(table, event, d)
    if (checks.length === 0) return []
    const body = checks.map(
      ({ rule, sql }) =>
        `  SELECT RAISE(ABORT, '${refusalText(rule)}')\n    WHERE ${wrapSql(`(${sql})`, '    ')} IS NOT TRUE;`,
    )
    return [
      `CREATE TRIGGER IF NOT EXISTS ${table.name}_before_${event} BEFORE ${event.toUpperCase()} ON ${table.name}\nBEGIN\n${body.join('\n')}\nEND`,
    ]
  })
}

function after(table: Table): string[] {
  return (['insert', 'update'] as const).flatMap((event) => {
    const marks =
      event === 'insert'
        ? []
        : marksOf(table).map(
            ({ column, when }) =>
              `  UPDATE ${table.name} SET ${column} = ${d.now}\n    WHERE ${table.primaryKey.map((key) => `${key} = NEW.${key}`).join(' AND ')} AND NEW.${column} IS NULL AND ${wrapSql(`(${when(d)})`, '    ')};`,
          )
    const links = auditOf(table, event).map((entry) => auditLink(table, entry))
    const effects = (first: boolean): string[] =>
      effectsOf(table, event)
        .filter((each) => (each.first ?? false) === first)
        .map(({ because, statement }) => `  -- ${because}\n  ${wrapSql(statement(d), '  ')};`)
    const body = [...marks, ...effects(true), ...links, ...effects(false), ...headMove(table, event)]
    if (body.length === 0) return []
    return [
      `CREATE TRIGGER IF NOT EXISTS ${table.name}_after_${event} AFTER ${event.toUpperCase()} ON ${table.name}\nBEGIN\n${body.join('\n')}\nEND`,
    ]
  })
}

/** The head follows the newest link. */
function headMove(table: Table, event: 'insert' | 'update'): string[] {
  if (table.name !== 'audit_log' || event !== 'insert') return []
  return ['  UPDATE audit_head SET last_seq = NEW.seq, last_hash = NEW.row_hash WHERE head_id = 1;']
}

function auditLink(table: Table, entry: AuditEntry): string {
  const when = entry.when === undefined ? '' : `\n    WHERE ${wrapSql(`(${entry.when(d)})`, '    ')}`
  return `  INSERT INTO audit_append (entry)\n    SELECT ${wrapSql(auditObject(table, entry, d), '    ')}${when};`
}

/** The JSON object of one link: table, key, what happened, and the columns as they now are. */
export function auditObject(table: Table, entry: AuditEntry, dialect: Dialect): string {
  const row = entry.columns.map((name): readonly [string, string] => {
    const kind = table.columns.find((column) => column.name === name)?.kind.is
    if (kind === undefined) throw new RangeError(`no column ${table.name}.${name} to audit`)
    const sealed = sealedInAudit(table.name, name, dialect)
    if (sealed !== null) return [`${name}_sealed`, sealed]
    if (HASHED_IN_AUDIT.has(kind)) return [`${name}_sha256`, dialect.sha256(`NEW.${name}`)]
    return [name, kind === 'bytes' ? dialect.hex(`NEW.${name}`) : `NEW.${name}`]
  })
  return dialect.jsonObject([
    ['table', `'${table.name}'`],
    ['key', `NEW.${table.primaryKey[0]}`],
    ['op', `'${entry.event}'`],
    ['row', dialect.jsonObject(row)],
  ])
}
