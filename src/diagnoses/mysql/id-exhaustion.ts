/** An auto-increment column runs out of numbers. Changing its type is a migration, so it is advice. */
import type { TestResult } from '../../core/diagnosis.ts'
import {
  claimOf,
  claimOfEvent,
  type MysqlDiagnosis,
  notKnown,
  numberFact,
  ruledOut,
  textFact,
} from './mysql-diagnosis.ts'

export const idExhaustion: MysqlDiagnosis = {
  id: 'mysql/id-exhaustion',
  version: 1,
  engine: 'mysql',
  title: 'The type of an id column is too small',
  rootCause: 'ID_EXHAUSTION',
  categories: ['SCHEMA_CAPACITY'],
  needs(subject) {
    const schema = textFact(subject, 'schema')
    const table = textFact(subject, 'table')
    return schema === '' || table === '' ? [] : [{ kind: 'table', params: { schema, table } }]
  },
  test(subject, answers) {
    const schema = textFact(subject, 'schema')
    const table = textFact(subject, 'table')
    const name = `${schema}.${table}`
    const definition = answers.get('table', { schema, table })
    if (definition?.known !== true) return notKnown(`the definition of ${name}`, definition)
    if (definition.value === null) return ruledOut('the table is gone')
    const column = definition.value.columns.find((c) => c.column === textFact(subject, 'column'))
    if (column?.columnType !== textFact(subject, 'columnType'))
      return ruledOut('the column has another type now')
    const used = numberFact(subject, 'usedPercent')
    const children = definition.value.referencedBy
    return {
      outcome: 'supported',
      hypothesis: `${name}.${column.column} is ${column.columnType} and has used ${used.toFixed(1)} % of its numbers; inserts fail with error 1062 or 167 when they end.`,
      recommendation: `Plan a migration of ${column.column} to BIGINT UNSIGNED${children > 0 ? ` and of the columns of ${children} foreign key(s) that point to it` : ''}: it copies the table, so use an online schema-change tool. Check that the application reads 64-bit ids.`,
      claims: [
        claimOf(`${name}.${column.column} is ${column.columnType}`, definition, {
          value: column.columnType,
          recheck: { kind: 'table', params: { schema, table } },
        }),
        claimOfEvent(subject, 'share of its numbers that is used', used),
      ],
      weights: [{ why: 'type and counter say so without guessing', logOdds: 2 }],
      candidates: [],
      affectingQueries: [],
    } satisfies TestResult
  },
}
