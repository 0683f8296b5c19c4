/** What the diagnoses of blocked sessions share: the lock graph, its worst root, and the connection it is. */
import type { Json } from '../../core/canonical.ts'
import type { Subject } from '../../core/diagnosis.ts'
import type { EvidenceQuestion } from '../../core/nouns.ts'
import type { ConnectionValue } from '../../core/parameters.ts'
import type { Reading } from '../../core/observer.ts'
import type { LockGraph, RootBlocker } from '../../engines/mysql/shapes.ts'
import type { MysqlAnswers } from './mysql-diagnosis.ts'

/** The series whose change shows that nobody waits any more. */
export const WAITS_SERIES = 'server:waits'

/** Question of the lock graph; its answer is the moment the diagnosis speaks about. */
export const LOCK_GRAPH: EvidenceQuestion = { kind: 'lock-graph', params: {} }

/** The lock graph as it was read. */
export const lockGraph = (answers: MysqlAnswers): Reading<LockGraph> | undefined =>
  answers.get('lock-graph', {})

/**
 * The root blocker this issue is about: on the table or connection it names, the one with most waiters;
 * null if nobody blocks there any more. Only roots are ever considered.
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
  if (affectedResourceType === 'transaction')
    return affectedResourceName.endsWith(`connection ${root.connectionId}`)
  if (affectedResourceType === 'table' && root.objects.length > 0)
    return root.objects.includes(affectedResourceName)
  return true
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
