/** What an issue says is missing: the table or column that errors name, or that a failing statement names in vain. */
import type { Subject } from '../../core/diagnosis.ts'
import type { EvidenceQuestion } from '../../core/nouns.ts'
import type { Migrations } from '../../engines/mysql/shapes.ts'
import { fingerprintIdOf, type MysqlAnswers, textFact } from './mysql-diagnosis.ts'
import { knownUse } from './statement-evidence.ts'

/** A table, or a column of it. */
export interface MissingObject {
  readonly schema: string
  readonly table: string
  /** Null: the table itself. */
  readonly column: string | null
}

/** The rule that notices statements of which every call fails. */
export const FAILING = 'mysql/failing-statement'
/** The rule that notices errors applications report. */
export const REPORTED = 'mysql/reported-error'

/** It is of an error of which no table or column is the object that is missing. */
export const isOfAnother = (subject: Subject): boolean =>
  subject.issue.ruleId === REPORTED &&
  !['TABLE_NOT_FOUND', 'COLUMN_NOT_FOUND'].includes(textFact(subject, 'failureType'))

/** The object the event names, else a table the failing statement names and the catalog did not show; null if neither. */
export function missingObject(subject: Subject, answers: MysqlAnswers): MissingObject | null {
  if (subject.issue.ruleId === REPORTED) return reportedObject(subject, answers)
  const schema = textFact(subject, 'schema')
  const table = textFact(subject, 'table')
  if (schema === '') return null
  if (table !== '') return { schema, table, column: null }
  if (subject.issue.ruleId !== FAILING) return null
  const [first] = (knownUse(subject, answers)?.unresolved ?? []).flatMap(
    (note) => /^table (.+)$/.exec(note)?.[1] ?? [],
  )
  return first === undefined ? null : { schema, table: first, column: null }
}

/** What must be asked to tell: of the application's files, of the statement, and of the table once it is known which. */
export function asksForObject(subject: Subject, answers: MysqlAnswers): readonly EvidenceQuestion[] {
  const fingerprintId = fingerprintIdOf(subject)
  const missing = missingObject(subject, answers)
  const named = missing === null ? null : { schema: missing.schema, table: missing.table }
  const definition = named === null ? undefined : answers.get('table', named)
  return [
    ...(subject.issue.ruleId === FAILING && fingerprintId !== null
      ? [{ kind: 'statement-use', params: { fingerprintId } }]
      : []),
    ...([FAILING, REPORTED].includes(subject.issue.ruleId) ? [{ kind: 'migrations', params: {} }] : []),
    ...(named === null ? [] : [{ kind: 'table', params: named }]),
    // Only of what is not there: names of a whole schema are not listed for nothing.
    ...(named !== null && definition?.known === true && definition.value === null
      ? [{ kind: 'near-names', params: named }]
      : []),
  ]
}

/** `shop.coupons`, or `shop.orders.coupon`. */
export const nameOf = ({ schema, table, column }: MissingObject): string =>
  column === null ? `${schema}.${table}` : `${schema}.${table}.${column}`

/** Names compare without case: a difference of case alone is not what makes a table missing on most servers. */
export const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

/** Place of the first pending file that makes the object, in the order they are applied; null: none does. */
export function creatorOf(migrations: Migrations, { schema, table, column }: MissingObject): number | null {
  if (!same(migrations.schema, schema)) return null
  const at = migrations.pending.findIndex(({ creates, adds }) =>
    column === null
      ? creates.some((name) => same(name, table))
      : adds.some((each) => same(each.table, table) && each.column !== null && same(each.column, column)),
  )
  return at < 0 ? null : at
}

/** Whether a file on record made the object: then it was there. */
export const wasMade = ({ schema, made }: Migrations, missing: MissingObject): boolean =>
  same(schema, missing.schema) &&
  made.some((each) => same(each.table, missing.table) && same(each.column ?? '', missing.column ?? ''))

/**
 * Errors name `shop.coupons` for a table, and for a column `orders.coupon` or, where one of several tables may have it,
 * `orders+items.coupon`. A table without its database is of the one the migrations are for, if any.
 */
function reportedObject(subject: Subject, answers: MysqlAnswers): MissingObject | null {
  const [type, object] = [textFact(subject, 'failureType'), textFact(subject, 'object')]
  const parts = object.split('.')
  const migrations = answers.get('migrations', {})
  const own = migrations?.known === true ? migrations.value?.schema : undefined
  if (object === '' || object.includes('+')) return null
  if (type === 'TABLE_NOT_FOUND') return named(parts, own, null)
  const column = parts.pop()
  return type === 'COLUMN_NOT_FOUND' && column !== undefined ? named(parts, own, column) : null
}

function named(
  parts: readonly string[],
  own: string | undefined,
  column: string | null,
): MissingObject | null {
  const [first, second] = parts
  if (first === undefined || parts.length > 2) return null
  if (second !== undefined) return { schema: first, table: second, column }
  return own === undefined ? null : { schema: own, table: first, column }
}
