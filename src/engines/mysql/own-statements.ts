/** Statement classes dbmedic itself sends, so that windows of statements leave them out. */
import { fingerprintId, type SqlDialect } from '../../sql/index.ts'

/**
 * Classes remembered of one server, those sent last. The texts are this program's, a few hundred; those that name a table
 * of a target (sizes, samples of a column) are as many as its tables.
 */
const CLASSES_MAX = 20_000
/** Texts whose class is remembered, so that what is sent every few seconds is not parsed again. */
const TEXTS_MAX = 2_000

/** The classes of what our sessions sent. Plans asked for (EXPLAIN) are told apart by their first word instead. */
export class OwnStatements {
  readonly #texts = new Map<string, string>()
  readonly #ids = new Set<string>()

  /** Notes a statement as it is sent. */
  sent(sql: string, dialect: SqlDialect): void {
    const known = this.#texts.get(sql)
    if (known === undefined && /^\s*(?:EXPLAIN|ANALYZE)\b/i.test(sql)) return
    const id = known ?? fingerprintId(sql, dialect)
    this.#texts.delete(sql)
    this.#ids.delete(id)
    this.#texts.set(sql, id)
    this.#ids.add(id)
    forgetOldest(this.#texts, TEXTS_MAX)
    forgetOldest(this.#ids, CLASSES_MAX)
  }

  /** Whether a class is one of ours. */
  has(id: string): boolean {
    return this.#ids.has(id)
  }
}

/** Keeps the newest: maps and sets list their keys in the order they were put in. */
function forgetOldest(from: Map<string, string> | Set<string>, most: number): void {
  const [oldest] = from.size > most ? from.keys() : []
  if (oldest !== undefined) from.delete(oldest)
}
