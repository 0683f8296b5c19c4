/** Sessions pile up behind one wait. The limit on connections is where it shows, not what is wrong. */
import type { TestResult } from '../../core/diagnosis.ts'
import { LOCK_GRAPH, lockGraph } from './blocker-evidence.ts'
import { CONNECTIONS } from './connection-evidence.ts'
import { claimOf, count, type MysqlDiagnosis, notKnown, ruledOut } from './mysql-diagnosis.ts'

/** Share of connections that must wait, percent. */
export const WAITING_CONNECTIONS_PERCENT = 50

export const pileUp: MysqlDiagnosis = {
  id: 'mysql/pile-up',
  version: 1,
  engine: 'mysql',
  title: 'Sessions pile up behind one wait',
  rootCause: 'PILE_UP',
  categories: ['CONNECTION_EXHAUSTION'],
  needs: () => [CONNECTIONS, LOCK_GRAPH],
  test(subject, answers) {
    const reading = answers.get('connections', {})
    const graph = lockGraph(answers)
    if (reading?.known !== true) return notKnown('who holds the connections', reading)
    if (graph?.known !== true) return notKnown('who waits for whom', graph)
    const { lockWaits, metadataWaits, roots } = graph.value
    const waiting = new Set([...lockWaits, ...metadataWaits].map((w) => w.waiter)).size
    const connected = reading.value.threadsConnected
    const claim = claimOf(`${count(waiting)} of ${count(connected)} connections wait for a lock`, graph, {
      value: waiting,
      unit: 'sessions',
      recheck: LOCK_GRAPH,
    })
    if (waiting === 0 || (100 * waiting) / Math.max(1, connected) < WAITING_CONNECTIONS_PERCENT)
      return ruledOut('less than half of the connections wait for a lock', [claim])
    const lockIssue = subject.alongside.find((i) => i.issueCategory === 'LOCK_CONTENTION')
    const where = lockIssue === undefined ? 'the lock issue, once it is open' : `issue ${lockIssue.issueId}`
    return {
      outcome: 'supported',
      hypothesis: `${count(waiting)} sessions pile up behind ${count(roots.length)} blocker(s); the limit is reached because of the wait.`,
      recommendation: `End the wait: see ${where}. Raising max_connections would only let more sessions wait.`,
      claims: [claim],
      weights: [{ why: 'most connections wait for a lock', logOdds: 2 }],
      candidates: [],
      affectingQueries: [],
    } satisfies TestResult
  },
}
