/** The questions `connection` and `connection-unchanged`: one connection re-read against a bound identity. */
import { fingerprintId } from '../../../sql/index.ts'
import { count } from '../cells.ts'
import { asWritten } from '../named-constants.ts'
import type { ConnectionNow, MysqlQuestions } from '../shapes.ts'
import { serverDialect } from './dialect.ts'
import { errorNumber, isDenied } from './failure.ts'
import { sameEpoch } from './identity.ts'
import { readPrograms } from './lock-graph.ts'
import * as param from './params.ts'
import { type LiveSession, type LiveTransaction, readSession, readTransactions } from './process-list.ts'
import type { Answer, Found, Question, QuestionContext, Reader } from './question.ts'
import { type ServerFacts, serverFacts } from './server-facts.ts'

type Bound = MysqlQuestions['connection']['params']

/** Members of a bound connection, each strictly read. */
export const connectionShape = {
  instanceUid: param.instanceUid,
  epoch: param.instant,
  connectionId: param.digits,
  user: param.accountPart,
  host: param.accountPart,
  database: param.orNull(param.objectName),
  transactionId: param.orNull(param.digits),
  transactionStartedAt: param.orNull(param.instant),
  queryId: param.orNull(param.digits),
  statementFingerprintId: param.orNull(param.fingerprintId),
} as const

const SOURCE = 'process list, information_schema.INNODB_TRX'

/** The connection as it is now, compared with every bound member. */
export const connection: Question<'connection'> = {
  params: param.exactly(connectionShape),
  answer: async (context, bound) => {
    const found = await readConnection(context, bound)
    if ('because' in found || !found.value.present) return found
    const facts = await serverFacts(context.reader)
    const blocksOthers = await blockedBy(context.reader, facts, bound.connectionId)
    return { ...found, value: { ...found.value, blocksOthers } }
  },
}

/** The longest bound "idle" and the most rows a writer may have modified; see `BoundState` in shapes.ts. */
const IDLE_SECONDS_MIN = 600
const WRITER_ROWS_MAX = 10_000

/** The comparison and the expected state as one stable yes or no. */
export const connectionUnchanged: Question<'connection-unchanged'> = {
  params: param.exactly({
    ...connectionShape,
    expect: param.oneOf(['statement', 'idle-reader', 'idle-writer', 'idle']),
  }),
  answer: async (context, { expect, ...bound }) => {
    const found = await readConnection(context, bound)
    if ('because' in found) return found
    const unchanged = found.value.same && found.value.kind === 'client' && STATES[expect](found.value)
    return { value: { unchanged }, source: SOURCE }
  },
}

const STATES = {
  statement: (now) => now.command === 'Query' || now.command === 'Execute',
  'idle-reader': (now) => now.command === 'Sleep' && now.hasTransaction && now.rowsModified === 0,
  'idle-writer': (now) =>
    now.command === 'Sleep' && now.hasTransaction && within(now.rowsModified, 1, WRITER_ROWS_MAX),
  idle: (now) => now.command === 'Sleep' && !now.hasTransaction && (now.idleSeconds ?? 0) >= IDLE_SECONDS_MIN,
} as const satisfies Record<
  MysqlQuestions['connection-unchanged']['params']['expect'],
  (now: ConnectionNow) => boolean
>

function within(value: number | null, low: number, high: number): boolean {
  return value !== null && value >= low && value <= high
}

/** All but `blocksOthers`, which takes longest and which a kill must not wait for. */
async function readConnection(context: QuestionContext, bound: Bound): Promise<Found<Answer<'connection'>>> {
  const identity = await context.identity()
  if (!identity.known) return identity
  const facts = await serverFacts(context.reader)
  const session = await readSession(context, facts, bound.connectionId)
  if (session === null) return { value: ABSENT, source: SOURCE }
  const program = (await readPrograms(context.reader, bound.connectionId)).get(bound.connectionId)
  const transaction = (await readTransactions(context.reader, bound.connectionId))[0] ?? null
  const server = [
    ...(identity.value.instanceUid === bound.instanceUid ? [] : ['instanceUid']),
    ...(sameEpoch(identity.value.epoch, bound.epoch) ? [] : ['epoch']),
  ]
  const differences = [...server, ...(await differing({ context, bound, session, transaction }))]
  const isIdle = session.command === 'Sleep'
  return {
    value: {
      present: true,
      same: differences.length === 0,
      differences,
      command: session.command,
      kind: session.kind === 'client' ? (program ?? 'client') : session.kind,
      idleSeconds: isIdle ? session.seconds : null,
      rowsModified: transaction?.rowsModified ?? null,
      hasTransaction: transaction !== null,
      blocksOthers: 0,
      queryId: isIdle ? null : session.queryId,
    },
    source: SOURCE,
  }
}

