/** A DDL waits for a metadata lock, and everybody else waits behind it. It is the cheapest victim. */
import type { TestResult, Weight } from '../../core/diagnosis.ts'
import type { ProposedAction } from '../../core/nouns.ts'
import type { LockGraph, RootBlocker } from '../../engines/mysql/shapes.ts'
import {
  connectionOf,
  describeRoot,
  isOn,
  LOCK_GRAPH,
  lockGraph,
  METADATA_REMEDY,
  metadataBlind,
  protectedBecause,
  WAITS_SERIES,
} from './blocker-evidence.ts'
import { cannotTell, claimOf, count, type MysqlDiagnosis, notKnown, ruledOut } from './mysql-diagnosis.ts'

export const ddlQueue: MysqlDiagnosis = {
  id: 'mysql/ddl-queue',
  version: 1,
  engine: 'mysql',
  title: 'A waiting DDL holds up everybody behind it',
  rootCause: 'DDL_QUEUE',
  categories: ['LOCK_CONTENTION'],
  needs: () => [LOCK_GRAPH],
  test(subject, answers) {
    if (subject.issue.ruleId !== 'mysql/metadata-lock-wait')
      return ruledOut('the issue is not about a metadata lock')
    const graph = lockGraph(answers)
    if (graph?.known !== true) return notKnown('who waits for whom', graph)
    const ddl = graph.value.pendingDdl
    if (ddl === null || !isOn(ddl, subject.issue.affectedResourceName)) {
      return metadataBlind(graph.value)
        ? cannotTell('who holds the metadata lock cannot be seen', METADATA_REMEDY)
        : ruledOut('no DDL waits there for a metadata lock')
    }
    const on = ddl.objects.join(', ') || 'a table'
    const claim = claimOf(
      `a DDL on connection ${ddl.connectionId} waits for a metadata lock on ${on}; ${count(ddl.waiters.length)} session(s) wait behind it`,
      graph,
      { value: describeRoot(ddl), recheck: LOCK_GRAPH },
    )
    if (ddl.waiters.length === 0) return ruledOut('nobody waits behind the DDL', [claim])
    return {
      outcome: 'supported',
      hypothesis: `A DDL on ${on} waits for an older transaction, and ${count(ddl.waiters.length)} session(s) wait behind it.`,
      recommendation: recommendation(ddl),
      claims: [claim],
      weights: weigh(ddl),
      candidates: candidates(graph.value, ddl),
      affectingQueries: ddl.fingerprintId === null ? [] : [ddl.fingerprintId],
    } satisfies TestResult
  },
}

function recommendation(ddl: RootBlocker): string {
  if (ddl.kind === 'own')
    return 'The DDL is one of ours: its own lock_wait_timeout of a few seconds ends it. Nothing needs to be done.'
  const kept = protectedBecause(ddl)
  if (kept !== null)
    return `The DDL is left alone: ${kept}. End the older transaction instead, or wait for it.`
  return 'End the DDL and run it again when the older transaction is over, with a short lock_wait_timeout.'
}

function weigh(ddl: RootBlocker): Weight[] {
  const queue = { why: 'the queue stands behind one statement', logOdds: 1 }
  return ddl.kind === 'own' ? [queue, { why: 'the DDL is ours', logOdds: 3 }] : [queue]
}

function candidates(graph: LockGraph, ddl: RootBlocker): ProposedAction[] {
  if (protectedBecause(ddl) !== null || (ddl.queryId === null && ddl.fingerprintId === null)) return []
  return [
    {
      actionId: 'mysql/kill-query',
      params: { connection: connectionOf(graph, ddl, 'statement') },
      why: 'The DDL has done nothing yet, so ending it loses nothing, and everybody behind it goes on.',
      affectedSeries: [WAITS_SERIES],
    },
  ]
}
