/** An index that another one covers. It is hidden first, and dropped by a decision of its own much later. */
import type { TestResult } from '../../core/diagnosis.ts'
import type { ProposedAction } from '../../core/nouns.ts'
import type { RedundantIndex } from '../../engines/mysql/shapes.ts'
import { claimOf, type MysqlDiagnosis, notKnown, ruledOut, textFact } from './mysql-diagnosis.ts'
import { isHidden } from './statement-evidence.ts'

export const duplicateIndex: MysqlDiagnosis = {
  id: 'mysql/duplicate-index',
  version: 1,
  engine: 'mysql',
  title: 'Another index already serves what this one serves',
  rootCause: 'DUPLICATE_INDEX',
  categories: ['INDEX_HYGIENE'],
  needs(subject) {
    const schema = textFact(subject, 'schema')
    const table = textFact(subject, 'table')
    return schema === '' || table === ''
      ? []
      : [
          { kind: 'redundant-indexes', params: { schema, table } },
          { kind: 'table', params: { schema, table } },
        ]
  },
  test(subject, answers) {
    if (subject.issue.ruleId !== 'mysql/duplicate-index')
      return ruledOut('no other index was found to cover it')
    const params = { schema: textFact(subject, 'schema'), table: textFact(subject, 'table') }
    const index = textFact(subject, 'index')
    const redundant = answers.get('redundant-indexes', params)
    if (redundant?.known !== true)
      return notKnown(`the indexes of ${params.schema}.${params.table}`, redundant)
    const now = redundant.value.find((r) => r.index === index)
    if (now === undefined) return ruledOut('no other index covers it any more')
    if (now.unique || now.supportsForeignKey)
      return ruledOut('it enforces uniqueness or serves a foreign key, so it stays')
    const hidden = isHidden(answers, params, index)
    return {
      outcome: 'supported',
      hypothesis: `Index ${index} (${now.columns.join(', ')}) of ${params.schema}.${params.table} is ${now.exact ? 'the same as' : 'a left prefix of'} ${now.dominantIndex} (${now.dominantColumns.join(', ')}).`,
      recommendation: hidden
        ? `${index} is hidden already; if nothing got slower in a week, drop it.`
        : `Hide ${index}; if nothing gets slower for a week, a drop can be decided.`,
      claims: [
        claimOf(`${now.dominantIndex} covers ${index}`, redundant, {
          value: coverage(now),
          recheck: { kind: 'redundant-indexes', params },
        }),
      ],
      weights: [
        { why: now.exact ? 'it is an exact duplicate' : 'it is a left prefix', logOdds: now.exact ? 2 : 1 },
      ],
      candidates: [hidden ? drop(params, index) : hide(params, index)],
      affectingQueries: [],
    } satisfies TestResult
  },
}

const coverage = (r: RedundantIndex) => ({
  index: r.index,
  columns: r.columns,
  dominantIndex: r.dominantIndex,
  dominantColumns: r.dominantColumns,
  exact: r.exact,
})

type TableName = { readonly schema: string; readonly table: string }

const hide = (table: TableName, index: string): ProposedAction => ({
  actionId: 'mysql/hide-index',
  params: { table, index },
  why: 'Hidden, it can be shown again at once if anything gets slower; every write becomes cheaper only after a later drop.',
  affectedSeries: [],
})

const drop = (table: TableName, index: string): ProposedAction => ({
  actionId: 'mysql/drop-index',
  params: { table, index },
  why: 'Hidden for a week it served nobody; dropped, every write of the table becomes cheaper.',
  affectedSeries: [],
})
