/** Undo history grows because the oldest open transaction keeps its snapshot. Advice: nobody waits for it. */
import type { Json } from '../../core/canonical.ts'
import type { Subject, TestResult } from '../../core/diagnosis.ts'
import {
  cannotTell,
  claimOf,
  claimOfEvent,
  count,
  fact,
  type MysqlDiagnosis,
  notKnown,
  ruledOut,
} from './mysql-diagnosis.ts'

/** A younger oldest transaction does not hold purge back: it is busy, not blocked, s. */
export const OLD_SECONDS = 60
/** Undo records below which there is nothing to explain. */
export const USUAL_HISTORY = 100_000

const HEALTH = { kind: 'health', params: {} } as const

interface Oldest {
  readonly connectionId: string
  readonly user: string
  readonly kind: string
  readonly ageSeconds: number
  readonly rowsModified: number
}

export const purgeBlocked: MysqlDiagnosis = {
  id: 'mysql/purge-blocked',
  version: 1,
  engine: 'mysql',
  title: 'An old transaction keeps purge from removing undo history',
  rootCause: 'PURGE_BLOCKED',
  categories: ['STORAGE'],
  needs: () => [HEALTH],
  test(subject, answers) {
    if (subject.issue.ruleId !== 'mysql/purge-lag') return ruledOut('the issue is not about undo history')
    const health = answers.get('health', {})
    if (health?.known !== true) return notKnown('how long the undo history is', health)
    const length = health.value.historyListLength
    if (length === null)
      return cannotTell(
        'how long the undo history is now',
        'Run: dbmedic check, for the privilege that shows it.',
      )
    const claim = claimOf(`${count(length)} undo records wait for purge`, health, {
      value: length,
      unit: 'records',
      recheck: HEALTH,
    })
    if (length < USUAL_HISTORY) return ruledOut('the undo history is short again', [claim])
    const oldest = oldestOf(subject)
    if (oldest === null)
      return cannotTell(
        'which transaction was the oldest when history grew',
        'Run: SELECT trx_started, trx_mysql_thread_id FROM information_schema.INNODB_TRX ORDER BY trx_started LIMIT 1',
      )
    const seen = claimOfEvent(
      subject,
      `the oldest transaction was ${count(oldest.ageSeconds)} s old, on connection ${oldest.connectionId} of ${oldest.user}`,
      { ...oldest },
    )
    if (oldest.ageSeconds < OLD_SECONDS)
      return ruledOut('no old transaction was open: purge is busy or slow, not blocked', [claim, seen])
    return {
      outcome: 'supported',
      hypothesis: `${count(length)} undo records cannot be purged while connection ${oldest.connectionId} of ${oldest.user} keeps a snapshot that is ${count(oldest.ageSeconds)} s old.`,
      recommendation: recommendation(oldest),
      claims: [claim, seen],
      weights: [
        oldest.ageSeconds >= 300
          ? { why: 'the transaction is older than five minutes', logOdds: 1 }
          : { why: 'the transaction is young for that much history', logOdds: -1 },
      ],
      candidates: [],
      affectingQueries: [],
    } satisfies TestResult
  },
}

function recommendation(oldest: Oldest): string {
  if (oldest.kind === 'backup')
    return 'A backup reads from one snapshot; history is purged when it ends. Run it on a replica, or at a quieter time.'
  if (oldest.kind === 'replication') return 'A replication applier works on a large transaction; wait for it.'
  return `Ask ${oldest.user} to end the transaction: a long report belongs on a replica, or in READ COMMITTED, where each statement takes a new snapshot. After it ends, purge needs a while.`
}

function oldestOf(subject: Subject): Oldest | null {
  const value: Json | undefined = fact(subject, 'oldest')
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  const { connectionId, user, kind, ageSeconds, rowsModified } = value as { readonly [key: string]: Json }
  if (typeof connectionId !== 'string' || typeof ageSeconds !== 'number') return null
  return {
    connectionId,
    user: typeof user === 'string' ? user : 'an unknown account',
    kind: typeof kind === 'string' ? kind : 'unknown',
    ageSeconds,
    rowsModified: typeof rowsModified === 'number' ? rowsModified : 0,
  }
}
