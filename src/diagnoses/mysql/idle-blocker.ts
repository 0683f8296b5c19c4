/** A transaction that does nothing holds locks others wait for. */
import type { Subject, TestResult, Weight } from '../../core/diagnosis.ts'
import type { ProposedAction } from '../../core/nouns.ts'
import type { LockGraph, RootBlocker } from '../../engines/mysql/shapes.ts'
import {
  type BlockerCase,
  blockerCase,
  concernedRoot,
  connectionOf,
  LOCK_GRAPH,
  lockGraph,
  lockGraphQuestions,
  WAITS_SERIES,
} from './blocker-evidence.ts'
import {
  claimOf,
  claimOfEvent,
  count,
  fact,
  type MysqlAnswers,
  type MysqlDiagnosis,
  numberFact,
  ruledOut,
  textFact,
} from './mysql-diagnosis.ts'

/** Rows a transaction may have changed for its end to be proposed at all; more is left to a person. */
export const MOST_MODIFIED = 10_000

export const idleBlocker: MysqlDiagnosis = {
  id: 'mysql/idle-blocker',
  version: 1,
  engine: 'mysql',
  title: 'An idle transaction holds locks others wait for',
  rootCause: 'IDLE_BLOCKER',
  categories: ['LOCK_CONTENTION'],
  needs: lockGraphQuestions,
  test(subject, answers) {
    if (isHarmless(subject, answers)) return harmless(subject)
    const found = blockerCase(subject, answers)
    if ('outcome' in found) return found
    if (found.root.idleSeconds === null) return ruledOut('the blocker is running a statement', [found.claim])
    return blocked(found)
  },
}

/** The issue is about a transaction that stays open, and nobody waits for it at this moment. */
function isHarmless(subject: Subject, answers: MysqlAnswers): boolean {
  const graph = lockGraph(answers)
  return (
    subject.issue.ruleId === 'mysql/idle-transaction' &&
    typeof fact(subject, 'idleSeconds') === 'number' &&
    graph?.known === true &&
    concernedRoot(subject, graph.value) === null
  )
}

function harmless(subject: Subject): TestResult {
  const user = textFact(subject, 'user')
  const idle = numberFact(subject, 'idleSeconds')
  return {
    outcome: 'supported',
    hypothesis: `${user} leaves transactions open without a statement, the longest for ${count(idle)} s; nobody waits for them now, but their locks and their old snapshot stay.`,
    recommendation: `Find where ${user} begins a transaction and waits for something else before it ends it. Nothing is ended here while nobody waits; a limit on idle transactions (idle_transaction_timeout on MariaDB) makes the server do it.`,
    claims: [
      claimOfEvent(
        subject,
        `connection ${textFact(subject, 'connectionId')} was idle for ${count(idle)} s in a transaction`,
        {
          connectionId: textFact(subject, 'connectionId'),
          idleSeconds: idle,
          rowsModified: numberFact(subject, 'rowsModified'),
          transactionsOver: numberFact(subject, 'transactionsOver'),
        },
      ),
    ],
    weights: [],
    candidates: [],
    affectingQueries: [],
  }
}

function blocked({ graph, root, reading, claim }: BlockerCase): TestResult {
  return {
    outcome: 'supported',
    hypothesis: `Connection ${root.connectionId} of ${root.user} has been idle for ${count(root.idleSeconds ?? 0)} s inside a transaction and holds locks on ${root.objects.join(', ') || 'rows'} that ${count(root.waiters.length)} session(s) wait for.`,
    recommendation: recommendation(root),
    claims: [
      claim,
      claimOf(
        `the transaction has changed ${count(root.rowsModified)} rows, which ending it rolls back`,
        reading,
        {
          value: root.rowsModified,
          unit: 'rows',
          recheck: LOCK_GRAPH,
        },
      ),
    ],
    weights: weigh(root),
    candidates: candidates(graph, root),
    affectingQueries: root.fingerprintId === null ? [] : [root.fingerprintId],
  }
}

function recommendation(root: RootBlocker): string {
  if (root.rowsModified > MOST_MODIFIED) {
    return `It has changed ${count(root.rowsModified)} rows: ask its owner (${root.user}) to commit or roll back; ending it would roll all of them back.`
  }
  if (root.transactionId === null)
    return `Ask its owner (${root.user}) to commit or roll back: the transaction cannot be told from a later one, so nothing is ended here.`
  return 'End the connection; the application should commit, or set a limit on idle transactions.'
}

function candidates(graph: LockGraph, root: RootBlocker): ProposedAction[] {
  if (root.transactionId === null || root.rowsModified > MOST_MODIFIED) return []
  const reads = root.rowsModified === 0
  return [
    {
      actionId: reads ? 'mysql/kill-idle-reader' : 'mysql/kill-idle-transaction',
      params: { connection: connectionOf(graph, root, 'transaction') },
      why: reads
        ? 'Nothing was modified, so nothing is lost; the waiting sessions go on at once.'
        : `The waiting sessions go on; ${root.rowsModified === 1 ? '1 uncommitted row change is' : `${count(root.rowsModified)} uncommitted row changes are`} rolled back.`,
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
