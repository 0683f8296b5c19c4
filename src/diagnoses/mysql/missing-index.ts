/** B2 row 1: a statement reads a whole table for few rows, and no index starts with the columns it asks by. */
import type { Subject } from '../../core/diagnosis.ts'
import type { Json } from '../../core/canonical.ts'
import type { TestResult, Weight } from '../../core/diagnosis.ts'
import {
  claimOf,
  count,
  fingerprintIdOf,
  type MysqlAnswers,
  type MysqlDiagnosis,
  type NewClaim,
  notKnown,
  ruledOut,
} from './mysql-diagnosis.ts'
import { type IndexAdvice, recommendIndex } from './recommend-index.ts'
import {
  type BulkRead,
  bulkReads,
  filterColumns,
  knownHistory,
  knownPlan,
  knownTable,
  knownUse,
  mostlyWaits,
  selectivityQuestions,
  statementQuestions,
  tableQuestions,
  useOf,
} from './statement-evidence.ts'

/** Tables below this many rows are not worth an index. */
export const LEAST_ROWS = 10_000
/** Share of the table a lookup may read for an index to pay. */
export const MOST_SELECTIVITY = 0.2
/** Stored against sampled distinct counts beyond which the plan is blamed on statistics instead. */
export const DRIFT_FACTOR = 5

export const missingIndex: MysqlDiagnosis = {
  id: 'mysql/missing-index',
  version: 1,
  engine: 'mysql',
  title: 'No index serves the columns the statement asks by',
  rootCause: 'MISSING_INDEX',
  categories: ['QUERY_PERFORMANCE'],
  needs: (subject, answers) => [
    ...statementQuestions(subject),
    ...tableQuestions(subject, answers),
    ...selectivityQuestions(subject, answers),
  ],
  test(subject, answers) {
    const fingerprintId = fingerprintIdOf(subject)
    if (fingerprintId === null) return ruledOut('the issue is not about one statement class')
    if (mostlyWaits(subject, answers)) return ruledOut('the statement mostly waits for locks')
    const plan = answers.get('statement-plan', { fingerprintId })
    if (plan?.known !== true) return notKnown('the plan of the statement', plan)
    const use = answers.get('statement-use', { fingerprintId })
    if (use?.known !== true) return notKnown('the columns the statement uses', use)
    const scans = bulkReads(subject, answers).filter(
      (r) => r.node.access === 'ALL' || r.node.access === 'index',
    )
    const planClaim = claimOf(
      `the plan reads ${scans.map((s) => `${s.schema}.${s.table}`).join(', ') || 'no table'} in full`,
      plan,
      plan.value.nodes.map((n) => ({ table: n.table, access: n.access, rows: n.estimatedRows })),
      { recheck: { kind: 'statement-plan', params: { fingerprintId } } },
    )
    if (scans.length === 0) return ruledOut('no table is read in full', [planClaim])
    const findings = scans.map((scan) => forTable(subject, answers, scan))
    const useful = findings.find((f) => 'advice' in f)
    if (useful !== undefined && 'advice' in useful)
      return supported(subject, answers, useful, [planClaim, ...useful.claims])
    const unknown = findings.find((f) => 'outcome' in f && f.outcome === 'unknown')
    if (unknown !== undefined && 'outcome' in unknown) return unknown
    return ruledOut(
      findings
        .map((f) => ('because' in f ? f.because : ''))
        .filter((t) => t !== '')
        .join('; '),
      [planClaim],
    )
  },
}

interface Useful {
  readonly schema: string
  readonly table: string
  readonly rows: number
  readonly advice: IndexAdvice
  readonly claims: readonly NewClaim[]
}

