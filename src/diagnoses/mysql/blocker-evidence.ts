/** What the diagnoses of blocked sessions share: the lock graph, its worst root, and the connection it is. */
import type { Json } from '../../core/canonical.ts'
import type { Subject, TestResult } from '../../core/diagnosis.ts'
import type { EvidenceQuestion, Issue } from '../../core/nouns.ts'
import type { Reading } from '../../core/observer.ts'
import type { ConnectionValue } from '../../core/parameters.ts'
import type { LockGraph, RootBlocker } from '../../engines/mysql/shapes.ts'
import {
  cannotTell,
  claimOf,
  count,
  eventFact,
  type MysqlAnswers,
  type NewClaim,
  notKnown,
  ruledOut,
  textFact,
} from './mysql-diagnosis.ts'

/** The series whose change shows that nobody waits any more. */
export const WAITS_SERIES = 'server:waits'

/** Question of the lock graph; its answer is the moment the diagnosis speaks about. */
export const LOCK_GRAPH: EvidenceQuestion = { kind: 'lock-graph', params: {} }

/** Idle, and waited for, no longer than this, a blocker may be between two statements of a short transaction, s. */
const MOMENT_SECONDS = 2

/** How much later the second look is: transactions that take turns have done so many times by then. */
const LATER = { afterSeconds: 1 } as const

/** The lock graph as it was read: the later look where there was one. */
export function lockGraph(answers: MysqlAnswers): Reading<LockGraph> | undefined {
  const later = answers.get('later-lock-graph', LATER)
  return later?.known === true ? later : answers.get('lock-graph', {})
}

/**
 * What is asked about who blocks whom. Who has been in the way for a moment only is looked at again: a forgotten
 * transaction is still there, and of short transactions that take turns another one is.
 */
export function lockGraphQuestions(subject: Subject, answers: MysqlAnswers): readonly EvidenceQuestion[] {
  const first = answers.get('lock-graph', {})
  const root = first?.known === true ? concernedRoot(subject, first.value) : null
  if (root === null || !isOfThisMoment(root)) return [LOCK_GRAPH]
  return [LOCK_GRAPH, { kind: 'later-lock-graph', params: LATER }]
}

const isOfThisMoment = (root: RootBlocker): boolean =>
  (root.idleSeconds ?? 0) < MOMENT_SECONDS && root.longestWaitSeconds < MOMENT_SECONDS

/** Whether one session was in the way at both looks; false where there was only one. */
export function lasted(subject: Subject, answers: MysqlAnswers, root: RootBlocker): boolean {
  const [first, later] = [answers.get('lock-graph', {}), answers.get('later-lock-graph', LATER)]
  if (first?.known !== true || later?.known !== true) return false
  const before = concernedRoot(subject, first.value)
  return (
    before?.connectionId === root.connectionId &&
    before.transactionId !== null &&
    before.transactionId === root.transactionId
  )
}

/** Name detectors give to a table they could not see. */
const UNKNOWN_TABLE = 'unknown table'

/**
 * The root blocker this issue is about: on the table or of the account it names, the one with most waiters; null
 * if nobody blocks there any more. Only roots are ever considered.
 */
export function concernedRoot(subject: Subject, graph: LockGraph): RootBlocker | null {
  const wanted = graph.roots.filter((root) => concerns(subject, root))
  const byHarm = [...wanted].sort(
    (a, b) => b.waiters.length - a.waiters.length || b.longestWaitSeconds - a.longestWaitSeconds,
  )
  return byHarm[0] ?? null
}

function concerns(subject: Subject, root: RootBlocker): boolean {
  const { affectedResourceType, affectedResourceName } = subject.issue
  if (affectedResourceType === 'transaction') return textFact(subject, 'user') === root.user
  return affectedResourceType !== 'table' || isOn(root, affectedResourceName)
}

/** Whether sessions wait for this blocker on the table of that name; what cannot be seen may be it. */
export const isOn = (root: RootBlocker, table: string): boolean =>
  table === UNKNOWN_TABLE || root.objects.length === 0 || root.objects.includes(table)

/** Of issues about one blocker, only that of the earliest rule in this order proposes to end it. */
const CARRIERS = ['mysql/lock-wait', 'mysql/metadata-lock-wait', 'mysql/idle-transaction'] as const

/** The open issue beside this one that is about sessions waiting for locks, the carrier of the proposal first; null for none. */
export function lockIssueBeside(subject: Subject): Issue | null {
  const place = ({ ruleId }: Issue): number => (CARRIERS as readonly string[]).indexOf(ruleId)
  const found = subject.alongside.filter((issue) => place(issue) >= 0)
  return found.sort((a, b) => place(a) - place(b) || a.issueId - b.issueId)[0] ?? null
}

/** The other open issue that carries the proposal about this blocker; null if this one does. */
export function carriedElsewhere(subject: Subject, root: RootBlocker): Issue | null {
  const place = (ruleId: string): number => (CARRIERS as readonly string[]).indexOf(ruleId)
  const own = place(subject.issue.ruleId)
  const others = subject.alongside.filter(
    (i) => place(i.ruleId) >= 0 && place(i.ruleId) < own && isOn(root, i.affectedResourceName),
  )
  return others.sort((a, b) => place(a.ruleId) - place(b.ruleId) || a.issueId - b.issueId)[0] ?? null
}

