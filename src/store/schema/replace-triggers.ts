/**
 * Statements of a migration that puts triggers in the place of older ones of the same name. SQLite does it in one
 * transaction. On the MySQL family DDL commits by itself, so the new trigger stands under another name before the
 * old one goes: at no moment is a table without its rules, whoever writes meanwhile and wherever a run dies.
 */
import type { DialectName } from './dialect.ts'
import type { Statement } from './generate.ts'
import { mysqlTriggers } from './mysql-triggers.ts'
import { sqliteTriggers } from './sqlite-triggers.ts'
import { TABLES } from './tables.ts'

/** One trigger and the statement that creates it. */
export interface NamedTrigger {
  readonly name: string
  readonly create: string
}

/** The triggers of the present schema with these names. @throws RangeError for a name the schema does not have. */
export function triggersNamed(dialect: DialectName, names: readonly string[]): readonly NamedTrigger[] {
  const all = TABLES.flatMap((table) =>
    dialect === 'mysql'
      ? mysqlTriggers(table)
      : sqliteTriggers(table).map((create) => ({ name: /EXISTS (\w+)/.exec(create)?.[1] ?? '', create })),
  )
  return names.map((name) => {
    const found = all.find((each) => each.name === name)
    if (found === undefined) throw new RangeError(`the schema has no trigger ${name}`)
    return found
  })
}

/**
 * Puts each trigger in the place of the one of its name. BEFORE triggers only: while both stand each fires, which is
 * harmless for conditions and moments and would write links of the audit chain twice.
 * @throws RangeError for an AFTER trigger.
 */
export function replaceTriggers(
  dialect: DialectName,
  triggers: readonly NamedTrigger[],
): readonly Statement[] {
  return triggers.flatMap(({ name, create }) => {
    if (!name.includes('_before_')) throw new RangeError(`${name} is no BEFORE trigger`)
    const drop = (which: string): Statement => ({
      about: `rules of ${name}`,
      sql: `DROP TRIGGER IF EXISTS ${which}`,
    })
    const make = (which: string): Statement => ({
      about: `rules of ${name}`,
      sql: create.replace(name, () => which),
    })
    if (dialect === 'sqlite') return [drop(name), make(name)]
    const next = `${name}_next`
    return [drop(next), make(next), drop(name), make(name), drop(next)]
  })
}

/** What whoever writes is told while the table is held: not a rule, for it holds for milliseconds. */
const HELD = 'the rules of this table are being changed: try again in a moment'

/**
 * Puts AFTER triggers in the place of those of their names. Two of them at once would write their links of the audit
 * chain twice, so on the MySQL family a trigger that refuses every such write holds the table from before the old one goes
 * until the new one stands: nothing gets in without its links. A run that dies there leaves the table held until it is resumed.
 * @throws RangeError for a BEFORE trigger.
 */
export function replaceAfterTriggers(
  dialect: DialectName,
  triggers: readonly NamedTrigger[],
): readonly Statement[] {
  return triggers.flatMap(({ name, create }) => {
    const [, table, event] = /^(\w+)_after_(insert|update)$/.exec(name) ?? []
    if (table === undefined || event === undefined) throw new RangeError(`${name} is no AFTER trigger`)
    const about = `rules of ${name}`
    const dropped = (which: string): Statement => ({ about, sql: `DROP TRIGGER IF EXISTS ${which}` })
    if (dialect === 'sqlite') return [dropped(name), { about, sql: create }]
    const hold = `${table}_hold_${event}`
    const held = `CREATE DEFINER = CURRENT_USER TRIGGER ${hold} BEFORE ${event.toUpperCase()} ON ${table}\nFOR EACH ROW\nSIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '${HELD}'`
    return [dropped(hold), { about, sql: held }, dropped(name), { about, sql: create }, dropped(hold)]
  })
}
