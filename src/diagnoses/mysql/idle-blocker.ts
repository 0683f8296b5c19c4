/** B2 row 6: a transaction that does nothing holds locks others wait for. */
import type { TestResult, Weight } from '../../core/diagnosis.ts'
import type { LockGraph, RootBlocker } from '../../engines/mysql/shapes.ts'
import {
  concernedRoot,
  connectionOf,
  describeRoot,
  LOCK_GRAPH,
  lockGraph,
  protectedBecause,
  WAITS_SERIES,
} from './blocker-evidence.ts'
import { claimOf, count, type MysqlDiagnosis, notKnown, ruledOut } from './mysql-diagnosis.ts'

/** Rows a transaction may have changed for its end to be proposed at all; more is left to a person. */
export const MOST_MODIFIED = 10_000

export const idleBlocker: MysqlDiagnosis = {
  id: 'mysql/idle-blocker',
  version: 1,
  engine: 'mysql',
  title: 'An idle transaction holds locks others wait for',
  rootCause: 'IDLE_BLOCKER',
  categories: ['LOCK_CONTENTION'],
  needs: () => [LOCK_GRAPH],
  test(subject, answers) {
    const graph = lockGraph(answers)
    if (graph?.known !== true) return notKnown('who waits for whom', graph)
    const root = concernedRoot(subject, graph.value)
    if (root === null) return ruledOut('nobody blocks others there any more')
    const claim = claimOf(
      `connection ${root.connectionId} of ${root.user} holds up ${count(root.waiters.length)} session(s), the longest for ${count(root.longestWaitSeconds)} s`,
      graph,
      describeRoot(root),
      { recheck: LOCK_GRAPH },
    )
    if (root.idleSeconds === null) return ruledOut('the blocker is running a statement', [claim])
    const kept = protectedBecause(root)
    if (kept !== null) return ruledOut(kept, [claim])
    return {
      outcome: 'supported',
      hypothesis: `Connection ${root.connectionId} of ${root.user} has been idle for ${count(root.idleSeconds)} s inside a transaction and holds locks on ${root.objects.join(', ') || 'rows'} that ${count(root.waiters.length)} session(s) wait for.`,
      recommendation: recommendation(root),
      claims: [
        claim,
        claimOf(
          `the transaction has changed ${count(root.rowsModified)} rows, which ending it rolls back`,
          graph,
          root.rowsModified,
          { unit: 'rows', recheck: LOCK_GRAPH },
        ),
      ],
      weights: weigh(root),
      candidates: candidates(graph.value, root),
      affectingQueries: root.fingerprintId === null ? [] : [root.fingerprintId],
    } satisfies TestResult
  },
}

function recommendation(root: RootBlocker): string {
  if (root.rowsModified > MOST_MODIFIED) {
    return `It has changed ${count(root.rowsModified)} rows: ask its owner (${root.user}) to commit or roll back; ending it would roll all of them back.`
  }
  return `End the connection; the application should commit, or set a limit on idle transactions.`
}

function candidates(graph: LockGraph, root: RootBlocker) {
  if (root.transactionId === null || root.rowsModified > MOST_MODIFIED) return []
  const actionId = root.rowsModified === 0 ? 'mysql/kill-idle-reader' : 'mysql/kill-idle-transaction'
  return [
    {
      actionId,
      params: { connection: connectionOf(graph, root, 'transaction') },
      why:
        root.rowsModified === 0
          ? 'Nothing was modified, so nothing is lost; the waiting sessions go on at once.'
          : `The waiting sessions go on; ${count(root.rowsModified)} uncommitted row changes are rolled back.`,
      affectedSeries: [WAITS_SERIES],
    },
  ]
}

function weigh(root: RootBlocker): Weight[] {
  const weights: Weight[] = []
  if (root.waiters.length >= 3) weights.push({ why: 'three or more sessions wait for it', logOdds: 2 })
  if ((root.idleSeconds ?? 0) >= 10)
    weights.push({ why: 'it has been idle for ten seconds or more', logOdds: 1 })
  if (root.rowsModified > MOST_MODIFIED) weights.push({ why: 'ending it means a long rollback', logOdds: -3 })
  return weights
}
