/** A function, a cast or a leading wildcard makes an index unusable, whether there is one or not. Advice for the application. */
import type { MysqlDiagnosis } from './mysql-diagnosis.ts'
import { testUnusable, unusableNeeds } from './unusable-index.ts'

export const nonSargable: MysqlDiagnosis = {
  id: 'mysql/non-sargable',
  version: 2,
  engine: 'mysql',
  title: 'No index can be used because of how the statement asks',
  rootCause: 'NON_SARGABLE',
  categories: ['QUERY_PERFORMANCE'],
  needs: unusableNeeds,
  test: testUnusable('wrapped', (o) =>
    o.index === null
      ? `In the application: compare ${o.column} itself where that is possible, and index it; where it is not (a value inside of JSON, a text within a text), keep the value in a column of its own, generated or written, and ask by an index on that. An index on ${o.column} alone would not be used.`
      : `In the application: compare ${o.column} itself (move the function or the wildcard to the other side). A new index on the column would not be used either.`,
  ),
}
