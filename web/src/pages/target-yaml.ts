/** The lines by which a target is added: for dbmedic.yaml, and for the server itself. */

/** What the form asks for. */
export interface NewTarget {
  readonly name: string
  readonly host: string
  readonly port: number
  readonly tls: string
  readonly environment: string
  /** Has it an account that may EXPLAIN; one that runs plans? */
  readonly planner: boolean
  readonly executor: boolean
}

/** Text in YAML, quoted: whatever is typed stays one value. */
const quoted = (text: string): string => JSON.stringify(text)
/** `shop` as a name of the environment: DBM_SHOP_MON. */
const secretOf = (target: string, account: string): string =>
  `env:DBM_${target.toUpperCase().replace(/[^A-Z0-9]/g, '_')}_${account}`

/** The item of `targets:`. */
export function targetYaml({ name, host, port, tls, environment, planner, executor }: NewTarget): string {
  const account = (role: string, user: string, short: string): string =>
    `    ${role}: { user: ${user}, password: ${quoted(secretOf(name, short))} }`
  return [
    'targets:',
    `  - name: ${quoted(name)}`,
    '    engine: mysql    # MySQL and MariaDB',
    `    host: ${quoted(host)}`,
    `    port: ${port}`,
    `    tls: ${tls}`,
    `    environment: ${environment}`,
    account('monitor', 'dbm_mon', 'MON'),
    ...(planner ? [account('planner', 'dbm_plan', 'PLAN')] : []),
    ...(executor ? [account('executor', 'dbm_exec', 'EXEC')] : []),
  ].join('\n')
}

/** Accounts with what each needs at least (docs/configuration.md, Accounts of a target). */
export function startingGrants({ planner, executor }: NewTarget): string {
  return [
    "CREATE USER dbm_mon@'HOST' IDENTIFIED BY '…';",
    "GRANT PROCESS, REPLICATION CLIENT ON *.* TO dbm_mon@'HOST';  -- MariaDB: SLAVE MONITOR for REPLICATION CLIENT",
    "GRANT SELECT ON performance_schema.* TO dbm_mon@'HOST';",
    "GRANT SELECT ON mysql.innodb_index_stats TO dbm_mon@'HOST';",
    "GRANT SELECT ON mysql.innodb_table_stats TO dbm_mon@'HOST';",
    "GRANT SELECT, EXECUTE ON sys.* TO dbm_mon@'HOST';",
    "GRANT REFERENCES ON SHOP.* TO dbm_mon@'HOST';  -- definitions, not rows",
    ...(planner
      ? ["CREATE USER dbm_plan@'HOST' IDENTIFIED BY '…';", "GRANT SELECT ON SHOP.* TO dbm_plan@'HOST';"]
      : []),
    ...(executor ? ["CREATE USER dbm_exec@'HOST' IDENTIFIED BY '…';  -- its grants: dbmedic check"] : []),
  ].join('\n')
}
