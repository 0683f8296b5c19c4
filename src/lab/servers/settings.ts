/** The option file of a private server: where it lives, which instruments it has, and who its root is. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { ServerBinary, ServerFlavour } from './find-servers.ts'

/** `on`: every instrument dbmedic can read. `server-default`: what a server has when nobody configured it. */
export type Instruments = 'on' | 'server-default'

/** Settings by name as in an option file, dashes or underscores alike; they win over the instruments'. */
export type Settings = Readonly<Record<string, string>>

/** Where one private server keeps its things. All paths absolute. */
export interface ServerPlace {
  readonly home: string
  readonly dataDir: string
  readonly port: number
}

/** The files of a private server, by folder. */
export function placeFiles(home: string) {
  return {
    optionFile: join(home, 'my.cnf'),
    initFile: join(home, 'init.sql'),
    socketPath: join(home, 's'),
    errorLogPath: join(home, 'error.log'),
    slowLogPath: join(home, 'slow.log'),
    temporaryDir: join(home, 'tmp'),
    pidFile: join(home, 'pid'),
    clockFile: join(home, 'clock'),
  }
}

/**
 * Instruments of MariaDB 10.6+: Performance Schema is off by default, and of it metadata locks,
 * transactions and statement history (https://mariadb.com/kb/en/performance-schema-overview/).
 */
const MARIADB_INSTRUMENTS: Settings = {
  performance_schema: 'ON',
  'performance-schema-instrument#1': "'wait/lock/metadata/sql/mdl=ON'",
  'performance-schema-instrument#2': "'transaction=ON'",
  // The history stays empty on MariaDB unless the current statements are kept too.
  'performance-schema-consumer-events-statements-current': 'ON',
  'performance-schema-consumer-events-statements-history': 'ON',
  'performance-schema-consumer-events-transactions-current': 'ON',
  log_slow_verbosity: 'query_plan,explain',
}

/**
 * MySQL 8.0+ has the Performance Schema instruments on already. Deadlocks reach its error log as notes,
 * which verbosity 3 keeps (https://dev.mysql.com/doc/refman/8.4/en/server-system-variables.html#sysvar_log_error_verbosity).
 */
const MYSQL_INSTRUMENTS: Settings = { log_slow_extra: 'ON', log_error_verbosity: '3' }

const BOTH_INSTRUMENTS: Settings = {
  slow_query_log: 'ON',
  long_query_time: '0.2',
  innodb_print_all_deadlocks: 'ON',
}

/**
 * A private server is thrown away, so it need not survive a power cut: commits are written at once and
 * flushed once a second. They do survive `kill -9` of the server, which tests rely on.
 */
const THROWAWAY: Record<ServerFlavour, Settings> = {
  mariadb: { innodb_flush_log_at_trx_commit: '2', innodb_log_file_size: '48M' },
  mysql: {
    innodb_flush_log_at_trx_commit: '2',
    innodb_redo_log_capacity: '64M',
    sync_binlog: '0',
    mysqlx: '0',
  },
}

/** What an option file is made of. */
export interface OptionFileParts {
  readonly binary: ServerBinary
  readonly place: ServerPlace
  readonly instruments: Instruments
  readonly settings: Settings
}

/** The text of `my.cnf`. The server's place (socket, port, folders) cannot be overridden by `settings`. */
export function optionFile({ binary, place, instruments, settings }: OptionFileParts): string {
  const own = binary.flavour === 'mariadb' ? MARIADB_INSTRUMENTS : MYSQL_INSTRUMENTS
  const instrumented = instruments === 'on' ? { ...BOTH_INSTRUMENTS, ...own } : {}
  const merged = new Map<string, string>()
  for (const group of [THROWAWAY[binary.flavour], instrumented, settings, placement(binary, place)]) {
    for (const [name, value] of Object.entries(group)) merged.set(name.replaceAll('-', '_'), value)
  }
  const lines = [...merged].map(([name, value]) => `${name.replace(/#\d+$/, '')}=${value}`)
  return ['[mysqld]', ...lines, ''].join('\n')
}

/** Options that any run of this binary needs, initialisation included. */
export function installationSettings(binary: ServerBinary): Settings {
  if (!binary.unpacked) return { basedir: binary.baseDir }
  const share = join(binary.baseDir, 'share/mysql')
  return {
    basedir: binary.baseDir,
    lc_messages_dir: share,
    character_sets_dir: join(share, 'charsets'),
    plugin_dir: join(binary.baseDir, 'lib/mysql/plugin'),
  }
}

/** The account the server must run as: needed only when this process is root. */
export function runAs(): Settings {
  return process.getuid?.() === 0 ? { user: 'root' } : {}
}

function placement(binary: ServerBinary, place: ServerPlace): Settings {
  const files = placeFiles(place.home)
  return {
    ...installationSettings(binary),
    ...runAs(),
    ...(binary.flavour === 'mysql' ? { secure_file_priv: 'NULL' } : {}),
    datadir: place.dataDir,
    socket: files.socketPath,
    port: String(place.port),
    bind_address: '127.0.0.1',
    pid_file: files.pidFile,
    log_error: files.errorLogPath,
    slow_query_log_file: files.slowLogPath,
    // Not the machine's: a MariaDB that starts deletes every `#sql*` there, those of other running servers too.
    tmpdir: files.temporaryDir,
  }
}

/** A password no one can guess, of letters and digits only, so that it needs no quoting anywhere. */
export function newPassword(): string {
  return randomBytes(18).toString('base64url').replaceAll(/[-_]/g, 'x')
}

/** MariaDB makes a root for this machine's name and for ::1, without passwords. */
const MARIADB_ONLY_LOCAL_ROOT = [
  `DELETE FROM mysql.global_priv WHERE User = 'root' AND Host NOT IN ('localhost', '127.0.0.1');`,
  'FLUSH PRIVILEGES;',
]

/** Run by the server before it accepts connections: root gets `password`, by socket and by 127.0.0.1, and is the only root. */
export function initStatements(flavour: ServerFlavour, password: string): string {
  return [
    'SET SESSION sql_log_bin = 0;',
    ...(flavour === 'mariadb' ? MARIADB_ONLY_LOCAL_ROOT : []),
    `ALTER USER 'root'@'localhost' IDENTIFIED BY '${password}';`,
    `CREATE USER IF NOT EXISTS 'root'@'127.0.0.1' IDENTIFIED BY '${password}';`,
    `ALTER USER 'root'@'127.0.0.1' IDENTIFIED BY '${password}';`,
    `GRANT ALL PRIVILEGES ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;`,
    '',
  ].join('\n')
}
