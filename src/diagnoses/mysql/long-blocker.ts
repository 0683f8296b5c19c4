/** B2 row 7: a statement that is still running holds locks others wait for. */
import type { TestResult, Weight } from '../../core/diagnosis.ts'
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

export const longBlocker: MysqlDiagnosis = {
  id: 'mysql/long-blocker',
  version: 1,
  engine: 'mysql',
  title: 'A running statement holds locks others wait for',
  rootCause: 'LONG_BLOCKER',
  categories: ['LOCK_CONTENTION'],
  needs: () => [LOCK_GRAPH],
  test(subject, answers) {
    const graph = lockGraph(answers)
    if (graph?.known !== true) return notKnown('who waits for whom', graph)
    const root = concernedRoot(subject, graph.value)
    if (root === null) return ruledOut('nobody blocks others there any more')
    const claim = claimOf(
      `connection ${root.connectionId} of ${root.user} holds up ${count(root.waiters.length)} session(s)`,
      graph,
      describeRoot(root),
      { recheck: LOCK_GRAPH },
    )
    if (root.idleSeconds !== null) return ruledOut('the blocker is idle', [claim])
    const kept = protectedBecause(root)
    if (kept !== null) return ruledOut(kept, [claim])
    const weights: Weight[] = root.isDdl
      ? [{ why: 'it changes a definition; ending it wastes its work', logOdds: -2 }]
      : []
    if (root.waiters.length >= 3) weights.push({ why: 'three or more sessions wait for it', logOdds: 1 })
    return {
      outcome: 'supported',
      hypothesis: `A statement running on connection ${root.connectionId} of ${root.user} holds locks that ${count(root.waiters.length)} session(s) wait for.`,
      recommendation: 'End the statement, or wait for it if its work is worth more than the wait.',
      claims: [claim],
      weights,
      candidates: [
        {
          actionId: 'mysql/kill-query',
          params: { connection: connectionOf(graph.value, root, 'statement') },
          why: 'Only this statement is rolled back; its transaction and connection stay.',
          affectedSeries: [WAITS_SERIES],
        },
      ],
      affectingQueries: root.fingerprintId === null ? [] : [root.fingerprintId],
    } satisfies TestResult
  },
}
