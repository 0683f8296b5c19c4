/** A function, a cast or a leading wildcard makes an index unusable. Advice for the application. */
import type { MysqlDiagnosis } from './mysql-diagnosis.ts'
import { testUnusable, unusableNeeds } from './unusable-index.ts'

export const nonSargable: MysqlDiagnosis = {
  id: 'mysql/non-sargable',
  version: 1,
  engine: 'mysql',
  title: 'An index cannot be used because of how the statement asks',
  rootCause: 'NON_SARGABLE',
  categories: ['QUERY_PERFORMANCE'],
  needs: unusableNeeds,
  test: testUnusable(
    'wrapped',
    (o) =>
      `In the application: compare ${o.column} itself (move the function or the wildcard to the other side). A new index on the column would not be used either.`,
  ),
}
