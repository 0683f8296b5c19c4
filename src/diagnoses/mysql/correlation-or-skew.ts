/**
 * An estimate is far off though the statistics are right: they count the values of each index, but not
 * how common one value is, nor that two columns go together.
 */
import type { Json } from '../../core/canonical.ts'
import type { Subject, TestResult, Weight } from '../../core/diagnosis.ts'
import type { EvidenceQuestion, ProposedAction } from '../../core/nouns.ts'
import type { StatementUse } from '../../engines/mysql/shapes.ts'
import {
  cannotTell,
  claimOf,
  count,
  type MysqlAnswers,
  type MysqlDiagnosis,
  notKnown,
  ruledOut,
} from './mysql-diagnosis.ts'
import {
  driftedPrefix,
  filterColumns,
  knownPlan,
  knownTable,
  knownUse,
  type Misestimate,
  misestimates,
  selectivityQuestions,
  statementQuestions,
  tableQuestions,
  useOf,
  WRONG_ESTIMATE,
  workingStatement,
} from './statement-evidence.ts'

/** Share of the commonest value from which a column is skewed, 0..1. */
const SKEWED = 0.3
/** Buckets of a histogram: the server's own default. */
const BUCKETS = 100

export const correlationOrSkew: MysqlDiagnosis = {
  id: 'mysql/correlation-or-skew',
  version: 5,
  engine: 'mysql',
  title: 'Values are skewed or columns go together, which statistics do not say',
  rootCause: 'CORRELATION_OR_SKEW',
  categories: ['QUERY_PERFORMANCE'],
  needs: (subject, answers): EvidenceQuestion[] => [
    ...statementQuestions(subject),
    ...tableQuestions(subject, answers),
    ...selectivityQuestions(subject, answers),
  ],
  test(subject, answers) {
    const fingerprintId = workingStatement(subject, answers)
    if (typeof fingerprintId !== 'string') return fingerprintId
    const plan = answers.get('statement-plan', { fingerprintId })
    if (plan?.known !== true) return notKnown('the plan of the statement', plan)
    const compared = misestimates(subject, answers)
    const [worst] = compared ?? []
    if (worst === undefined)
      return cannotTell(
        'how many rows each step of the plan really reads',
        'On MariaDB: SET GLOBAL log_slow_verbosity = "query_plan,explain". On MySQL: let the planner account run EXPLAIN ANALYZE.',
      )
    const claim = claimOf(
      `the plan expects ${count(worst.estimated)} rows of ${worst.schema}.${worst.table}; ${count(worst.actual)} are read`,
      plan,
      {
        value: { estimated: worst.estimated, actual: worst.actual, factor: worst.factor },
        unit: 'rows',
        recheck: { kind: 'statement-plan', params: { fingerprintId } },
      },
    )
    if (worst.factor < WRONG_ESTIMATE) return ruledOut('the plan’s estimates are about right', [claim])
    const drift = driftedPrefix(answers, worst.schema, worst.table)
    if (drift === undefined)
      return notKnown(
        `the statistics of ${worst.schema}.${worst.table}`,
        answers.get('statistics-drift', { schema: worst.schema, table: worst.table }),
      )
    if (drift !== null) return ruledOut('the statistics themselves are wrong', [claim])
    return judge(subject, answers, { worst, claim, fingerprintId })
  },
}

interface Case {
  readonly worst: Misestimate
  readonly claim: ReturnType<typeof claimOf>
  readonly fingerprintId: string
}

function judge(subject: Subject, answers: MysqlAnswers, { worst, claim, fingerprintId }: Case): TestResult {
  const { schema, table } = worst
  const use = knownUse(subject, answers)
  if (use === null)
    return notKnown('the columns the statement uses', answers.get('statement-use', { fingerprintId }))
  if (useOf(use, schema, table) === null)
    return cannotTell(
      `which columns of ${schema}.${table} the statement filters by`,
      'Let the monitor account see the table (REFERENCES on the schema shows names and no data), or wait for another sample of the statement.',
    )
  const columns = sharedColumns(use, answers, worst).slice(0, 5)
  const selectivity = answers.get('column-selectivity', {
    schema,
    table,
    columns: filterColumns(use, schema, table),
  })
  const skewed =
    selectivity?.known === true
      ? selectivity.value.columns.filter((c) => (c.topShare ?? 0) >= SKEWED).map((c) => c.column)
      : []
  if (columns.length === 0 || (columns.length < 2 && skewed.length === 0))
    return ruledOut('it filters by one column whose values are spread evenly', [claim])
  const at: Place = { table: { schema, table }, columns, skewed, fingerprintId }
  const how =
    skewed.length > 0 ? `the values of ${skewed.join(', ')} are skewed` : `${columns.join(', ')} go together`
  return {
    outcome: 'supported',
    hypothesis: `The statistics of ${schema}.${table} are right, yet an estimate is off by a factor of ${worst.factor.toFixed(0)}: probably ${how}.`,
    ...advice(subject, answers, { at, worst }),
    claims: [claim],
    weights: weigh(skewed),
    affectingQueries: [fingerprintId],
  }
}

