/** A comparison with another type makes an index unusable. Advice for the application. */
import type { MysqlDiagnosis } from './mysql-diagnosis.ts'
import { testUnusable, unusableNeeds } from './unusable-index.ts'

export const typeMismatch: MysqlDiagnosis = {
  id: 'mysql/type-mismatch',
  version: 2,
  engine: 'mysql',
  title: 'An index cannot be used because types differ',
  rootCause: 'TYPE_MISMATCH',
  categories: ['QUERY_PERFORMANCE', 'TYPE_MISMATCH'],
  needs: unusableNeeds,
  test: testUnusable(
    'mismatched',
    (o) =>
      `In the application: pass ${o.column} as a value of the column’s own type. A new index would not be used either.`,
  ),
}
