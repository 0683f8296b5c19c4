/** B2 row 2: an index is there, but the way the statement asks cannot use it. Advice for the application. */
import type { Json } from '../../core/canonical.ts'
import type { TestResult } from '../../core/diagnosis.ts'
import type { StatementPlan, StatementUse } from '../../engines/mysql/shapes.ts'
import {
  claimOf,
  fingerprintIdOf,
  type MysqlAnswers,
  type MysqlDiagnosis,
  notKnown,
  ruledOut,
} from './mysql-diagnosis.ts'
import { bulkReads, knownTable, statementQuestions, tableQuestions } from './statement-evidence.ts'

/** EXPLAIN's note that an index cannot be used: 1739 on MySQL, 1105 on MariaDB. */
const UNUSABLE_INDEX = new Set([1739, 1105])

interface Obstacle {
  readonly table: string
  readonly column: string
  readonly index: string
  readonly how: string
  readonly typeMismatch: boolean
}

function obstacles(
  use: StatementUse,
  answers: MysqlAnswers,
  tables: readonly { schema: string; table: string }[],
): Obstacle[] {
  return tables.flatMap(({ schema, table }) => {
    const definition = knownTable(answers, schema, table)
    const refs = use.tables.filter((t) => t.schema === schema && t.table === table)
    const indexed = (column: string): string | undefined =>
      definition?.indexes.find((i) => i.columns[0]?.column === column)?.index
    return refs.flatMap((ref) => [
      ...ref.mismatched.flatMap((m): Obstacle[] => {
        const index = indexed(m.column)
        return index === undefined
          ? []
          : [
              {
                table: `${schema}.${table}`,
                column: m.column,
                index,
                how: `${m.columnType} is compared with ${m.otherType}`,
                typeMismatch: true,
              },
            ]
      }),
      ...ref.wrapped.flatMap((w): Obstacle[] => {
        const index = indexed(w.column)
        return index === undefined
          ? []
          : [{ table: `${schema}.${table}`, column: w.column, index, how: w.how, typeMismatch: false }]
      }),
    ])
  })
}

function test(rootCause: 'TYPE_MISMATCH' | 'NON_SARGABLE'): MysqlDiagnosis['test'] {
  return (subject, answers) => {
    const fingerprintId = fingerprintIdOf(subject)
    if (fingerprintId === null) return ruledOut('the issue is not about one statement class')
    const plan = answers.get('statement-plan', { fingerprintId })
    const use = answers.get('statement-use', { fingerprintId })
    if (plan?.known !== true) return notKnown('the plan of the statement', plan)
    if (use?.known !== true) return notKnown('the columns the statement uses', use)
    const scans = bulkReads(subject, answers).filter(
      (r) => r.node.access === 'ALL' || r.node.access === 'index',
    )
    const found = obstacles(use.value, answers, scans).filter(
      (o) => o.typeMismatch === (rootCause === 'TYPE_MISMATCH'),
    )
    const [first] = found
    if (first === undefined) return ruledOut('every indexed column is compared as it is stored')
    const named = notes(plan.value)
    return {
      outcome: 'supported',
      hypothesis: `Index ${first.index} on ${first.table} (${first.column}) exists but cannot be used: ${first.how}.`,
      recommendation: advice(first),
      claims: [
        claimOf(`${first.table}.${first.column}: ${first.how}`, use, found as unknown as Json, {
          recheck: { kind: 'statement-use', params: { fingerprintId } },
        }),
        claimOf(
          named.length > 0
            ? 'the server itself notes that the index cannot be used'
            : 'the plan reads the table in full',
          plan,
          named as unknown as Json,
          { recheck: { kind: 'statement-plan', params: { fingerprintId } } },
        ),
      ],
      weights: named.length > 0 ? [{ why: 'a server note names the index', logOdds: 2 }] : [],
      candidates: [],
      affectingQueries: [fingerprintId],
    } satisfies TestResult
  }
}

const notes = (plan: StatementPlan) => plan.warnings.filter((w) => UNUSABLE_INDEX.has(w.code))

function advice(o: Obstacle): string {
  return o.typeMismatch
    ? `In the application: pass ${o.column} as a value of the column’s own type. A new index would not be used either.`
    : `In the application: compare ${o.column} itself (move the function or the wildcard to the other side). A new index on the column would not be used either.`
}

const base = {
  version: 1,
  engine: 'mysql',
  categories: ['QUERY_PERFORMANCE', 'TYPE_MISMATCH'],
  needs: (subject: Parameters<MysqlDiagnosis['needs']>[0], answers: MysqlAnswers) => [
    ...statementQuestions(subject),
    ...tableQuestions(subject, answers),
  ],
} as const

/** A comparison with another type makes the index unusable. */
export const typeMismatch: MysqlDiagnosis = {
  ...base,
  id: 'mysql/type-mismatch',
  title: 'An index cannot be used because types differ',
  rootCause: 'TYPE_MISMATCH',
  test: test('TYPE_MISMATCH'),
}

/** A function, a cast or a leading wildcard makes the index unusable. */
export const nonSargable: MysqlDiagnosis = {
  ...base,
  id: 'mysql/non-sargable',
  title: 'An index cannot be used because of how the statement asks',
  rootCause: 'NON_SARGABLE',
  test: test('NON_SARGABLE'),
}
