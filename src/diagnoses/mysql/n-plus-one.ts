/** B2 row 13: a cheap statement called far more often than it used to be. Advice for the application. */
import type { TestResult } from '../../core/diagnosis.ts'
import {
  claimOf,
  count,
  fingerprintIdOf,
  type MysqlDiagnosis,
  notKnown,
  ruledOut,
} from './mysql-diagnosis.ts'
import { mostlyWaits, statementQuestions } from './statement-evidence.ts'

/** Growth of calls, and rows examined per row returned, that tell a loop from work. */
export const CALLS_FACTOR = 3
export const LEAN_RATIO = 10

export const nPlusOne: MysqlDiagnosis = {
  id: 'mysql/n-plus-one',
  version: 1,
  engine: 'mysql',
  title: 'A cheap statement is called in a loop',
  rootCause: 'N_PLUS_ONE',
  categories: ['QUERY_PERFORMANCE'],
  needs: statementQuestions,
  test(subject, answers) {
    const fingerprintId = fingerprintIdOf(subject)
    if (fingerprintId === null) return ruledOut('the issue is not about one statement class')
    if (mostlyWaits(subject, answers)) return ruledOut('the statement mostly waits for locks')
    const history = answers.get('statement-history', { fingerprintId })
    if (history?.known !== true) return notKnown('how the statement behaved before', history)
    const { current, baseline } = history.value
    if (baseline === null) return ruledOut('there is no baseline of how often it was called')
    const factor = current.callsPerSecond / Math.max(1e-9, baseline.callsPerSecond)
    const ratio = current.rowsExaminedPerCall / Math.max(1, current.rowsSentPerCall)
    const claim = claimOf(
      `${current.callsPerSecond.toFixed(1)} calls a second against ${baseline.callsPerSecond.toFixed(1)} before`,
      history,
      { factor, rowsExaminedPerRowReturned: ratio },
      { recheck: { kind: 'statement-history', params: { fingerprintId } } },
    )
    if (factor < CALLS_FACTOR || ratio > LEAN_RATIO)
      return ruledOut('it is not called much more often, or each call is costly', [claim])
    return {
      outcome: 'supported',
      hypothesis: `Each call is cheap (${count(current.rowsExaminedPerCall)} rows), but it is called ${factor.toFixed(1)} times as often as before.`,
      recommendation:
        'In the application: fetch these rows in one statement (a join or an IN list) instead of one call for each.',
      claims: [claim],
      weights: [],
      candidates: [],
      affectingQueries: [fingerprintId],
    } satisfies TestResult
  },
}