const ABSENT: ConnectionNow = {
  present: false,
  same: false,
  differences: ['connectionId'],
  command: null,
  kind: null,
  idleSeconds: null,
  rowsModified: null,
  hasTransaction: false,
  blocksOthers: 0,
  queryId: null,
}

interface Compared {
  readonly context: QuestionContext
  readonly bound: Bound
  readonly session: LiveSession
  readonly transaction: LiveTransaction | null
}

/** Names of the bound members that no longer hold. A member bound as null is not compared, the database excepted. */
async function differing({ context, bound, session, transaction }: Compared): Promise<readonly string[]> {
  const isRunning = session.command !== 'Sleep'
  const compared: { readonly [member: string]: boolean } = {
    user: session.user !== bound.user,
    host: session.host !== bound.host,
    database: session.database !== bound.database,
    transactionId: differs(bound.transactionId, transaction?.transactionId),
    transactionStartedAt: differs(bound.transactionStartedAt, transaction?.startedAt, sameSecond),
    queryId: differs(bound.queryId, isRunning ? session.queryId : null),
    statementFingerprintId: differs(
      bound.statementFingerprintId,
      await fingerprintNow(context.reader, bound, session),
    ),
  }
  return Object.keys(compared).filter((member) => compared[member])
}

async function fingerprintNow(reader: Reader, bound: Bound, session: LiveSession): Promise<string | null> {
  const isAsked = bound.statementFingerprintId !== null && session.command !== 'Sleep'
  if (!isAsked || session.statement === null) return null
  const dialect = await serverDialect(reader)
  return fingerprintId(asWritten(session.statement, dialect), dialect)
}

function differs(
  bound: string | null,
  now: string | null | undefined,
  same: (left: string, right: string) => boolean = (left, right) => left === right,
): boolean {
  return bound !== null && (now === null || now === undefined || !same(bound, now))
}

/** INNODB_TRX has whole seconds. */
function sameSecond(left: string, right: string): boolean {
  return left.slice(0, 19) === right.slice(0, 19)
}

/** Sessions that wait for a row lock of this connection right now. */
const BLOCKED_SQL = {
  mysql: `SELECT COUNT(DISTINCT w.REQUESTING_THREAD_ID) AS blocked FROM performance_schema.data_lock_waits w
JOIN performance_schema.threads t ON t.THREAD_ID = w.BLOCKING_THREAD_ID WHERE t.PROCESSLIST_ID = ?`,
  mariadb: `SELECT COUNT(DISTINCT w.requesting_trx_id) AS blocked FROM information_schema.INNODB_LOCK_WAITS w
JOIN information_schema.INNODB_TRX b ON b.trx_id = w.blocking_trx_id WHERE b.trx_mysql_thread_id = ?`,
} as const

/** Sessions that wait for a metadata lock this connection was granted; needs the instrument, 0 without. */
const METADATA_BLOCKED_SQL = `SELECT COUNT(DISTINCT p.OWNER_THREAD_ID) AS blocked FROM performance_schema.metadata_locks p
JOIN performance_schema.metadata_locks g ON g.OBJECT_TYPE = p.OBJECT_TYPE AND g.OBJECT_SCHEMA = p.OBJECT_SCHEMA
  AND g.OBJECT_NAME = p.OBJECT_NAME AND g.LOCK_STATUS = 'GRANTED' AND g.OWNER_THREAD_ID <> p.OWNER_THREAD_ID
JOIN performance_schema.threads t ON t.THREAD_ID = g.OWNER_THREAD_ID
WHERE p.OBJECT_TYPE = 'TABLE' AND p.LOCK_STATUS = 'PENDING' AND t.PROCESSLIST_ID = ?`

async function blockedBy(reader: Reader, facts: ServerFacts, connectionId: string): Promise<number> {
  const rowLocks = await blockedCount(reader, BLOCKED_SQL[facts.flavour], connectionId)
  return rowLocks + (await blockedCount(reader, METADATA_BLOCKED_SQL, connectionId))
}

async function blockedCount(reader: Reader, sql: string, connectionId: string): Promise<number> {
  try {
    return count((await reader.query(sql, [connectionId]))[0]?.['blocked'])
  } catch (error) {
    if (isDenied(error) || errorNumber(error) === 1146) return 0
    throw error
  }
}
