/**
 * A table that statements name is not there. Whether it was dropped, mistyped or never migrated is for a person and
 * the migration history to say; a table is never created to make an error go away.
 */
import type { TestResult } from '../../core/diagnosis.ts'
import { cannotTell, claimOf, type MysqlDiagnosis, notKnown, ruledOut, textFact } from './mysql-diagnosis.ts'

export const typoOrDropped: MysqlDiagnosis = {
  id: 'mysql/typo-or-dropped',
  version: 1,
  engine: 'mysql',
  title: 'A table that statements name does not exist',
  rootCause: 'TYPO_OR_DROPPED',
  categories: ['MISSING_TABLE'],
  needs(subject) {
    const schema = textFact(subject, 'schema')
    const table = textFact(subject, 'table')
    return schema === '' || table === '' ? [] : [{ kind: 'table', params: { schema, table } }]
  },
  test(subject, answers) {
    const schema = textFact(subject, 'schema')
    const table = textFact(subject, 'table')
    if (schema === '' || table === '')
      return cannotTell(
        'the server counts error 1146 and does not say which table it was about',
        'Look for error 1146 in the application’s own log: it names the table.',
      )
    const definition = answers.get('table', { schema, table })
    if (definition?.known !== true) return notKnown(`whether ${schema}.${table} exists`, definition)
    if (definition.value !== null) return ruledOut(`${schema}.${table} exists`)
    return {
      outcome: 'supported',
      hypothesis: `${schema}.${table} does not exist: it was dropped, renamed, mistyped, or its migration has not run here.`,
      recommendation: `Compare with the migration history. If ${schema}.${table} was dropped by mistake, restore it from a backup; an empty table of that name would turn an error into silent loss.`,
      claims: [
        claimOf(`the catalog has no table ${schema}.${table}`, definition, {
          value: null,
          recheck: { kind: 'table', params: { schema, table } },
        }),
      ],
      weights: [{ why: 'a table the account may not see looks the same', logOdds: -0.5 }],
      candidates: [],
      affectingQueries: [],
    } satisfies TestResult
  },
}
