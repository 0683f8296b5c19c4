/** Indexes are judged one a table at a time: hiding one changes what can be said of the others. */
import type { MysqlView } from './mysql-detector.ts'

/** What names an index. */
export interface IndexName {
  readonly schema: string
  readonly table: string
  readonly index: string
}

/** Key and readable name of an index. */
export const indexName = ({ schema, table, index }: IndexName): string => `${schema}.${table}.${index}`

/** Of each table the indexes already followed, else the first by name; each index once. */
export function oneIndexATable<T extends IndexName>(view: MysqlView, indexes: readonly T[]): T[] {
  const byTable = Map.groupBy(indexes, (i) => JSON.stringify([i.schema, i.table]))
  return [...byTable.values()].flatMap((all) => {
    const once = [...new Map(all.map((i) => [indexName(i), i])).values()]
    const followed = once.filter((i) => view.tracked.has(indexName(i)))
    return followed.length > 0 ? followed : once.sort((a, b) => (a.index < b.index ? -1 : 1)).slice(0, 1)
  })
}
