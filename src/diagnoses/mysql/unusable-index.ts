/** For two causes: the way the statement asks keeps an index from use, or from being of use. Advice only. */
import type { Json } from '../../core/canonical.ts'
import type { Subject, TestResult } from '../../core/diagnosis.ts'
import type { IndexDefinition, StatementPlan, StatementUse, TableUse } from '../../engines/mysql/shapes.ts'
import {
  claimOf,
  count,
  fingerprintIdOf,
  type MysqlAnswers,
  type MysqlDiagnosis,
  notKnown,
  ruledOut,
} from './mysql-diagnosis.ts'
import {
  type BulkRead,
  bulkReads,
  isFull,
  knownTable,
  LEAST_ROWS,
  MANY_ROWS,
  statementQuestions,
  tableQuestions,
} from './statement-evidence.ts'

/** EXPLAIN's note that an index cannot be used: 1739 on MySQL; 1105 on MariaDB, which has other uses too. */
const UNUSABLE_INDEX = new Set([1739, 1105])

/** The server's own notes that an index cannot be used. */
export const unusableNotes = (plan: StatementPlan): StatementPlan['warnings'] =>
  plan.warnings.filter((w) => UNUSABLE_INDEX.has(w.code) && /cannot use/i.test(w.text))

/** What keeps an index from being used, or from being of use beyond its first columns. */
export interface Obstacle {
  readonly table: string
  readonly column: string
  /** Null: there is none, and none on the column would be used either. */
  readonly index: string | null
  readonly how: string
}

type Kind = 'mismatched' | 'wrapped'

interface Place {
  readonly use: StatementUse
  readonly answers: MysqlAnswers
  readonly read: BulkRead
}

function obstacles(kind: Kind, { use, answers, read }: Place): Obstacle[] {
  const { schema, table, node } = read
  const definition = knownTable(answers, schema, table)
  if (definition === null) return []
  const refs = use.tables.filter((t) => t.schema === schema && t.table === table)
  const equal = new Set(refs.flatMap((ref) => ref.equal))
  const whole = isFull(read)
  const name = `${schema}.${table}`
  return hindered(kind, refs).flatMap(({ column, how }): Obstacle[] => {
    const index = definition.indexes.find(
      (i) =>
        i.visible &&
        comesUp(i, column, equal) &&
        (whole || (i.index === node.key && i.columns[0]?.column !== column)),
    )
    if (index !== undefined) return [{ table: name, column, index: index.index, how }]
    const alone = kind === 'wrapped' && whole && use.unresolved.length === 0 && !searches(refs)
    return alone && definition.rows >= LEAST_ROWS ? [{ table: name, column, index: null, how }] : []
  })
}

const hindered = (
  kind: Kind,
  refs: readonly TableUse[],
): { readonly column: string; readonly how: string }[] =>
  refs.flatMap((ref) =>
    kind === 'mismatched'
      ? ref.mismatched.map((m) => ({
          column: m.column,
          how: `${m.columnType} is compared with ${m.otherType}`,
        }))
      : ref.wrapped,
  )

/** Whether the column is the index's first, or comes right after columns the statement asks by, which alone can be used then. */
function comesUp(index: IndexDefinition, column: string, equal: ReadonlySet<string>): boolean {
  const at = index.columns.findIndex((c) => c.column === column)
  return at >= 0 && index.columns.slice(0, at).every((c) => c.column !== null && equal.has(c.column))
}

/** Whether any condition on the table could be searched by an index. */
const searches = (refs: readonly TableUse[]): boolean =>
  refs.some((ref) => ref.equal.length + ref.range.length + ref.mismatched.length > 0)

/** Reads a further column of an index would make small: the whole table, or many rows by the index's first columns. */
const largeReads = (subject: Subject, answers: MysqlAnswers): BulkRead[] =>
  bulkReads(subject, answers).filter(
    (read) => isFull(read) || (read.node.key !== null && read.node.estimatedRows >= MANY_ROWS),
  )

/** What the trouble is, in a sentence. */
const hypothesisOf = ({ table, column, index, how }: Obstacle, read: BulkRead): string => {
  if (index === null)
    return `The statement reads all of ${table} because it asks for an expression of ${column} (${how}), which no index of the column gives.`
  return isFull(read)
    ? `Index ${index} on ${table} (${column}) exists but cannot be used: ${how}.`
    : `Index ${index} on ${table} is used for its first columns only and not for ${column}: ${how}.`
}

/** The test of one of the two causes. */
export function testUnusable(kind: Kind, advice: (o: Obstacle) => string): MysqlDiagnosis['test'] {
  return (subject, answers) => {
    const fingerprintId = fingerprintIdOf(subject)
    if (fingerprintId === null) return ruledOut('the issue is not about one statement class')
    const plan = answers.get('statement-plan', { fingerprintId })
    const use = answers.get('statement-use', { fingerprintId })
    if (plan?.known !== true) return notKnown('the plan of the statement', plan)
    if (use?.known !== true) return notKnown('the columns the statement uses', use)
    const found = largeReads(subject, answers).flatMap((read) =>
      obstacles(kind, { use: use.value, answers, read }).map((obstacle) => ({ obstacle, read })),
    )
    const [at] = found
    if (at === undefined) return ruledOut('no index is kept from use that way')
    const { obstacle: first, read } = at
    const named = unusableNotes(plan.value)
    return {
      outcome: 'supported',
      hypothesis: hypothesisOf(first, read),
      recommendation: advice(first),
      claims: [
        claimOf(`${first.table}.${first.column}: ${first.how}`, use, {
          value: found.map((f) => f.obstacle) as unknown as Json,
          recheck: { kind: 'statement-use', params: { fingerprintId } },
        }),
        claimOf(
          named.length > 0
            ? 'the server itself notes that the index cannot be used'
            : isFull(read)
              ? 'the plan reads the table in full'
              : `the plan reads about ${count(read.node.estimatedRows)} rows by the first columns of index ${first.index ?? ''}`,
          plan,
          {
            value: named.map((w) => w.code),
            recheck: { kind: 'statement-plan', params: { fingerprintId } },
          },
        ),
      ],
      weights: named.length > 0 ? [{ why: 'a server note names the index', logOdds: 2 }] : [],
      candidates: [],
      affectingQueries: [fingerprintId],
    } satisfies TestResult
  }
}

/** What both ask for. */
export const unusableNeeds: MysqlDiagnosis['needs'] = (subject, answers) => [
  ...statementQuestions(subject),
  ...tableQuestions(subject, answers),
]
