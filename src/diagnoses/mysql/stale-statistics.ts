/** The optimizer counts on statistics that no longer describe the table. */
import type { Subject, TestResult, Weight } from '../../core/diagnosis.ts'
import type { EvidenceQuestion, ProposedAction } from '../../core/nouns.ts'
import type { Reading } from '../../core/observer.ts'
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
import {
  bulkReads,
  DRIFT_FACTOR,
  knownPlan,
  mostlyWaits,
  statementQuestions,
  tableQuestions,
  waitsForLocks,
} from './statement-evidence.ts'

/** Statistics younger than this were taken of the table as it is, s. */
const FRESH_SECONDS = 3_600
/** Pages sampled where the usual twenty were too few. */
const MORE_PAGES = 200

export const staleStatistics: MysqlDiagnosis = {
  id: 'mysql/stale-statistics',
  version: 1,
  engine: 'mysql',
  title: 'Index statistics no longer describe the table',
  rootCause: 'STALE_STATISTICS',
  categories: ['QUERY_PERFORMANCE', 'STATISTICS'],
  needs(subject, answers): EvidenceQuestion[] {
    const own = ownTable(subject)
    if (own !== null) return [{ kind: 'statistics-drift', params: { ...own } }]
    return [...statementQuestions(subject), ...tableQuestions(subject, answers)]
  },
  test(subject, answers) {
    const own = ownTable(subject)
    if (own !== null) return testTables(subject, answers, [own])
    const fingerprintId = fingerprintIdOf(subject)
    if (fingerprintId === null) return ruledOut('the issue is about no table and no statement class')
    if (mostlyWaits(subject, answers)) return waitsForLocks(subject, answers)
    if (knownPlan(subject, answers) === null)
      return notKnown('the plan of the statement', answers.get('statement-plan', { fingerprintId }))
    return testTables(subject, answers, bulkReads(subject, answers))
  },
}

interface TableName {
  readonly schema: string
  readonly table: string
}

function ownTable(subject: Subject): TableName | null {
  const schema = textFact(subject, 'schema')
  const table = textFact(subject, 'table')
  return subject.issue.issueCategory === 'STATISTICS' && schema !== '' && table !== ''
    ? { schema, table }
    : null
}

const worstPrefix = (drift: StatisticsDrift) =>
  [...drift.prefixes].sort((a, b) => b.factor - a.factor)[0] ?? null

/** The first table whose statistics are wrong; otherwise what could not be asked, or that all agree. */
function testTables(subject: Subject, answers: MysqlAnswers, tables: readonly TableName[]): TestResult {
  let unknown: TestResult | null = null
  for (const { schema, table } of tables) {
    const drift = answers.get('statistics-drift', { schema, table })
    if (drift?.known !== true) {
      unknown ??= notKnown(`the statistics of ${schema}.${table}`, drift)
      continue
    }
    const worst = worstPrefix(drift.value)
    if (worst !== null && worst.factor >= DRIFT_FACTOR) return supported(subject, drift, worst)
  }
  return unknown ?? ruledOut('stored and sampled distinct counts agree')
}

function supported(
  subject: Subject,
  reading: Reading<StatisticsDrift> & { readonly known: true },
  worst: StatisticsDrift['prefixes'][number],
): TestResult {
  const drift = reading.value
  const { schema, table } = drift
  const name = `${schema}.${table}`
  const fingerprintId = fingerprintIdOf(subject)
  const recheck = { kind: 'statistics-drift', params: { schema, table } }
  const age = drift.ageSeconds === null ? 'at an unknown time' : `${count(drift.ageSeconds)} s ago`
  return {
    outcome: 'supported',
    hypothesis: `The optimizer believes index ${worst.index} of ${name} has about ${count(worst.storedDistinct)} distinct values of (${worst.columns.join(', ')}); a sample finds about ${count(worst.sampledDistinct)}.`,
    recommendation: sampledBadly(drift)
      ? `The statistics of ${name} are young and still wrong: let it sample more pages.`
      : `Take the statistics of ${name} anew${drift.autoRecalc ? '' : ', and turn automatic recalculation on for it'}.`,
    claims: [
      claimOf(`stored against sampled distinct values of ${name}, index ${worst.index}`, reading, {
        value: {
          stored: worst.storedDistinct,
          sampled: worst.sampledDistinct,
          factor: worst.factor,
          sampledRows: drift.sampledRows,
        },
        recheck,
      }),
      claimOf(`statistics of ${name} were taken ${age}`, reading, {
        value: { statisticsAt: drift.statisticsAt, autoRecalc: drift.autoRecalc },
        recheck,
      }),
    ],
    weights: weigh(drift),
    candidates: candidates(drift, fingerprintId),
    affectingQueries: fingerprintId === null ? [] : [fingerprintId],
  }
}

/** Young statistics that are kept up to date were sampled badly; those that are not kept up are simply old. */
const sampledBadly = (drift: StatisticsDrift): boolean =>
  drift.autoRecalc && drift.ageSeconds !== null && drift.ageSeconds < FRESH_SECONDS

function weigh(drift: StatisticsDrift): Weight[] {
  const weights: Weight[] = [
    { why: 'the sampled distinct count differs five times or more from the stored one', logOdds: 3 },
  ]
  if (!drift.autoRecalc) weights.push({ why: 'automatic recalculation is off for this table', logOdds: 1 })
  if (sampledBadly(drift)) weights.push({ why: 'it was analysed less than an hour ago', logOdds: -2 })
  return weights
}

function candidates(drift: StatisticsDrift, fingerprintId: string | null): ProposedAction[] {
  const table = { schema: drift.schema, table: drift.table }
  const affectedSeries = fingerprintId === null ? [] : [`statement:${fingerprintId}`]
  const analyze: ProposedAction = {
    actionId: 'mysql/analyze-table',
    params: { table },
    why: 'New statistics let the optimizer see what the table really holds; nothing is rewritten.',
    affectedSeries,
  }
  const sampleMore: ProposedAction = {
    actionId: 'mysql/set-statistics-options',
    params: { table, samplePages: MORE_PAGES },
    why: 'More sampled pages, and automatic recalculation, keep the statistics near the truth.',
    affectedSeries,
  }
  return sampledBadly(drift) ? [sampleMore] : [analyze, sampleMore]
}
