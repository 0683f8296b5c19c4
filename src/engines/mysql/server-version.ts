/** Which server answers: its flavour and version, read from what VERSION() says. */
import { MARIADB, MYSQL, type SqlDialect } from '../../sql/index.ts'

/** MariaDB, or MySQL with its direct descendants (Percona Server). */
export type Flavour = 'mariadb' | 'mysql'

/** The lexical rules of a flavour, under the default sql_mode. */
export const dialectOf = (flavour: Flavour): SqlDialect => (flavour === 'mariadb' ? MARIADB : MYSQL)

/** A supported server's kind and version. */
export interface ServerVersion {
  readonly flavour: Flavour
  /** As VERSION() says it, e.g. `10.11.19-MariaDB-log`. */
  readonly versionText: string
  /** Three numbers in one, comparable: 10.11.19 is 101119, 8.0.36 is 80036. */
  readonly version: number
}

const OLDEST: Record<Flavour, number> = { mariadb: 100_600, mysql: 80_000 }
/** Servers that speak the protocol and say a MySQL version, but have other instruments. */
const LOOK_ALIKES = /tidb|vitess|oceanbase|singlestore|memsql|clickhouse|starrocks|doris|dolt|proxysql/i

/**
 * Reads VERSION(). `null` when it is no server this engine knows: too old, a look-alike, or not a version.
 * MariaDB's replication prefix `5.5.5-` is dropped.
 */
export function readServerVersion(versionText: string): ServerVersion | null {
  if (LOOK_ALIKES.test(versionText)) return null
  const flavour: Flavour = /mariadb/i.test(versionText) ? 'mariadb' : 'mysql'
  const match = /^(\d+)\.(\d+)\.(\d+)/.exec(versionText.replace(/^5\.5\.5-(?=\d+\.)/, ''))
  if (match === null) return null
  const version = Number(match[1]) * 10_000 + Number(match[2]) * 100 + Number(match[3])
  return version < OLDEST[flavour] ? null : { flavour, versionText, version }
}