function forTable(
  subject: Subject,
  answers: MysqlAnswers,
  scan: BulkRead,
): Useful | TestResult | { readonly because: string } {
  const { schema, table } = scan
  const name = `${schema}.${table}`
  const definition = answers.get('table', { schema, table })
  if (definition?.known !== true || definition.value === null)
    return notKnown(`the definition of ${name}`, definition)
  if (definition.value.rows < LEAST_ROWS)
    return { because: `${name} has only about ${count(definition.value.rows)} rows` }
  const drift = answers.get('statistics-drift', { schema, table })
  const drifted = drift?.known === true && drift.value.prefixes.find((p) => p.factor >= DRIFT_FACTOR)
  if (drifted)
    return {
      because: `the statistics of ${name} are wrong by a factor of ${drifted.factor.toFixed(0)}, which explains the plan`,
    }
  const used = knownUse(subject, answers)
  const tableUse = used === null ? null : useOf(used, schema, table)
  if (used === null || tableUse === null)
    return { because: `how the statement uses ${name} could not be resolved` }
  const columns = filterColumns(used, schema, table)
  if (columns.length === 0)
    return { because: `the statement has no predicate on ${name} that an index could serve` }
  const selectivity = answers.get('column-selectivity', { schema, table, columns })
  if (selectivity?.known !== true) return notKnown(`how selective the columns of ${name} are`, selectivity)
  const advice = recommendIndex(definition.value, tableUse, selectivity.value)
  if ('because' in advice) return { because: `${name}: ${advice.because}` }
  if (advice.selectivity > MOST_SELECTIVITY) {
    return {
      because: `on ${name} the predicates leave ${(100 * advice.selectivity).toFixed(0)} % of the rows; a scan is as good`,
    }
  }
  return {
    schema,
    table,
    rows: definition.value.rows,
    advice,
    claims: [
      claimOf(`${name} has about ${count(definition.value.rows)} rows`, definition, definition.value.rows, {
        unit: 'rows',
        recheck: { kind: 'table', params: { schema, table } },
      }),
      claimOf(
        `no index of ${name} starts with ${advice.serves.join(', ')}`,
        definition,
        definition.value.indexes.map((i) => ({
          index: i.index,
          columns: i.columns.map((c) => c.column),
        })) as unknown as Json,
      ),
      claimOf(
        `a lookup by ${advice.serves.join(', ')} would read about ${(100 * advice.selectivity).toPrecision(2)} % of the rows`,
        selectivity,
        selectivity.value.columns.map((c) => ({
          column: c.column,
          distinct: c.distinct,
          topShare: c.topShare,
        })),
        { recheck: { kind: 'column-selectivity', params: { schema, table, columns } } },
      ),
    ],
  }
}

function supported(
  subject: Subject,
  answers: MysqlAnswers,
  found: Useful,
  claims: readonly NewClaim[],
): TestResult {
  const fingerprintId = fingerprintIdOf(subject) ?? ''
  const history = knownHistory(subject, answers)
  const name = `${found.schema}.${found.table}`
  const columns = found.advice.columns.map((c) => c.column).join(', ')
  const historyReading = answers.get('statement-history', { fingerprintId })
  const perCall = history?.current.rowsExaminedPerCall ?? 0
  const measured =
    historyReading?.known === true
      ? [
          claimOf(
            `each call examines ${count(perCall)} rows to return ${count(history?.current.rowsSentPerCall ?? 0)}, ${(history?.current.meanMs ?? 0).toFixed(1)} ms`,
            historyReading,
            {
              rowsExaminedPerCall: perCall,
              rowsSentPerCall: history?.current.rowsSentPerCall ?? 0,
              meanMs: history?.current.meanMs ?? 0,
              calls: history?.current.calls ?? 0,
            },
            { recheck: { kind: 'statement-history', params: { fingerprintId } } },
          ),
        ]
      : []
  return {
    outcome: 'supported',
    hypothesis: `The statement reads all of ${name} because no index starts with ${found.advice.serves.join(', ')}.`,
    recommendation: `Create an index on ${name} (${columns}).`,
    claims: [...measured, ...claims],
    weights: weigh(subject, answers, found),
    candidates: [
      {
        actionId: 'mysql/create-index',
        params: {
          table: { schema: found.schema, table: found.table },
          columns: found.advice.columns as unknown as Json,
        },
        why: `An index on (${columns}) lets the statement read about ${count(found.rows * found.advice.selectivity)} rows instead of ${count(found.rows)}.`,
        affectedSeries: [`statement:${fingerprintId}`],
      },
    ],
    affectingQueries: [fingerprintId],
  }
}

function weigh(subject: Subject, answers: MysqlAnswers, found: Useful): Weight[] {
  const history = knownHistory(subject, answers)
  const plan = knownPlan(subject, answers)
  const weights: Weight[] = []
  if (found.advice.selectivity <= 0.05)
    weights.push({ why: 'a lookup would read a twentieth of the table or less', logOdds: 1 })
  if (history !== null && history.current.calls >= 20)
    weights.push({ why: 'the same plan was seen in at least 20 calls', logOdds: 1 })
  if (history !== null && Math.abs(history.current.rowsExaminedPerCall - found.rows) < 0.5 * found.rows) {
    weights.push({ why: 'each call examines about as many rows as the table has', logOdds: 0.5 })
  }
  if (plan?.origin === 'explain')
    weights.push({ why: 'the plan was estimated, not measured', logOdds: -0.25 })
  if (knownTable(answers, found.schema, found.table)?.partitioned === true)
    weights.push({ why: 'the table is partitioned', logOdds: -0.5 })
  return weights
}
