/** Sessions and transactions as the servers list them, and what kind of session each is. */
import type { UtcTime } from '../../../core/time.ts'
import { SqlLexer, TokenKind } from '../../../sql/index.ts'
import { count, number, type Row, text, textOrEmpty, utcTime } from '../cells.ts'
import type { Session } from '../shapes.ts'
import type { QuestionContext, Reader } from './question.ts'
import type { ServerFacts } from './server-facts.ts'

/** MySQL 8.0.22+ has a list that does not take the global thread mutex; without the Performance Schema it is empty. */
export function processListTable(facts: ServerFacts): string {
  const isQuiet = facts.flavour === 'mysql' && facts.version >= 80_022 && facts.performanceSchema
  return isQuiet ? 'performance_schema.processlist' : 'information_schema.PROCESSLIST'
}

/** One session, its statement unmasked: it must not leave the process. */
export interface LiveSession {
  readonly connectionId: string
  readonly user: string
  readonly host: string
  readonly database: string | null
  readonly command: string
  readonly state: string
  readonly seconds: number
  readonly queryId: string | null
  readonly statement: string | null
  readonly kind: Session['kind']
}

/** One transaction of InnoDB. */
export interface LiveTransaction {
  readonly connectionId: string
  readonly transactionId: string
  /** Null if the server's text is no time. */
  readonly startedAt: string | null
  readonly ageSeconds: number
  readonly state: string
  /** How long it has waited for a row lock; null if it waits for none. */
  readonly waitSeconds: number | null
  readonly rowsLocked: number
  readonly rowsModified: number
}

/** Most sessions and transactions read at once. */
export const SESSIONS_MAX = 5_000

/** Sessions at one moment of the target's clock. */
export interface SessionsSeen {
  readonly at: UtcTime
  /** Statements are unmasked: they must not leave the process. */
  readonly sessions: readonly LiveSession[]
}

type Names = Pick<QuestionContext, 'reader' | 'ownUsers' | 'backupUsers'>

/** Reads all sessions. Rejects with the server's error, or a RangeError where it does not say what time it is. */
export async function readSessions(context: Names, facts: ServerFacts): Promise<SessionsSeen> {
  const rows = await context.reader.query(`${sessionsSql(facts)} LIMIT ${SESSIONS_MAX}`)
  const at = utcTime(rows[0]?.['now'])
  if (at === null) throw new RangeError('the server does not say what time it is')
  return { at, sessions: rows.map((row) => sessionOf(row, context)) }
}

/** Reads the session of one connection; null where there is none. Rejects with the server's error. */
export async function readSession(
  context: Names,
  facts: ServerFacts,
  connectionId: string,
): Promise<LiveSession | null> {
  const [row] = await context.reader.query(`${sessionsSql(facts)} WHERE ID = ?`, [connectionId])
  return row === undefined ? null : sessionOf(row, context)
}

const sessionsSql = (facts: ServerFacts): string =>
  `SELECT ID AS id, USER AS user_name, HOST AS host_name, DB AS db, COMMAND AS command, STATE AS state,
  TIME AS seconds, ${facts.flavour === 'mariadb' ? 'QUERY_ID' : 'NULL'} AS query_id, LEFT(INFO, 65536) AS info,
  ID = CONNECTION_ID() AS is_reader, UTC_TIMESTAMP(6) AS now
FROM ${processListTable(facts)}`

function sessionOf(row: Row, names: Pick<QuestionContext, 'ownUsers' | 'backupUsers'>): LiveSession {
  const session = {
    connectionId: textOrEmpty(row['id']),
    user: textOrEmpty(row['user_name']),
    host: textOrEmpty(row['host_name']),
    database: text(row['db']),
    command: textOrEmpty(row['command']),
    state: textOrEmpty(row['state']),
    seconds: count(row['seconds']),
    queryId: text(row['query_id']),
    statement: text(row['info']),
  }
  const isReader = count(row['is_reader']) === 1
  return { ...session, kind: isReader ? 'own' : sessionKind(session, names) }
}

