/** B2 rows 10 and 11: who holds the connections tells a leak (idle, one account) from a pile-up (all waiting). */
import type { Json } from '../../core/canonical.ts'
import type { TestResult } from '../../core/diagnosis.ts'
import type { ConnectionUse } from '../../engines/mysql/shapes.ts'
import { LOCK_GRAPH, lockGraph } from './blocker-evidence.ts'
import {
  claimOf,
  count,
  type MysqlAnswers,
  type MysqlDiagnosis,
  notKnown,
  ruledOut,
} from './mysql-diagnosis.ts'

/** Share of connections one account must hold idle for a leak, percent. */
export const LEAK_PERCENT = 70

const question = { kind: 'connections', params: {} } as const

function use(answers: MysqlAnswers) {
  return answers.get('connections', {})
}

function idlest(value: ConnectionUse): { user: string; count: number; medianSeconds: number } | null {
  const sleeping = value.counts.filter((c) => c.command === 'Sleep')
  return [...sleeping].sort((a, b) => b.count - a.count)[0] ?? null
}

/** Idle sessions of one account use the connections up. */
export const poolLeak: MysqlDiagnosis = {
  id: 'mysql/pool-leak',
  version: 1,
  engine: 'mysql',
  title: 'One account keeps idle connections open',
  rootCause: 'POOL_LEAK',
  categories: ['CONNECTION_EXHAUSTION'],
  needs: () => [question],
  test(_subject, answers) {
    const reading = use(answers)
    if (reading?.known !== true) return notKnown('who holds the connections', reading)
    const worst = idlest(reading.value)
    const percent = worst === null ? 0 : (100 * worst.count) / Math.max(1, reading.value.threadsConnected)
    const claim = claimOf(
      `${count(reading.value.threadsConnected)} of ${count(reading.value.maxConnections)} connections are in use`,
      reading,
      reading.value.counts.slice(0, 10) as unknown as Json,
      { recheck: question },
    )
    if (worst === null || percent < LEAK_PERCENT)
      return ruledOut('no account holds most connections idle', [claim])
    return {
      outcome: 'supported',
      hypothesis: `Account ${worst.user} keeps ${count(worst.count)} idle connections open (${percent.toFixed(0)} % of all), for ${count(worst.medianSeconds)} s at the median.`,
      recommendation: `Look for connections of ${worst.user} that are taken and never given back; lower its pool’s size or its idle time. Raising max_connections only delays it.`,
      claims: [claim],
      weights:
        worst.medianSeconds > 600 ? [{ why: 'they have been idle for over ten minutes', logOdds: 2 }] : [],
      candidates: [],
      affectingQueries: [],
    } satisfies TestResult
  },
}

/** Sessions pile up behind one wait. */
export const pileUp: MysqlDiagnosis = {
  id: 'mysql/pile-up',
  version: 1,
  engine: 'mysql',
  title: 'Sessions pile up behind one wait',
  rootCause: 'PILE_UP',
  categories: ['CONNECTION_EXHAUSTION'],
  needs: () => [question, LOCK_GRAPH],
  test(_subject, answers) {
    const reading = use(answers)
    const graph = lockGraph(answers)
    if (reading?.known !== true) return notKnown('who holds the connections', reading)
    if (graph?.known !== true) return notKnown('who waits for whom', graph)
    const waiting = graph.value.roots.reduce((n, r) => n + r.waiters.length, 0)
    const claim = claimOf(
      `${count(waiting)} of ${count(reading.value.threadsConnected)} connections wait for a lock`,
      graph,
      waiting,
      { unit: 'sessions', recheck: LOCK_GRAPH },
    )
    if (waiting < reading.value.threadsConnected / 2)
      return ruledOut('less than half of the connections wait for a lock', [claim])
    return {
      outcome: 'supported',
      hypothesis: `${count(waiting)} sessions pile up behind ${count(graph.value.roots.length)} blocker(s); the limit is reached because of the wait.`,
      recommendation:
        'End the wait (see the lock issue opened beside this one); raising max_connections would only let more sessions wait.',
      claims: [claim],
      weights: [{ why: 'most connections wait for the same lock', logOdds: 2 }],
      candidates: [],
      affectingQueries: [],
    } satisfies TestResult
  },
}
