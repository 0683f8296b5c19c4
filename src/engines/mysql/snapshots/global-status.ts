/** Global status counters and variables, and the InnoDB metrics that MySQL keeps elsewhere under one name. */
import { count, number, text, textOrEmpty } from '../cells.ts'
import type { CollectorTarget } from '../collector.ts'

/** Global status as numbers by lower-case name; the named ones only. Values that are no numbers are left out. */
export async function readStatus(
  target: Pick<CollectorTarget, 'query' | 'server'>,
  names: readonly string[],
): Promise<Record<string, number>> {
  // Both servers need no privilege for these; SHOW would read the same rows but cannot be filtered by the engine.
  const table =
    target.server.flavour === 'mariadb'
      ? 'information_schema.GLOBAL_STATUS'
      : 'performance_schema.global_status'
  const marks = names.map(() => '?').join(', ')
  const rows = await target.query(
    `SELECT VARIABLE_NAME AS name, VARIABLE_VALUE AS value FROM ${table} WHERE VARIABLE_NAME IN (${marks})`,
    names,
  )
  const status: Record<string, number> = {}
  for (const row of rows) {
    const value = number(row['value'])
    if (value !== null) status[textOrEmpty(row['name']).toLowerCase()] = value
  }
  return status
}

/** Global variables as text by lower-case name; names the server does not know are absent. */
export async function readVariables(
  target: Pick<CollectorTarget, 'query'>,
  names: readonly string[],
): Promise<Record<string, string>> {
  const marks = names.map(() => '?').join(', ')
  const rows = await target.query(`SHOW GLOBAL VARIABLES WHERE Variable_name IN (${marks})`, names)
  return Object.fromEntries(
    rows.map((row) => [textOrEmpty(row['Variable_name']).toLowerCase(), text(row['Value']) ?? '']),
  )
}

/**
 * Global variables that every supported server has, as text by name: a fraction of what SHOW costs. Booleans come
 * as `1` and `0`. `names` are constants of this program.
 */
export async function readKnownVariables(
  target: Pick<CollectorTarget, 'query'>,
  names: readonly string[],
): Promise<Record<string, string>> {
  const [row] = await target.query(`SELECT ${names.map((name) => `@@GLOBAL.${name} AS ${name}`).join(', ')}`)
  return Object.fromEntries(names.map((name) => [name, text(row?.[name]) ?? '']))
}

/** MySQL's metric by the status name MariaDB has for the same figure. */
const METRICS: Readonly<Record<string, string>> = {
  trx_rseg_history_len: 'innodb_history_list_length',
  lock_deadlocks: 'innodb_deadlocks',
}

/**
 * Purge lag and deadlocks under one name for both flavours: MariaDB has them as status, MySQL in INNODB_METRICS
 * (both enabled by default there), which needs PROCESS. A metric that is switched off is absent.
 */
export async function readInnodbMetrics(
  target: Pick<CollectorTarget, 'query' | 'server'>,
): Promise<Record<string, number>> {
  if (target.server.flavour === 'mariadb') return readStatus(target, Object.values(METRICS))
  const rows = await target.query(
    `SELECT NAME AS name, \`COUNT\` AS value FROM information_schema.INNODB_METRICS
WHERE STATUS = 'enabled' AND NAME IN ('trx_rseg_history_len', 'lock_deadlocks')`,
  )
  return Object.fromEntries(
    rows.flatMap((row) => {
      const name = METRICS[textOrEmpty(row['name'])]
      return name === undefined ? [] : [[name, count(row['value'])]]
    }),
  )
}