/**
 * The waiting DDL because of which everybody else waits: without it they would run beside the root. Null where the
 * root itself is in somebody's way, or the DDL is of a session that is never ended.
 */
export function queueBehindDdl(graph: LockGraph, root: RootBlocker): RootBlocker | null {
  const ddl = graph.pendingDdl
  if (ddl === null || ddl.waiters.length === 0 || protectedBecause(ddl) !== null) return null
  const queue = new Set([ddl.connectionId, ...ddl.waiters])
  return root.waiters.every((waiter) => queue.has(waiter)) ? ddl : null
}

/** What the instrument of metadata locks is switched on by, in words of both servers. */
export const METADATA_REMEDY =
  "Let mysql/enable-metadata-lock-instrument run, or: UPDATE performance_schema.setup_instruments SET ENABLED = 'YES', TIMED = 'YES' WHERE NAME = 'wait/lock/metadata/sql/mdl'. It sees locks taken from then on."

/** Somebody waits for a metadata lock and who holds it cannot be seen. */
export const metadataBlind = (graph: LockGraph): boolean =>
  graph.metadataWaits.some((wait) => wait.blockers === null)

/**
 * Of short transactions that queue for one row each is the blocker for a moment. The connection that was in the way
 * at another event of the issue, where this one is of this moment; null where it has lasted, or was there before too.
 */
function blockerBefore(subject: Subject, answers: MysqlAnswers, root: RootBlocker): string | null {
  if (!isOfThisMoment(root) || lasted(subject, answers, root)) return null
  const before = subject.events.map((event) => eventFact(event, 'rootConnectionId'))
  const other = before.find((id) => typeof id === 'string' && id !== root.connectionId)
  return typeof other === 'string' ? other : null
}

/** A blocker that may be spoken about, with the graph it is in and the claim that it blocks. */
export interface BlockerCase {
  readonly graph: LockGraph
  readonly root: RootBlocker
  readonly reading: Reading<LockGraph> & { readonly known: true }
  readonly claim: NewClaim
}

/** The blocker this issue is about, or why nothing can be said of one. */
export function blockerCase(subject: Subject, answers: MysqlAnswers): BlockerCase | TestResult {
  const reading = lockGraph(answers)
  if (reading?.known !== true) return notKnown('who waits for whom', reading)
  const graph = reading.value
  const root = concernedRoot(subject, graph)
  if (root === null) {
    return metadataBlind(graph)
      ? cannotTell('sessions wait for a metadata lock, and who holds it cannot be seen', METADATA_REMEDY)
      : ruledOut('nobody blocks others there any more')
  }
  const claim = claimOf(
    `connection ${root.connectionId} of ${root.user} holds up ${count(root.waiters.length)} session(s), the longest for ${count(root.longestWaitSeconds)} s`,
    reading,
    { value: describeRoot(root), recheck: LOCK_GRAPH },
  )
  const against = reasonAgainst({ subject, answers, graph, root })
  return against === null ? { graph, root, reading, claim } : ruledOut(against, [claim])
}

function reasonAgainst(seen: {
  readonly subject: Subject
  readonly answers: MysqlAnswers
  readonly graph: LockGraph
  readonly root: RootBlocker
}): string | null {
  const { subject, answers, graph, root } = seen
  const kept = protectedBecause(root)
  if (kept !== null) return kept
  const before = blockerBefore(subject, answers, root)
  if (before !== null)
    return `connection ${root.connectionId} is in the way since a moment ago, and connection ${before} was before it: they come and go`
  const other = carriedElsewhere(subject, root)
  if (other !== null)
    return `connection ${root.connectionId} is the blocker of issue ${other.issueId} (${other.affectedResourceName}) too; what to do about it is decided there`
  const ddl = queueBehindDdl(graph, root)
  return ddl === null
    ? null
    : `everybody but the DDL on connection ${ddl.connectionId} waits because of that DDL, not of this blocker`
}

/** The parameter that names this connection and nobody else. */
export function connectionOf(graph: LockGraph, root: RootBlocker, about: 'transaction' | 'statement'): Json {
  const value: ConnectionValue = {
    instanceUid: graph.instanceUid,
    epoch: graph.epoch,
    connectionId: root.connectionId,
    user: root.user,
    host: root.host,
    database: root.database,
    transactionId: about === 'transaction' ? root.transactionId : null,
    transactionStartedAt: about === 'transaction' ? root.transactionStartedAt : null,
    queryId: about === 'statement' ? root.queryId : null,
    statementFingerprintId: about === 'statement' ? root.fingerprintId : null,
  }
  return value as unknown as Json
}

/** What may be said of a root blocker, as a claim’s value: no statement, no values. */
export function describeRoot(root: RootBlocker): Json {
  return {
    connectionId: root.connectionId,
    user: root.user,
    command: root.command,
    idleSeconds: root.idleSeconds,
    rowsModified: root.rowsModified,
    rowsLocked: root.rowsLocked,
    waiters: root.waiters.length,
    longestWaitSeconds: root.longestWaitSeconds,
    objects: root.objects,
    lock: root.lock,
  }
}

/** Sessions that are never candidates, and why; null for an ordinary client. */
export function protectedBecause(root: RootBlocker): string | null {
  if (root.kind === 'client') return null
  if (root.kind === 'own') return 'it is dbmedic’s own session'
  return `it is a ${root.kind} session, which is never ended`
}
