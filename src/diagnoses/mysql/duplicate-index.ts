/** B2 row 18: an index that another one covers. It is hidden first, and dropped by a decision of its own much later. */
import type { TestResult } from '../../core/diagnosis.ts'
import { claimOf, type MysqlDiagnosis, notKnown, ruledOut, textFact } from './mysql-diagnosis.ts'

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
    return schema === '' || table === '' ? [] : [{ kind: 'redundant-indexes', params: { schema, table } }]
  },
  test(subject, answers) {
    const schema = textFact(subject, 'schema')
    const table = textFact(subject, 'table')
    const index = textFact(subject, 'index')
    if (textFact(subject, 'dominantIndex') === '') return ruledOut('no other index was found to cover it')
    const redundant = answers.get('redundant-indexes', { schema, table })
    if (redundant?.known !== true) return notKnown(`the indexes of ${schema}.${table}`, redundant)
    const now = redundant.value.find((r) => r.index === index)
    if (now === undefined) return ruledOut('no other index covers it any more')
    if (now.unique || now.supportsForeignKey)
      return ruledOut('it enforces uniqueness or serves a foreign key, so it stays')
    const question = { kind: 'redundant-indexes', params: { schema, table } }
    return {
      outcome: 'supported',
      hypothesis: `Index ${index} (${now.columns.join(', ')}) of ${schema}.${table} is ${now.exact ? 'the same as' : 'a left prefix of'} ${now.dominantIndex} (${now.dominantColumns.join(', ')}).`,
      recommendation: `Hide ${index}; if nothing gets slower for a week, a drop can be decided.`,
      claims: [
        claimOf(
          `${now.dominantIndex} covers ${index}`,
          redundant,
          {
            index,
            columns: now.columns,
            dominantIndex: now.dominantIndex,
            dominantColumns: now.dominantColumns,
            exact: now.exact,
          },
          { recheck: question },
        ),
      ],
      weights: [
        { why: now.exact ? 'it is an exact duplicate' : 'it is a left prefix', logOdds: now.exact ? 2 : 1 },
      ],
      candidates: [
        {
          actionId: 'mysql/hide-index',
          params: { table: { schema, table }, index },
          why: 'Hidden, it can be shown again at once if anything gets slower; every write becomes cheaper only after a later drop.',
          affectedSeries: [],
        },
      ],
      affectingQueries: [],
    } satisfies TestResult
  },
}
