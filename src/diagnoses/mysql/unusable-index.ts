/** For two causes: an index is there, but the way the statement asks cannot use it. Advice only. */
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
import { fullReads, knownTable, statementQuestions, tableQuestions } from './statement-evidence.ts'

/** EXPLAIN's note that an index cannot be used: 1739 on MySQL; 1105 on MariaDB, which has other uses too. */
const UNUSABLE_INDEX = new Set([1739, 1105])

/** The server's own notes that an index cannot be used. */
export const unusableNotes = (plan: StatementPlan): StatementPlan['warnings'] =>
  plan.warnings.filter((w) => UNUSABLE_INDEX.has(w.code) && /cannot use/i.test(w.text))

/** What keeps an index from being used. */
export interface Obstacle {
  readonly table: string
  readonly column: string
  readonly index: string
  readonly how: string
}

type Kind = 'mismatched' | 'wrapped'

function obstacles(
  kind: Kind,
  at: {
    readonly use: StatementUse
    readonly answers: MysqlAnswers
    readonly schema: string
    readonly table: string
  },
): Obstacle[] {
  const definition = knownTable(at.answers, at.schema, at.table)
  const refs = at.use.tables.filter((t) => t.schema === at.schema && t.table === at.table)
  const columns = refs.flatMap((ref) =>
    kind === 'mismatched'
      ? ref.mismatched.map((m) => ({
          column: m.column,
          how: `${m.columnType} is compared with ${m.otherType}`,
        }))
      : ref.wrapped,
  )
  return columns.flatMap(({ column, how }) => {
    const index = definition?.indexes.find((i) => i.visible && i.columns[0]?.column === column)?.index
    return index === undefined ? [] : [{ table: `${at.schema}.${at.table}`, column, index, how }]
  })
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
    const found = fullReads(subject, answers).flatMap(({ schema, table }) =>
      obstacles(kind, { use: use.value, answers, schema, table }),
    )
    const [first] = found
    if (first === undefined) return ruledOut('no index is kept from use that way')
    const named = unusableNotes(plan.value)
    return {
      outcome: 'supported',
      hypothesis: `Index ${first.index} on ${first.table} (${first.column}) exists but cannot be used: ${first.how}.`,
      recommendation: advice(first),
      claims: [
        claimOf(`${first.table}.${first.column}: ${first.how}`, use, {
          value: found as unknown as Json,
          recheck: { kind: 'statement-use', params: { fingerprintId } },
        }),
        claimOf(
          named.length > 0
            ? 'the server itself notes that the index cannot be used'
            : 'the plan reads the table in full',
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