/** What the statement filters by, without what is unique by itself: a key goes together with nothing. */
function sharedColumns(use: StatementUse, answers: MysqlAnswers, { schema, table }: Misestimate): string[] {
  const indexes = knownTable(answers, schema, table)?.indexes ?? []
  const keys = indexes.filter((i) => i.unique && i.columns.length === 1).map((i) => i.columns[0]?.column)
  return filterColumns(use, schema, table).filter((column) => !keys.includes(column))
}

interface Place {
  readonly table: { readonly schema: string; readonly table: string }
  /** What the statement filters by. */
  readonly columns: readonly string[]
  readonly skewed: readonly string[]
  readonly fingerprintId: string
}

interface Advice {
  readonly recommendation: string
  readonly candidates: readonly ProposedAction[]
}

/** For skew a histogram; for a joined value, and for columns that go together, nothing can be collected. */
function advice(
  subject: Subject,
  answers: MysqlAnswers,
  { at, worst }: { readonly at: Place; readonly worst: Misestimate },
): Advice {
  const { table, columns, skewed, fingerprintId } = at
  if (isReachedByJoin(subject, answers, worst))
    return {
      recommendation: `No statistic of either family says how common the value is that another table of the join brings. Tell the statement where to begin (STRAIGHT_JOIN, or a JOIN_ORDER hint on MySQL), or fetch the value first and ask by it: then the optimizer looks it up in the index.`,
      candidates: [],
    }
  if (skewed.length > 0)
    return {
      recommendation: `Collect statistics of the values of ${columns.join(', ')}: a histogram.`,
      candidates: histograms(table, columns, fingerprintId),
    }
  // An index on all of them was tried: beside indexes on each, MySQL 9.7 goes on reading one of those, and estimating as before.
  return {
    recommendation: `A histogram is of one column and does not see that ${columns.join(', ')} go together, and no other statistic of either family does. ${whereToBegin(subject, answers, worst)}, or ask by one of the columns where the others follow from it.`,
    candidates: [],
  }
}

/** How to tell the statement where to begin; by name, where it begins with the table whose rows are misjudged. */
function whereToBegin(subject: Subject, answers: MysqlAnswers, { schema, table, node }: Misestimate): string {
  const [first, ...others] = knownPlan(subject, answers)?.nodes ?? []
  const named = others.flatMap((n) => (n.table === null ? [] : [`${n.schema ?? schema}.${n.table}`]))
  const elsewhere = [...new Set(named)].filter((name) => name !== `${schema}.${table}`).slice(0, 3)
  const how = 'STRAIGHT_JOIN, or a JOIN_ORDER hint on MySQL'
  return first === node && elsewhere.length > 0
    ? `It begins with ${schema}.${table}: tell it to begin with ${elsewhere.join(' or ')} and compare (${how})`
    : `Tell the statement where to begin (${how})`
}

/**
 * True if rows of the table are found by a value that another table brings. Histograms are looked at for constants
 * only (https://dev.mysql.com/doc/refman/8.4/en/optimizer-statistics.html, https://mariadb.com/kb/en/histogram-based-statistics/).
 */
function isReachedByJoin(subject: Subject, answers: MysqlAnswers, { node }: Misestimate): boolean {
  const first = knownPlan(subject, answers)?.nodes[0]
  return first !== undefined && first !== node && /^(?:ref|eq_ref|ref_or_null)$/.test(node.access)
}

function weigh(skewed: readonly string[]): Weight[] {
  return skewed.length > 0
    ? [{ why: 'one value makes up 30 % of a column or more', logOdds: 1 }]
    : [{ why: 'that columns go together is concluded from the estimate, not counted', logOdds: -1 }]
}

/** One for each flavour; the other one's condition refuses. */
function histograms(
  table: { readonly schema: string; readonly table: string },
  columns: readonly string[],
  fingerprintId: string,
): ProposedAction[] {
  const given = columns.map((column) => ({ column, prefix: null, direction: 'ASC' })) as unknown as Json
  const affectedSeries = [`statement:${fingerprintId}`]
  const why = 'The optimizer then knows how common each value is; nothing is rewritten.'
  return [
    {
      actionId: 'mysql/analyze-histogram',
      params: { table, columns: given, buckets: BUCKETS },
      why,
      affectedSeries,
    },
    { actionId: 'mysql/analyze-persistent', params: { table, columns: given }, why, affectedSeries },
  ]
}
