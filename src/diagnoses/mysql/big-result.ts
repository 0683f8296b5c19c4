/**
 * The statement returns what it reads, and that is much; or it reads a long list from its beginning to return a page
 * far down. No index reads less. Advice for the application.
 */
import type { Subject, TestResult } from '../../core/diagnosis.ts'
import type { Reading } from '../../core/observer.ts'
import type { StatementHistory } from '../../engines/mysql/shapes.ts'
import {
  claimOf,
  count,
  type MysqlAnswers,
  type MysqlDiagnosis,
  type NewClaim,
  notKnown,
  ruledOut,
} from './mysql-diagnosis.ts'
import {
  BIG_RESULT_ROWS,
  knownUse,
  LEAN_RATIO,
  returnsWhatItReads,
  statementQuestions,
  workingStatement,
} from './statement-evidence.ts'

export const bigResult: MysqlDiagnosis = {
  id: 'mysql/big-result',
  version: 2,
  engine: 'mysql',
  title: 'The statement simply returns many rows',
  rootCause: 'BIG_RESULT',
  categories: ['QUERY_PERFORMANCE'],
  needs: statementQuestions,
  test(subject, answers) {
    const fingerprintId = workingStatement(subject, answers)
    if (typeof fingerprintId !== 'string') return fingerprintId
    const history = answers.get('statement-history', { fingerprintId })
    if (history?.known !== true) return notKnown('how many rows the statement returns', history)
    const { rowsExaminedPerCall, rowsSentPerCall } = history.value.current
    const claim = claimOf(
      `each call examines ${count(rowsExaminedPerCall)} rows to return ${count(rowsSentPerCall)}`,
      history,
      {
        value: { rowsExaminedPerCall, rowsSentPerCall },
        unit: 'rows',
        recheck: { kind: 'statement-history', params: { fingerprintId } },
      },
    )
    const skipped = skippedRows(subject, answers, history.value)
    if (skipped !== null) return pagedResult(history, skipped, [claim])
    if (!returnsWhatItReads(history.value))
      return ruledOut('it returns few rows, or far fewer than it reads', [claim])
    return {
      outcome: 'supported',
      hypothesis: `Each call returns ${count(rowsSentPerCall)} rows and reads little more than that: the time goes into the result itself.`,
      recommendation:
        'In the application: ask for the columns and rows that are shown, page by key (WHERE id > last ORDER BY id LIMIT n), or aggregate in the statement.',
      claims: [claim],
      weights: [],
      candidates: [],
      affectingQueries: [fingerprintId],
    } satisfies TestResult
  },
}

/** Rows its OFFSET skips, if they are many and are most of what it reads; null otherwise, and if it is not known. */
function skippedRows(subject: Subject, answers: MysqlAnswers, { current }: StatementHistory): number | null {
  const offset = knownUse(subject, answers)?.offset ?? 0
  const { rowsExaminedPerCall } = current
  return offset >= BIG_RESULT_ROWS &&
    rowsExaminedPerCall <= LEAN_RATIO * offset &&
    2 * rowsExaminedPerCall >= offset
    ? offset
    : null
}

function pagedResult(
  history: Reading<StatementHistory> & { readonly known: true },
  skipped: number,
  claims: readonly NewClaim[],
): TestResult {
  const { fingerprintId, current } = history.value
  return {
    outcome: 'supported',
    hypothesis: `Each call reads ${count(current.rowsExaminedPerCall)} rows in order to skip ${count(skipped)} of them and return ${count(current.rowsSentPerCall)}: the further down the page, the more is read and thrown away.`,
    recommendation:
      'In the application: page by key (WHERE key > the last one shown ORDER BY key LIMIT n) instead of by OFFSET. An index gives the order, but the skipped rows are read all the same.',
    claims: [
      ...claims,
      claimOf(`an OFFSET of ${count(skipped)} was seen`, history, {
        value: { offset: skipped },
        unit: 'rows',
        recheck: { kind: 'statement-use', params: { fingerprintId } },
      }),
    ],
    weights: [],
    candidates: [],
    affectingQueries: [fingerprintId],
  }
}
