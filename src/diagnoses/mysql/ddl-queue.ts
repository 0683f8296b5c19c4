/** B2 row 8: a DDL waits for a metadata lock, and everybody else waits behind it. It is the cheapest victim. */
import type { TestResult, Weight } from '../../core/diagnosis.ts'
import {
  connectionOf,
  describeRoot,
  LOCK_GRAPH,
  lockGraph,
  protectedBecause,
  WAITS_SERIES,
} from './blocker-evidence.ts'
import { claimOf, count, type MysqlDiagnosis, notKnown, ruledOut } from './mysql-diagnosis.ts'

export const ddlQueue: MysqlDiagnosis = {
  id: 'mysql/ddl-queue',
  version: 1,
  engine: 'mysql',
  title: 'A waiting DDL holds up everybody behind it',
  rootCause: 'DDL_QUEUE',
  categories: ['LOCK_CONTENTION'],
  needs: () => [LOCK_GRAPH],
  test(_subject, answers) {
    const graph = lockGraph(answers)
    if (graph?.known !== true) return notKnown('who waits for whom', graph)
    const ddl = graph.value.pendingDdl
    if (ddl === null) return ruledOut('no DDL waits for a metadata lock')
    const claim = claimOf(
      `a DDL on connection ${ddl.connectionId} waits for a metadata lock on ${ddl.objects.join(', ') || 'a table'}; ${count(ddl.waiters.length)} session(s) wait behind it`,
      graph,
      describeRoot(ddl),
      { recheck: LOCK_GRAPH },
    )
    if (ddl.waiters.length === 0) return ruledOut('nobody waits behind the DDL', [claim])
    const kept = protectedBecause(ddl)
    const weights: Weight[] = [{ why: 'the queue stands behind one statement', logOdds: 1 }]
    if (ddl.kind === 'own') weights.push({ why: 'the DDL is ours', logOdds: 3 })
    return {
      outcome: 'supported',
      hypothesis: `A DDL on ${ddl.objects.join(', ') || 'a table'} waits for an older transaction, and ${count(ddl.waiters.length)} session(s) wait behind it.`,
      recommendation:
        'End the DDL and run it again when the older transaction is over, with a short lock_wait_timeout.',
      claims: [claim],
      weights,
      candidates:
        kept !== null
          ? []
          : [
              {
                actionId: 'mysql/kill-query',
                params: { connection: connectionOf(graph.value, ddl, 'statement') },
                why: 'The DDL has done nothing yet, so ending it loses nothing, and everybody behind it goes on.',
                affectedSeries: [WAITS_SERIES],
              },
            ],
      affectingQueries: [],
    } satisfies TestResult
  },
}
