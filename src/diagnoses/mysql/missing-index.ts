/** A statement reads a whole table for few rows, and no index starts with the columns it asks by. */
import type { Subject, TestResult } from '../../core/diagnosis.ts'
import { missingIndexResult, type TableFinding } from './missing-index-result.ts'
import {
  cannotTell,
  claimOf,
  count,
  type MysqlAnswers,
  type MysqlDiagnosis,
  type NewClaim,
  notKnown,
  ruledOut,
} from './mysql-diagnosis.ts'
import { type IndexAdvice, type NoAdvice, recommendIndex } from './recommend-index.ts'
import {
  type BulkRead,
  driftedPrefix,
  filterColumns,
  fullReads,
  knownHistory,
  knownPlan,
  knownUse,
  LEAST_ROWS,
  returnsWhatItReads,
  selectivityQuestions,
  statementQuestions,
  tableQuestions,
  useOf,
  workingStatement,
} from './statement-evidence.ts'
import { unusableNotes } from './unusable-index.ts'

/** Share of the table a lookup may read for an index to pay. */
export const MOST_SELECTIVITY = 0.2

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
    const fingerprintId = workingStatement(subject, answers)
    if (typeof fingerprintId !== 'string') return fingerprintId
    if (returnsWhatItReads(knownHistory(subject, answers)))
      return ruledOut('it returns, in bulk, what it reads: no index reads less')
    const plan = answers.get('statement-plan', { fingerprintId })
    if (plan?.known !== true) return notKnown('the plan of the statement', plan)
    const use = answers.get('statement-use', { fingerprintId })
    if (use?.known !== true) return notKnown('the columns the statement uses', use)
    const scans = fullReads(subject, answers)
    const planClaim = claimOf(
      `the plan reads ${scans.map((s) => `${s.schema}.${s.table}`).join(', ') || 'no table'} in full`,
      plan,
      {
        value: plan.value.nodes.map((n) => ({ table: n.table, access: n.access, rows: n.estimatedRows })),
        recheck: { kind: 'statement-plan', params: { fingerprintId } },
      },
    )
    if (scans.length === 0) return ruledOut('no table is read in full', [planClaim])
    if (unusableNotes(plan.value).length > 0)
      return ruledOut('the server notes that an index is there and cannot be used', [planClaim])
    return conclude(subject, answers, planClaim)
  },
}

/** The first table an index would serve; else what is not known; else every reason against. */
function conclude(subject: Subject, answers: MysqlAnswers, planClaim: NewClaim): TestResult {
  const findings = fullReads(subject, answers).map((scan) => forTable(subject, answers, scan))
  for (const finding of findings)
    if ('advice' in finding) return missingIndexResult(subject, answers, { ...finding, planClaim })
  const unknown = findings.find((f) => 'outcome' in f)
  if (unknown !== undefined && 'outcome' in unknown) return unknown
  return ruledOut(findings.flatMap((f) => ('because' in f ? [f.because] : [])).join('; '), [planClaim])
}

type PerTable = TableFinding | TestResult | { readonly because: string }

/** What speaks for an index of one table that is read in full: advice, a reason against, or what is not known. */
function forTable(subject: Subject, answers: MysqlAnswers, { schema, table }: BulkRead): PerTable {
  const name = `${schema}.${table}`
  const definition = answers.get('table', { schema, table })
  if (definition?.known !== true || definition.value === null)
    return notKnown(`the definition of ${name}`, definition)
  if (definition.value.rows < LEAST_ROWS)
    return { because: `${name} has only about ${count(definition.value.rows)} rows` }
  const blamed = statisticsProblem(subject, answers, { schema, table })
  if (blamed !== null) return blamed
  return byColumns(subject, answers, { schema, table, definition, definitionValue: definition.value })
}

type TableCase = Pick<TableFinding, 'schema' | 'table' | 'definition' | 'definitionValue'>

/** Whether an index over the columns the statement asks by would help. */
function byColumns(subject: Subject, answers: MysqlAnswers, at: TableCase): PerTable {
  const { schema, table } = at
  const name = `${schema}.${table}`
  const used = knownUse(subject, answers)
  const tableUse = used === null ? null : useOf(used, schema, table)
  if (used === null || tableUse === null)
    return cannotTell(
      `how the statement uses ${name} could not be resolved`,
      'A statement whose text is cut or uses a view cannot be read; look at it by hand.',
    )
  const columns = filterColumns(used, schema, table)
  if (columns.length === 0)
    return { because: `the statement has no predicate on ${name} that an index could serve` }
  const selectivity = answers.get('column-selectivity', { schema, table, columns })
  if (selectivity?.known !== true) return notKnown(`how selective the columns of ${name} are`, selectivity)
  const advice = recommendIndex({
    table: at.definitionValue,
    use: tableUse,
    selectivity: selectivity.value,
    rowsPerCall: knownHistory(subject, answers)?.current.rowsSentPerCall ?? 0,
  })
  const against = reasonAgainst(name, advice)
  return against ?? { ...at, selectivity, columns, advice }
}

/** Wrong statistics explain a scan; where they could not be compared, a join proves nothing. */
function statisticsProblem(
  subject: Subject,
  answers: MysqlAnswers,
  { schema, table }: { readonly schema: string; readonly table: string },
): TestResult | { readonly because: string } | null {
  const drift = driftedPrefix(answers, schema, table)
  if (drift === null) return null
  if (drift !== undefined)
    return {
      because: `the statistics of ${schema}.${table} are wrong by a factor of ${drift.factor.toFixed(0)}, which explains the plan`,
    }
  return (knownPlan(subject, answers)?.nodes.length ?? 0) > 1
    ? notKnown(`the statistics of ${schema}.${table}`, answers.get('statistics-drift', { schema, table }))
    : null
}

function reasonAgainst(
  name: string,
  advice: IndexAdvice | NoAdvice,
): TestResult | { readonly because: string } | null {
  if ('because' in advice)
    return advice.hidden === undefined ? { because: `${name}: ${advice.because}` } : null
  if (advice.selectivity === null)
    return cannotTell(
      `how many rows of ${name} the range on ${advice.serves.join(', ')} leaves`,
      'Run the statement with usual values under EXPLAIN ANALYZE, or collect a histogram of the column.',
    )
  return advice.selectivity > MOST_SELECTIVITY
    ? {
        because: `on ${name} the predicates leave ${(100 * advice.selectivity).toFixed(0)} % of the rows; a scan is as good`,
      }
    : null
}
