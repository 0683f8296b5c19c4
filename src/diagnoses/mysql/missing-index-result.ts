/** What is said, claimed and proposed once an index is found to be missing, or hidden. */
import type { Json } from '../../core/canonical.ts'
import type { Subject, TestResult, Weight } from '../../core/diagnosis.ts'
import type { ProposedAction } from '../../core/nouns.ts'
import type { Reading } from '../../core/observer.ts'
import type { ColumnSelectivity, IndexDefinition, TableDefinition } from '../../engines/mysql/shapes.ts'
import { claimOf, count, fact, fingerprintIdOf, type MysqlAnswers, type NewClaim } from './mysql-diagnosis.ts'
import type { IndexAdvice, NoAdvice } from './recommend-index.ts'
import { driftedPrefix, knownHistory, knownPlan, knownUse } from './statement-evidence.ts'

/** A table that is read in full though an index would serve. */
export interface TableFinding {
  readonly schema: string
  readonly table: string
  readonly definition: Reading<TableDefinition | null> & { readonly known: true }
  readonly definitionValue: TableDefinition
  readonly selectivity: Reading<ColumnSelectivity> & { readonly known: true }
  readonly columns: readonly string[]
  readonly advice: IndexAdvice | NoAdvice
}

type Found = TableFinding & { readonly planClaim: NewClaim }

/** The supported result of a finding. */
export function missingIndexResult(subject: Subject, answers: MysqlAnswers, found: Found): TestResult {
  const fingerprintId = fingerprintIdOf(subject) ?? ''
  const name = `${found.schema}.${found.table}`
  const { advice } = found
  const claims = [...measured(subject, answers, found), found.planClaim, ...tableClaims(found, name)]
  const common = {
    outcome: 'supported' as const,
    claims,
    weights: weigh(subject, answers, found),
    affectingQueries: [fingerprintId],
  }
  if ('because' in advice)
    return {
      ...common,
      hypothesis: `The statement reads all of ${name} because index ${advice.hidden ?? ''}, which serves it, is hidden.`,
      recommendation: `Show index ${advice.hidden ?? ''} of ${name} again.`,
      candidates: [
        {
          actionId: 'mysql/show-index',
          params: { table: { schema: found.schema, table: found.table }, index: advice.hidden ?? '' },
          why: 'The index is there and kept up to date; shown, it is used at once.',
          affectedSeries: [`statement:${fingerprintId}`],
        },
      ],
    }
  const shorter = shorterIndex(found.definitionValue, advice)
  return {
    ...common,
    hypothesis: `The statement reads ${shorter === null ? 'all' : 'all, or until it has found enough,'} of ${name} because ${lack(advice, shorter)}.`,
    recommendation: `Create an index on ${name} (${advice.columns.map((c) => c.column).join(', ')}).${retirement(shorter)}`,
    candidates: [createIndex(found, advice, fingerprintId)],
  }
}

/** A visible index that starts with all the columns searched by and lacks what comes after; null if there is none. */
function shorterIndex(table: TableDefinition, { serves }: IndexAdvice): IndexDefinition | null {
  const starts = table.indexes.find((i) => {
    const head = new Set(i.columns.slice(0, serves.length).map((c) => c.column))
    return i.visible && !i.primary && i.kind === 'BTREE' && serves.every((column) => head.has(column))
  })
  return starts ?? null
}

/** What may become of the shorter index later; one that enforces or supports something stays. */
const retirement = (shorter: IndexDefinition | null): string =>
  shorter === null || shorter.unique || shorter.supportsForeignKey
    ? ''
    : ` Index ${shorter.index} may then be retired, by a decision of its own.`

/** What no index gives, as a clause: an index that is there is never denied. */
function lack({ serves, columns }: IndexAdvice, shorter: IndexDefinition | null): string {
  if (shorter === null) return `no index starts with ${serves.join(', ')}`
  const rest = columns.map((c) => c.column).filter((c) => !serves.includes(c))
  return `index ${shorter.index} finds ${serves.join(', ')} and does not give ${rest.join(', ')} as well`
}

function createIndex(found: Found, advice: IndexAdvice, fingerprintId: string): ProposedAction {
  const { rows } = found.definitionValue
  return {
    actionId: 'mysql/create-index',
    params: {
      table: { schema: found.schema, table: found.table },
      columns: advice.columns as unknown as Json,
    },
    why: `An index on (${advice.columns.map((c) => c.column).join(', ')}) lets the statement read about ${count(rows * (advice.selectivity ?? 1))} rows instead of ${count(rows)}.`,
    affectedSeries: [`statement:${fingerprintId}`],
  }
}

