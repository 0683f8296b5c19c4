/** The question `lock-graph`: who waits for whom now, reduced to the roots, the only ones worth acting on. */
import { setTimeout as sleep } from 'node:timers/promises'
import { fingerprint } from '../../../sql/index.ts'
import { text } from '../cells.ts'
import { asWritten } from '../named-constants.ts'
import { PROGRAM_NAME } from '../open-connection.ts'
import { placeholders } from '../placeholders.ts'
import type { LockGraph, LockWait, MetadataWait, RootBlocker, Session } from '../shapes.ts'
import { readLockWaits, readMetadataWaits } from '../snapshots/lock-waits.ts'
import { BACKUP_PROGRAMS } from '../snapshots/program-names.ts'
import { serverDialect } from './dialect.ts'
import { exactly, wholeNumber } from './params.ts'
import {
  isDdl,
  type LiveSession,
  type LiveTransaction,
  readSessions,
  readTransactions,
} from './process-list.ts'
import type { Found, Question, QuestionContext, Reader } from './question.ts'
import { serverFacts } from './server-facts.ts'
import { seesMetadataLocks } from './table-blockers.ts'

const FINGERPRINT_CHARACTERS_MAX = 1_024
const ROOTS_MAX = 100
/** Longest a later look may be put off: the target's other questions wait meanwhile. */
const LATER_SECONDS_MAX = 5

/** Reads sessions, transactions and waits one after the other; a wait that began in between may be missing. */
export const lockGraph: Question<'lock-graph'> = {
  params: exactly({}),
  answer: readLockGraph,
}

/** A look of its own, some seconds after it was asked for: who blocks at both is no passing queue. */
export const laterLockGraph: Question<'later-lock-graph'> = {
  params: exactly({ afterSeconds: wholeNumber(1, LATER_SECONDS_MAX) }),
  async answer(context, { afterSeconds }) {
    await sleep(afterSeconds * 1000)
    return readLockGraph(context)
  },
}

async function readLockGraph(context: QuestionContext): Promise<Found<LockGraph>> {
  const { reader } = context
  const identity = await context.identity()
  if (!identity.known) return identity
  const server = await serverFacts(reader)
  const target = {
    query: (sql: string, values?: readonly (string | number | null)[]) => reader.query(sql, values),
    server,
  }
  const transactions = await readTransactions(reader)
  const lockWaits = await readLockWaits(target, transactions)
  const { at, sessions: listed } = await readSessions(context, server)
  const sessions = await withPrograms(reader, listed)
  const metadataWaits = await readMetadataWaits(target, sessions)
  const dialect = await serverDialect(reader)
  const describe = describer(sessions, transactions, (statement) => ({
    ...fingerprint(asWritten(statement, dialect), dialect),
    isDdl: isDdl(statement, dialect),
  }))
  const { roots, pendingDdl } = reduceWaits({ lockWaits, metadataWaits }, describe)
  const value: LockGraph = {
    at,
    epoch: identity.value.epoch,
    instanceUid: identity.value.instanceUid,
    roots: roots.slice(0, ROOTS_MAX),
    lockWaits,
    metadataWaits,
    pendingDdl,
    metadataBlockersKnown:
      metadataWaits.length === 0
        ? await seesMetadataLocks(reader)
        : metadataWaits.every((wait) => wait.blockers !== null),
  }
  return { value, source: 'INNODB_TRX, row-lock waits, performance_schema.metadata_locks, process list' }
}

/** Sessions whose client says it is a backup tool or dbmedic are of that kind; the claim only ever protects. */
async function withPrograms(
  reader: Reader,
  sessions: readonly LiveSession[],
): Promise<readonly LiveSession[]> {
  const programs = await readPrograms(reader)
  return sessions.map((session) => {
    const program = programs.get(session.connectionId)
    if (session.kind !== 'client' || program === undefined) return session
    return { ...session, kind: program }
  })
}

/** What sessions' own names make of them, of one connection or all. Nobody is named without the Performance Schema. */
export async function readPrograms(
  reader: Reader,
  connectionId: string | null = null,
): Promise<ReadonlyMap<string, 'own' | 'backup'>> {
  const names = [PROGRAM_NAME, ...BACKUP_PROGRAMS]
  const sql = `SELECT PROCESSLIST_ID AS id, ATTR_VALUE AS program FROM performance_schema.session_connect_attrs
WHERE ATTR_NAME = 'program_name' AND ATTR_VALUE IN (${placeholders(names)})
  ${connectionId === null ? '' : 'AND PROCESSLIST_ID = ?'} LIMIT 1000`
  const rows = await reader
    .query(sql, connectionId === null ? names : [...names, connectionId])
    .catch(() => [])
  return new Map(
    rows.map((row) => [String(row['id']), text(row['program']) === PROGRAM_NAME ? 'own' : 'backup']),
  )
}

/** Facts of a connection, without what the graph adds. */
export type Described = Omit<RootBlocker, 'waiters' | 'longestWaitSeconds' | 'lock' | 'objects'>

type ReadStatement = (statement: string) => {
  readonly id: string
  readonly text: string
  readonly isDdl: boolean
}