const REPLICATION = /^(?:Binlog Dump|Slave_|Replica_|Register (?:Slave|Replica)|Connect$|Group Replication)/i
const SYSTEM_USERS = new Set([
  'system user',
  'event_scheduler',
  'unauthenticated user',
  'mysql.session',
  'mysql.sys',
  'mysql.infoschema',
  'mariadb.sys',
])
/** Accounts the common backup tools use by default or by their manuals' examples. */
const BACKUP_USERS = new Set([
  'mariabackup',
  'mariadb-backup',
  'xtrabackup',
  'bkpuser',
  'mysqlbackup',
  'mydumper',
  'mysqldump',
  'backup',
])

/** What kind of session it is. Anything not known to be the server's, replication's, a backup's or ours is a client. */
export function sessionKind(
  session: Pick<LiveSession, 'user' | 'command'>,
  names: Pick<QuestionContext, 'ownUsers' | 'backupUsers'>,
): Session['kind'] {
  if (names.ownUsers.includes(session.user)) return 'own'
  if (SYSTEM_USERS.has(session.user)) return session.command === 'Daemon' ? 'system' : systemKind(session)
  if (REPLICATION.test(session.command) && session.command !== 'Connect') return 'replication'
  if (session.command === 'Daemon') return 'system'
  if (BACKUP_USERS.has(session.user) || names.backupUsers.includes(session.user)) return 'backup'
  return 'client'
}

/** Replication appliers run as `system user`, in command Connect, Query or Slave_…. */
function systemKind(session: Pick<LiveSession, 'user' | 'command'>): Session['kind'] {
  return session.user === 'system user' ? 'replication' : 'system'
}

/** INNODB_TRX tells times in the zone of the server's machine, whatever the session's is (observed on both flavours). */
const utc = (column: string): string => `CONVERT_TZ(${column}, 'SYSTEM', '+00:00')`

const TRX_COLUMNS = `trx_id AS id, trx_mysql_thread_id AS connection_id, ${utc('trx_started')} AS started,
  TIMESTAMPDIFF(SECOND, ${utc('trx_started')}, NOW()) AS age, trx_state AS state,
  TIMESTAMPDIFF(SECOND, ${utc('trx_wait_started')}, NOW()) AS wait_seconds, trx_rows_locked AS rows_locked,
  trx_rows_modified AS rows_modified`

/** Reads open InnoDB transactions but the reader's own; of one connection, or all. Needs PROCESS. */
export async function readTransactions(
  reader: Reader,
  connectionId: string | null = null,
): Promise<readonly LiveTransaction[]> {
  const of = connectionId === null ? 'trx_mysql_thread_id <> CONNECTION_ID()' : 'trx_mysql_thread_id = ?'
  const rows = await reader.query(
    `SELECT ${TRX_COLUMNS} FROM information_schema.INNODB_TRX WHERE ${of} ORDER BY trx_started LIMIT ${SESSIONS_MAX}`,
    connectionId === null ? [] : [connectionId],
  )
  return rows.map((row) => ({
    connectionId: textOrEmpty(row['connection_id']),
    transactionId: textOrEmpty(row['id']),
    startedAt: utcTime(row['started']),
    ageSeconds: Math.max(0, number(row['age']) ?? 0),
    state: textOrEmpty(row['state']),
    waitSeconds: isWaiting(row) ? Math.max(0, number(row['wait_seconds']) ?? 0) : null,
    rowsLocked: count(row['rows_locked']),
    rowsModified: count(row['rows_modified']),
  }))
}

const isWaiting = (row: Row): boolean => textOrEmpty(row['state']) === 'LOCK WAIT'

const DDL = new Set([
  'alter',
  'create',
  'drop',
  'rename',
  'truncate',
  'optimize',
  'repair',
  'analyze',
  'lock',
])

/** Whether a statement takes or waits for an exclusive metadata lock by its kind. */
export function isDdl(statement: string | null, dialect: ConstructorParameters<typeof SqlLexer>[1]): boolean {
  if (statement === null) return false
  const lexer = new SqlLexer(statement, dialect)
  let kind = lexer.next()
  while (kind === TokenKind.comment || kind === TokenKind.hint || kind === TokenKind.versionOpen)
    kind = lexer.next()
  return kind === TokenKind.word && DDL.has(lexer.tokenText().toLowerCase())
}