function measured(subject: Subject, answers: MysqlAnswers, found: TableFinding): NewClaim[] {
  const fingerprintId = fingerprintIdOf(subject) ?? ''
  const reading = answers.get('statement-history', { fingerprintId })
  if (reading?.known !== true) return []
  const { rowsExaminedPerCall, rowsSentPerCall, meanMs, calls } = reading.value.current
  const each = `${meanMs.toFixed(1)} ms`
  return [
    claimOf(
      dropsUncounted(subject, answers, found)
        ? `each call takes ${each} to return ${count(rowsSentPerCall)} rows; it counts ${count(rowsExaminedPerCall)} rows examined, and none that a join buffer drops`
        : `each call examines ${count(rowsExaminedPerCall)} rows to return ${count(rowsSentPerCall)}, ${each}`,
      reading,
      {
        value: { rowsExaminedPerCall, rowsSentPerCall, meanMs, calls },
        recheck: { kind: 'statement-history', params: { fingerprintId } },
      },
    ),
  ]
}

/**
 * Whether a join reads the table in full and the rows examined do not show it: MariaDB counts none that its join buffer
 * rejects (measured on 10.11: 9 rows a call of a table of 250,000), so there they say nothing against a full read.
 */
function dropsUncounted(subject: Subject, answers: MysqlAnswers, found: TableFinding): boolean {
  const examined = knownHistory(subject, answers)?.current.rowsExaminedPerCall
  const joins = fact(subject, 'selectFullJoin')
  const joined =
    (knownPlan(subject, answers)?.nodes.length ?? 0) > 1 && typeof joins === 'number' && joins > 0
  return examined !== undefined && joined && examined < 0.5 * found.definitionValue.rows
}

function tableClaims(found: Found, name: string): NewClaim[] {
  const { schema, table, definition, definitionValue, selectivity, columns, advice } = found
  const recheck = { kind: 'table', params: { schema, table } }
  const indexes = definitionValue.indexes.map((i) => ({
    index: i.index,
    columns: i.columns.map((c) => c.column),
    visible: i.visible,
  }))
  const size = claimOf(`${name} has about ${count(definitionValue.rows)} rows`, definition, {
    value: definitionValue.rows,
    unit: 'rows',
    recheck,
  })
  if ('because' in advice) return [size, claimOf(advice.because, definition, { value: indexes, recheck })]
  return [
    size,
    claimOf(`of ${name}, ${lack(advice, shorterIndex(definitionValue, advice))}`, definition, {
      value: indexes,
      recheck,
    }),
    claimOf(
      `a lookup by ${advice.serves.join(', ')} would read about ${(100 * (advice.selectivity ?? 1)).toPrecision(2)} % of the rows`,
      selectivity,
      {
        value: selectivity.value.columns.map((c) => ({
          column: c.column,
          distinct: c.distinct,
          topShare: c.topShare,
        })),
        recheck: { kind: 'column-selectivity', params: { schema, table, columns } },
      },
    ),
  ]
}

function weigh(subject: Subject, answers: MysqlAnswers, found: Found): Weight[] {
  const history = knownHistory(subject, answers)
  const rows = found.definitionValue.rows
  const examined = history?.current.rowsExaminedPerCall ?? 0
  const narrow = 'columns' in found.advice && (found.advice.selectivity ?? 1) <= 0.05
  const reasons: readonly (Weight & { readonly holds: boolean })[] = [
    { holds: narrow, why: 'a lookup would read a twentieth of the table or less', logOdds: 1 },
    {
      holds: (history?.current.calls ?? 0) >= 20,
      why: 'it was seen in at least 20 calls',
      logOdds: 1,
    },
    {
      holds: Math.abs(examined - rows) < 0.5 * rows,
      why: 'each call examines about as many rows as the table has',
      logOdds: 0.5,
    },
    {
      holds: knownPlan(subject, answers)?.origin === 'explain',
      why: 'the plan was estimated, not measured',
      logOdds: -0.25,
    },
    {
      holds: driftedPrefix(answers, found.schema, found.table) === undefined,
      why: 'the statistics could not be compared with the table',
      logOdds: -0.5,
    },
    {
      holds: (knownUse(subject, answers)?.unresolved.length ?? 0) > 0,
      why: 'parts of the statement could not be resolved',
      logOdds: -0.5,
    },
    { holds: found.definitionValue.partitioned, why: 'the table is partitioned', logOdds: -0.5 },
  ]
  return reasons.filter((r) => r.holds).map(({ why, logOdds }) => ({ why, logOdds }))
}
