/** Sessions pile up behind one wait. The limit on connections is where it shows, not what is wrong. */
import type { TestResult, Weight } from '../../core/diagnosis.ts'
import { LOCK_GRAPH, lockGraph, lockIssueBeside } from './blocker-evidence.ts'
import { CONNECTIONS } from './connection-evidence.ts'
import { claimOf, count, type MysqlDiagnosis, notKnown, ruledOut } from './mysql-diagnosis.ts'

/** Where this share of the connections waits, the wait is what fills them, percent. */
const MOST_PERCENT = 50
/** A smaller share, at least this, explains it too … */
const MANY_PERCENT = 33
/** … if without those that wait no more than this share of `max_connections` would be in use, far from running out. */
const USUAL_PERCENT = 60

export const pileUp: MysqlDiagnosis = {
  id: 'mysql/pile-up',
  version: 3,
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
    const share = (100 * waiting) / Math.max(1, connected)
    const others = (100 * (connected - waiting)) / Math.max(1, reading.value.maxConnections)
    if (share < MOST_PERCENT && !(share >= MANY_PERCENT && others <= USUAL_PERCENT))
      return ruledOut('too few of the connections wait for a lock to explain it', [claim])
    const lockIssue = lockIssueBeside(subject)
    const where = lockIssue === null ? 'the lock issue, once it is open' : `issue ${lockIssue.issueId}`
    return {
      outcome: 'supported',
      hypothesis: `${count(waiting)} sessions pile up behind ${count(roots.length)} blocker(s); the limit is reached because of the wait.`,
      recommendation: `End the wait: see ${where}. Raising max_connections would only let more sessions wait.`,
      claims: [claim],
      weights: [weightOf(share, others)],
      candidates: [],
      affectingQueries: [],
      decidedIn: lockIssue?.issueId ?? null,
    } satisfies TestResult
  },
}

const weightOf = (share: number, others: number): Weight =>
  share >= MOST_PERCENT
    ? { why: 'most connections wait for a lock', logOdds: 2 }
    : {
        why: `without those that wait ${others.toFixed(0)} % of the connections would be in use`,
        logOdds: 1.5,
      }
