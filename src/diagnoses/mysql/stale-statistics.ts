/** B2 row 3: the optimizer counts on statistics that no longer describe the table. */
import type { Json } from '../../core/canonical.ts'
import type { Subject, TestResult, Weight } from '../../core/diagnosis.ts'
import type { StatisticsDrift } from '../../engines/mysql/shapes.ts'
import {
  claimOf,
  count,
  fingerprintIdOf,
  type MysqlAnswers,
  type MysqlDiagnosis,
  notKnown,
  ruledOut,
  textFact,
} from './mysql-diagnosis.ts'
import { DRIFT_FACTOR } from './missing-index.ts'
import {
  bulkReads,
  knownPlan,
  mostlyWaits,
  statementQuestions,
  tableQuestions,
} from './statement-evidence.ts'

export const staleStatistics: MysqlDiagnosis = {
  id: 'mysql/stale-statistics',
  version: 1,
  engine: 'mysql',
  title: 'Index statistics no longer describe the table',
  rootCause: 'STALE_STATISTICS',
  categories: ['QUERY_PERFORMANCE', 'STATISTICS'],
  needs(subject, answers) {
    const own = ownTable(subject)
    if (own !== null) return [{ kind: 'statistics-drift', params: own }]
    return [...statementQuestions(subject), ...tableQuestions(subject, answers)]
  },
  test(subject, answers) {
    if (fingerprintIdOf(subject) !== null && mostlyWaits(subject, answers))
      return ruledOut('the statement mostly waits for locks')
    const own = ownTable(subject)
    if (own === null && knownPlan(subject, answers) === null) {
      return notKnown(
        'the plan of the statement',
        answers.get('statement-plan', { fingerprintId: fingerprintIdOf(subject) ?? '' }),
      )
    }
    const tables = own === null ? bulkReads(subject, answers) : [own]
    let unknown: TestResult | null = null
    for (const { schema, table } of tables) {
      const drift = answers.get('statistics-drift', { schema, table })
      if (drift?.known !== true) {
        unknown ??= notKnown(`the statistics of ${schema}.${table}`, drift)
        continue
      }
      const worst = worstPrefix(drift.value)
      if (worst !== null && worst.factor >= DRIFT_FACTOR)
        return supported(subject, answers, { schema, table, drift: drift.value })
    }
    return unknown ?? ruledOut('stored and sampled distinct counts agree')
  },
}

function ownTable(subject: Subject): { readonly schema: string; readonly table: string } | null {
  const schema = textFact(subject, 'schema')
  const table = textFact(subject, 'table')
  return subject.issue.issueCategory === 'STATISTICS' && schema !== '' && table !== ''
    ? { schema, table }
    : null
}

const worstPrefix = (drift: StatisticsDrift) =>
  [...drift.prefixes].sort((a, b) => b.factor - a.factor)[0] ?? null

function supported(
  subject: Subject,
  answers: MysqlAnswers,
  found: { readonly schema: string; readonly table: string; readonly drift: StatisticsDrift },
): TestResult {
  const { schema, table, drift } = found
  const name = `${schema}.${table}`
  const worst = worstPrefix(drift)
  const reading = answers.get('statistics-drift', { schema, table })
  const fingerprintId = fingerprintIdOf(subject)
  if (worst === null || reading?.known !== true) return ruledOut('the statistics could not be compared')
  const weights: Weight[] = [
    { why: 'the sampled distinct count differs five times or more from the stored one', logOdds: 3 },
  ]
  if (!drift.autoRecalc) weights.push({ why: 'automatic recalculation is off for this table', logOdds: 1 })
  if (drift.ageSeconds !== null && drift.ageSeconds < 3600 && drift.autoRecalc)
    weights.push({ why: 'it was analysed less than an hour ago', logOdds: -2 })
  return {
    outcome: 'supported',
    hypothesis: `The optimizer believes index ${worst.index} of ${name} has about ${count(worst.storedDistinct)} distinct values of (${worst.columns.join(', ')}); a sample finds about ${count(worst.sampledDistinct)}.`,
    recommendation: `Take the statistics of ${name} anew${drift.autoRecalc ? '' : ', and turn automatic recalculation on for it'}.`,
    claims: [
      claimOf(
        `stored against sampled distinct values of ${name}, index ${worst.index}`,
        reading,
        {
          stored: worst.storedDistinct,
          sampled: worst.sampledDistinct,
          factor: worst.factor,
          sampledRows: drift.sampledRows,
        },
        { recheck: { kind: 'statistics-drift', params: { schema, table } } },
      ),
      claimOf(
        `statistics of ${name} were taken ${drift.ageSeconds === null ? 'at an unknown time' : `${count(drift.ageSeconds)} s ago`}`,
        reading,
        { statisticsAt: drift.statisticsAt, autoRecalc: drift.autoRecalc } as Json,
      ),
    ],
    weights,
    candidates: [
      {
        actionId: 'mysql/analyze-table',
        params: { table: { schema, table } },
        why: 'New statistics let the optimizer see what the table really holds; nothing is rewritten.',
        affectedSeries: fingerprintId === null ? [] : [`statement:${fingerprintId}`],
      },
    ],
    affectingQueries: fingerprintId === null ? [] : [fingerprintId],
  }
}
