/** A statement that is still running holds locks others wait for. */
import type { TestResult, Weight } from '../../core/diagnosis.ts'
import type { ProposedAction } from '../../core/nouns.ts'
import type { LockGraph, RootBlocker } from '../../engines/mysql/shapes.ts'
import { blockerCase, connectionOf, lockGraphQuestions, WAITS_SERIES } from './blocker-evidence.ts'
import { count, type MysqlDiagnosis, ruledOut } from './mysql-diagnosis.ts'

export const longBlocker: MysqlDiagnosis = {
  id: 'mysql/long-blocker',
  version: 1,
  engine: 'mysql',
  title: 'A running statement holds locks others wait for',
  rootCause: 'LONG_BLOCKER',
  categories: ['LOCK_CONTENTION'],
  needs: lockGraphQuestions,
  test(subject, answers) {
    const found = blockerCase(subject, answers)
    if ('outcome' in found) return found
    const { graph, root, claim } = found
    if (root.idleSeconds !== null) return ruledOut('the blocker is idle', [claim])
    return {
      outcome: 'supported',
      hypothesis: `A statement running on connection ${root.connectionId} of ${root.user} holds locks that ${count(root.waiters.length)} session(s) wait for.`,
      recommendation: 'End the statement, or wait for it if its work is worth more than the wait.',
      claims: [claim],
      weights: weigh(root),
      candidates: candidates(graph, root),
      affectingQueries: root.fingerprintId === null ? [] : [root.fingerprintId],
    } satisfies TestResult
  },
}

function weigh(root: RootBlocker): Weight[] {
  const weights: Weight[] = []
  if (root.isDdl) weights.push({ why: 'it changes a definition; ending it wastes its work', logOdds: -2 })
  if (root.waiters.length >= 3) weights.push({ why: 'three or more sessions wait for it', logOdds: 1 })
  return weights
}

/** A statement that cannot be told from the next one on its connection is not ended. */
function candidates(graph: LockGraph, root: RootBlocker): ProposedAction[] {
  if (root.queryId === null && root.fingerprintId === null) return []
  return [
    {
      actionId: 'mysql/kill-query',
      params: { connection: connectionOf(graph, root, 'statement') },
      why: 'Only this statement is rolled back; its transaction and connection stay.',
      affectedSeries: [WAITS_SERIES],
    },
  ]
}
