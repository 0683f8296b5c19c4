/** What the monitor's account may see of the server. Each privilege is tried, not looked up: roles count too. */

import { identifierProblem } from '../../../sql/identifiers.ts'
import { quoteIdentifier } from '../../../sql/quoting.ts'
import { textOrEmpty } from '../cells.ts'
import { NOT_SYSTEM_SCHEMA } from '../snapshots/app-schemas.ts'
import { readStatistics, tableKey } from '../snapshots/innodb-statistics.ts'
import { isAllowed, type Probe, report } from './capability.ts'

/** PROCESS, tried where it is the only privilege that counts. */
export const processProbe: Probe = {
  ids: ['process'],
  async run(context) {
    const allowed = await isAllowed(context, 'SELECT trx_id FROM information_schema.INNODB_TRX LIMIT 1')
    return [
      report('process', allowed, {
        found: allowed ? 'PROCESS' : 'no PROCESS',
        consequence: 'Sessions of others, transactions, lock waits, deadlocks and purge lag cannot be seen.',
        remedy: [`GRANT PROCESS ON *.* TO ${context.account}`],
      }),
    ]
  },
}

/** State of replication. */
export const replicationProbe: Probe = {
  ids: ['replication-status'],
  async run(context) {
    const isMariadb = context.server.flavour === 'mariadb'
    const sql = isMariadb
      ? 'SHOW ALL SLAVES STATUS'
      : context.server.version >= 80_022
        ? 'SHOW REPLICA STATUS'
        : 'SHOW SLAVE STATUS'
    const privilege = isMariadb ? 'SLAVE MONITOR' : 'REPLICATION CLIENT'
    const allowed = await isAllowed(context, sql)
    return [
      report('replication-status', allowed, {
        found: allowed ? privilege : `no ${privilege}`,
        consequence: 'Whether this server is a replica, and how far behind, is not known.',
        remedy: [`GRANT ${privilege} ON *.* TO ${context.account}`],
      }),
    ]
  },
}

/** Statistics of tables and indexes. */
export const statisticsProbe: Probe = {
  ids: ['innodb-statistics'],
  async run(context) {
    const tables = ['innodb_table_stats', 'innodb_index_stats']
    const denied: string[] = []
    for (const table of tables) {
      if (!(await isAllowed(context, `SELECT database_name FROM mysql.${table} LIMIT 1`))) denied.push(table)
    }
    return [
      report('innodb-statistics', denied.length === 0, {
        found: denied.length === 0 ? `SELECT on ${tables.join(', ')}` : `no SELECT on ${denied.join(', ')}`,
        consequence: 'Bytes per row, the age of statistics and stale statistics are not known.',
        remedy: denied.map((table) => `GRANT SELECT ON mysql.${table} TO ${context.account}`),
      }),
    ]
  },
}

/** The sys schema: people use it beside dbmedic, which computes what it needs itself. */
export const sysProbe: Probe = {
  ids: ['sys-schema'],
  async run(context) {
    const allowed = await isAllowed(context, 'SELECT sys_version FROM sys.version LIMIT 1').catch(() => null)
    return [
      report('sys-schema', allowed, {
        found:
          allowed === true
            ? 'SELECT on sys'
            : allowed === false
              ? 'no SELECT on sys'
              : 'there is no sys schema',
        consequence:
          'Evidence cannot be checked by hand through the sys views; dbmedic itself does not need them.',
        remedy: [`GRANT SELECT, EXECUTE ON sys.* TO ${context.account}`],
      }),
    ]
  },
}

const VISIBLE_SQL = `SELECT TABLE_SCHEMA AS schema_name, TABLE_NAME AS table_name FROM information_schema.COLUMNS
WHERE ORDINAL_POSITION = 1 AND TABLE_SCHEMA ${NOT_SYSTEM_SCHEMA} LIMIT 50000`

/**
 * REFERENCES on the schemas of applications: without any privilege the catalog answers with no rows and no error.
 * What exists is taken from InnoDB's statistics, which list every table.
 */
export const referencesProbe: Probe = {
  ids: ['catalog'],
  async run(context) {
    const stored = await readStatistics(context)
    const rows = await context.query(VISIBLE_SQL, [], { timeoutMs: 10_000 })
    const visible = new Set(
      rows.map((row) => tableKey(textOrEmpty(row['schema_name']), textOrEmpty(row['table_name']))),
    )
    const hidden = [...stored].filter(([key]) => !visible.has(key)).map(([, table]) => table.schema)
    const schemas = [...new Set(hidden)].toSorted()
    return [
      report('catalog', schemas.length === 0, {
        found:
          schemas.length === 0
            ? `${stored.size} tables, all visible`
            : `${hidden.length} of ${stored.size} tables are hidden, in ${schemas.slice(0, 20).join(', ')}`,
        consequence:
          'Hidden tables have no definition, no indexes and no size here: nothing can be advised for them.',
        remedy: schemas
          .filter((schema) => identifierProblem(schema, 'mysql') === null)
          .map((schema) => `GRANT REFERENCES ON ${quoteIdentifier(schema, 'mysql')}.* TO ${context.account}`),
      }),
    ]
  },
}
