/** INSERT ... SELECT of rows of a table made from others of it: every rule of the store judges each of them. */

import type { Column } from '../../src/store/schema/columns.ts'
import { TABLES } from '../../src/store/schema/tables.ts'

/** A derived table `n` with the numbers from `from` up to but not including `to`, in both dialects. */
export function numbers(from: number, to: number): string {
  const digits = Math.max(1, String(to - from - 1).length)
  const digit =
    '(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)'
  const names = Array.from({ length: digits }, (_, i) => `d${i}`)
  const value = names.map((name, i) => `${name}.d * ${10 ** i}`).join(' + ')
  const all = `SELECT ${from} + ${value} AS i FROM ${names.map((name) => `${digit} ${name}`).join(' CROSS JOIN ')}`
  return `(SELECT i FROM (${all}) every WHERE i < ${to}) n`
}

/** Times the store sets by itself, and what it computes. */
const isOurs = ({ kind, generated }: Column): boolean =>
  generated === undefined && kind.is !== 'stamp' && kind.is !== 'mark'

/** Columns that are written, and what is written into each. */
function copied(tableName: string, changes: Readonly<Record<string, string>>) {
  const table = TABLES.find(({ name }) => name === tableName)
  if (table === undefined) throw new RangeError(`no table ${tableName}`)
  const columns = table.columns.filter(isOurs)
  const own = columns.filter(({ name, kind }) => kind.is !== 'id' || Object.hasOwn(changes, name))
  return own.map(({ name }) => ({ name, sql: changes[name] ?? `s.${name}` }))
}

/**
 * The statement that copies rows.
 * @param changes SQL by column; every other column is that of the row `s`
 * @param from what stands after FROM; it names a row `s` of the table
 */
export function copyStatement(
  tableName: string,
  changes: Readonly<Record<string, string>>,
  from: string,
): string {
  const columns = copied(tableName, changes)
  return `INSERT INTO ${tableName} (${columns.map(({ name }) => name).join(', ')})
    SELECT ${columns.map(({ sql }) => sql).join(', ')} FROM ${from}`
}

/** The same by a temporary table: on MySQL a trigger cannot change a table its statement reads. */
export function copyByTemporary(
  tableName: string,
  changes: Readonly<Record<string, string>>,
  from: string,
): readonly string[] {
  const columns = copied(tableName, changes)
  const names = columns.map(({ name }) => name).join(', ')
  return [
    `CREATE TEMPORARY TABLE bench_copy AS SELECT ${columns.map(({ name, sql }) => `${sql} AS ${name}`).join(', ')} FROM ${from}`,
    `INSERT INTO ${tableName} (${names}) SELECT ${names} FROM bench_copy`,
    'DROP TABLE bench_copy',
  ]
}
