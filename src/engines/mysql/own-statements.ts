/** Statement classes dbmedic itself sends, so that windows of statements leave them out. */
import { fingerprintId, type SqlDialect } from '../../sql/index.ts'

/** Our own statements are texts in this program; there are fewer than this. */
const CLASSES_MAX = 1_000

/** The classes of what our sessions sent. Plans asked for (EXPLAIN) are told apart by their first word instead. */
export class OwnStatements {
  readonly #texts = new Set<string>()
  readonly #ids = new Set<string>()

  /** Notes a statement as it is sent. */
  sent(sql: string, dialect: SqlDialect): void {
    if (this.#texts.has(sql) || this.#texts.size >= CLASSES_MAX || /^\s*(?:EXPLAIN|ANALYZE)\b/i.test(sql))
      return
    this.#texts.add(sql)
    this.#ids.add(fingerprintId(sql, dialect))
  }

  /** Whether a class is one of ours. */
  has(id: string): boolean {
    return this.#ids.has(id)
  }
}