function describer(
  sessions: readonly LiveSession[],
  transactions: readonly LiveTransaction[],
  read: ReadStatement,
): (connectionId: string) => Described {
  const sessionOf = new Map(sessions.map((session) => [session.connectionId, session]))
  const transactionOf = new Map(transactions.map((transaction) => [transaction.connectionId, transaction]))
  return (connectionId) => {
    const session = sessionOf.get(connectionId) ?? { ...GONE, connectionId }
    return {
      ...sessionPart(session),
      ...transactionPart(transactionOf.get(connectionId)),
      ...statementPart(session, read),
    }
  }
}

function sessionPart(session: LiveSession) {
  const { connectionId, user, host, database, command, kind, seconds } = session
  return {
    connectionId,
    user,
    host,
    database,
    command,
    kind,
    idleSeconds: command === 'Sleep' ? seconds : null,
  }
}

function transactionPart(transaction: LiveTransaction | undefined) {
  if (transaction === undefined)
    return { transactionId: null, transactionStartedAt: null, rowsModified: 0, rowsLocked: 0 }
  const { transactionId, startedAt, rowsModified, rowsLocked } = transaction
  return { transactionId, transactionStartedAt: startedAt, rowsModified, rowsLocked }
}

/** An idle session has no statement; the last one it ran is nobody's business any more. */
function statementPart({ command, statement, queryId }: LiveSession, read: ReadStatement) {
  if (command === 'Sleep') return { queryId: null, fingerprintId: null, fingerprint: null, isDdl: false }
  if (statement === null) return { queryId, fingerprintId: null, fingerprint: null, isDdl: false }
  const { id, text: shape, isDdl } = read(statement)
  return { queryId, fingerprintId: id, fingerprint: shape.slice(0, FINGERPRINT_CHARACTERS_MAX), isDdl }
}

/** A blocker without a session: a prepared XA transaction, or one that ended while we read. Never to be touched. */
const GONE: Omit<LiveSession, 'connectionId'> = {
  user: '',
  host: '',
  database: null,
  command: '',
  state: '',
  seconds: 0,
  queryId: null,
  statement: null,
  kind: 'system' satisfies Session['kind'],
}

interface Waits {
  readonly lockWaits: readonly LockWait[]
  readonly metadataWaits: readonly MetadataWait[]
}

interface Edge {
  readonly waiter: string
  readonly blocker: string
  readonly seconds: number
  readonly lock: RootBlocker['lock']
  readonly object: string | null
}

/**
 * Walks waiter to blocker. A root blocks somebody and waits for nobody; members of a cycle are no roots (the
 * server resolves a deadlock itself). `pendingDdl` waits for a metadata lock and is in the way of others.
 */
export function reduceWaits(
  waits: Waits,
  describe: (connectionId: string) => Described,
): { readonly roots: readonly RootBlocker[]; readonly pendingDdl: RootBlocker | null } {
  const edges = [...waits.lockWaits.map(rowEdge), ...waits.metadataWaits.flatMap(metadataEdges)]
  // A waiter whose blockers are not known waits all the same, so it is no root.
  const waiting = new Set([
    ...edges.map((edge) => edge.waiter),
    ...waits.metadataWaits.map((wait) => wait.waiter),
  ])
  const blocking = [...new Set(edges.map((edge) => edge.blocker))]
  const build = (id: string): RootBlocker => ({ ...describe(id), ...behind(id, edges) })
  const byWait = (a: RootBlocker, b: RootBlocker): number =>
    b.waiters.length - a.waiters.length || b.longestWaitSeconds - a.longestWaitSeconds
  const roots = blocking.filter((id) => !waiting.has(id)).map(build)
  const metadataWaiters = new Set(waits.metadataWaits.map((wait) => wait.waiter))
  const pending = blocking.filter((id) => metadataWaiters.has(id)).map(build)
  return {
    roots: roots.sort(byWait),
    pendingDdl: pending.filter((blocker) => blocker.isDdl).sort(byWait)[0] ?? null,
  }
}

function rowEdge(wait: LockWait): Edge {
  const { waiter, blocker, waitSeconds: seconds } = wait
  return { waiter, blocker, seconds, lock: 'row', object: objectName(wait) }
}

function metadataEdges(wait: MetadataWait): readonly Edge[] {
  const object = objectName(wait)
  return (wait.blockers ?? []).map((blocker) => ({
    waiter: wait.waiter,
    blocker,
    seconds: wait.waitSeconds,
    lock: 'metadata',
    object,
  }))
}

function objectName({
  schema,
  table,
}: {
  readonly schema: string | null
  readonly table: string | null
}): string | null {
  return table === null ? null : `${schema ?? ''}.${table}`
}

function behind(
  root: string,
  edges: readonly Edge[],
): Pick<RootBlocker, 'waiters' | 'longestWaitSeconds' | 'lock' | 'objects'> {
  const byBlocker = Map.groupBy(edges, (edge) => edge.blocker)
  const seen = new Set([root])
  const followed: Edge[] = []
  const next = [root]
  for (let at = next.pop(); at !== undefined; at = next.pop()) {
    for (const edge of byBlocker.get(at) ?? []) {
      followed.push(edge)
      if (seen.has(edge.waiter)) continue
      seen.add(edge.waiter)
      next.push(edge.waiter)
    }
  }
  const direct = byBlocker.get(root) ?? []
  return {
    waiters: [...seen].filter((id) => id !== root),
    longestWaitSeconds: Math.max(0, ...followed.map((edge) => edge.seconds)),
    lock: direct.some((edge) => edge.lock === 'row') ? 'row' : 'metadata',
    objects: [...new Set(followed.flatMap((edge) => edge.object ?? []))],
  }
}
