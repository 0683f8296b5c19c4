/**
 * What an action needs beyond reading: exact GRANTs for the executor's account. `{schema}` and `{table}` stand for
 * the application's own, `{executor}` for the account. A leading `[MySQL]` or `[MariaDB]` limits a line to a flavour.
 */

/** What every run reads to check its preconditions on its own connection. */
export const EXECUTOR_READS: readonly string[] = [
  '[MySQL] GRANT PROCESS, REPLICATION CLIENT ON *.* TO {executor}',
  '[MariaDB] GRANT PROCESS, SLAVE MONITOR, BINLOG MONITOR ON *.* TO {executor}',
  'GRANT SELECT ON performance_schema.* TO {executor}',
  'GRANT SELECT ON mysql.innodb_index_stats TO {executor}',
  'GRANT SELECT ON mysql.innodb_table_stats TO {executor}',
  'GRANT REFERENCES ON {schema}.* TO {executor}',
]
/** CREATE INDEX and DROP INDEX, with ALGORITHM and LOCK. Not ALTER, which could also drop columns. */
export const GRANT_INDEX = 'GRANT INDEX ON {schema}.* TO {executor}'
/**
 * ALTER TABLE: for a second account that a site enables for the actions that need it. CREATE and INSERT are what
 * both servers require beside ALTER to rebuild a table.
 */
export const GRANT_ALTER = 'GRANT ALTER ON {schema}.* TO {executor}'
export const GRANT_REBUILD = 'GRANT ALTER, CREATE, INSERT ON {schema}.* TO {executor}'
/** CREATE TABLE, CREATE INDEX and ALTER TABLE … ADD of an application's own migrations. */
export const GRANT_MIGRATE = 'GRANT ALTER, CREATE, INDEX ON {schema}.* TO {executor}'
/** Reading and writing the table that has migrations on record; grant it on that table and no other. */
export const GRANT_MIGRATION_RECORD = 'GRANT SELECT, INSERT ON {schema}.{table} TO {executor}'
/** ANALYZE TABLE; grant it on the tables that may be analysed and no others. */
export const GRANT_ANALYZE = 'GRANT SELECT, INSERT ON {schema}.{table} TO {executor}'
/** KILL of other accounts' connections and statements. */
export const GRANT_KILL: readonly string[] = [
  '[MySQL] GRANT CONNECTION_ADMIN ON *.* TO {executor}',
  '[MariaDB] GRANT CONNECTION ADMIN ON *.* TO {executor}',
]
/** SET GLOBAL of most settings. MariaDB has no narrower privilege for them than SUPER. */
export const GRANT_SET_GLOBAL: readonly string[] = [
  '[MySQL] GRANT SYSTEM_VARIABLES_ADMIN ON *.* TO {executor}',
  '[MariaDB] GRANT SUPER ON *.* TO {executor}',
]
/** SET GLOBAL of connection limits, which MariaDB allows to CONNECTION ADMIN. */
export const GRANT_SET_CONNECTIONS: readonly string[] = [
  '[MySQL] GRANT SYSTEM_VARIABLES_ADMIN ON *.* TO {executor}',
  '[MariaDB] GRANT CONNECTION ADMIN ON *.* TO {executor}',
]
/** ALTER USER, and reading the four columns of mysql.user the present limit is found by; none is a secret. */
export const GRANT_USER_LIMIT: readonly string[] = [
  'GRANT CREATE USER ON *.* TO {executor}',
  '[MySQL] GRANT SELECT (User, Host, max_user_connections, account_locked) ON mysql.user TO {executor}',
  '[MariaDB] GRANT SELECT (User, Host, max_user_connections, is_role) ON mysql.user TO {executor}',
]
/** Seeing which columns have engine-independent statistics. */
export const GRANT_COLUMN_STATS = '[MariaDB] GRANT SELECT ON mysql.column_stats TO {executor}'
