/** Digest rows summed into our own statement classes, the busiest kept. Pure but for a cache of fingerprints. */
import { fingerprint, type SqlDialect, type StatementFingerprint } from '../../../sql/index.ts'
import type { StatementDelta } from '../shapes.ts'
import { addCounters, type DigestDelta, type DigestRow } from './digest-rows.ts'

const FINGERPRINT_CHARACTERS_MAX = 1_024
const CACHED_MAX = 20_000

/**
 * MySQL 9 writes `EXECUTE SELECT ...` for a run of a prepared statement and `PREPARE SELECT ...` for its preparation.
 * A run belongs to the statement's class; a preparation does none of its work. (`EXECUTE` of a name has it quoted.)
 */
const EXECUTE = /^EXECUTE (?=[A-Z(])/
const PREPARE = /^PREPARE (?=[A-Z(])/

/** Fingerprints of digest texts by digest: a text is read once. */
export class DigestFingerprints {
  readonly #known = new Map<string, StatementFingerprint>()

  /** The class of a digest text. */
  of(digest: string, digestText: string, dialect: SqlDialect): StatementFingerprint {
    const known = this.#known.get(digest)
    if (known !== undefined) return known
    const made = fingerprint(digestText.replace(EXECUTE, ''), dialect)
    if (this.#known.size >= CACHED_MAX) this.#known.clear()
    this.#known.set(digest, made)
    return made
  }
}

/** A class and the digests it is summed from. */
export interface SummedClass extends StatementDelta {
  readonly digests: readonly string[]
}

/** Sums deltas by schema and fingerprint. Rows without a text (overflow) belong to no class. */
export function sumClasses(
  deltas: readonly DigestDelta[],
  classOf: (digest: string, digestText: string) => StatementFingerprint,
): readonly SummedClass[] {
  const classes = new Map<string, SummedClass & { readonly digests: string[] }>()
  for (const { row, delta, partial } of deltas) {
    if (row.digest === null || row.digestText === null || PREPARE.test(row.digestText)) continue
    const { id, text } = classOf(row.digest, row.digestText)
    const key = classKey(row.schema, id)
    const earlier = classes.get(key)
    // One list a class, added to: thousands of digests can be one class.
    const digests = earlier?.digests ?? []
    digests.push(row.digest)
    classes.set(key, {
      fingerprintId: id,
      fingerprint: text.slice(0, FINGERPRINT_CHARACTERS_MAX),
      schema: row.schema,
      ...(earlier === undefined ? delta : addCounters(earlier, delta)),
      partial: partial || (earlier?.partial ?? false),
      ...withinOf(row, earlier),
      digests,
    })
  }
  return [...classes.values()]
}

/** Where a class runs: one met in a program and outside of any is a statement of clients. */
const withinOf = (row: DigestRow, earlier: StatementDelta | undefined): { readonly within?: string } => {
  const within = earlier === undefined ? row.within : earlier.within
  return within === undefined || row.within === undefined ? {} : { within }
}

const classKey = (schema: string | null, fingerprintId: string): string =>
  JSON.stringify([schema, fingerprintId])

/** When classes had errors last, ms of the target's clock, by key; the latest last. */
export type FailedLately = ReadonlyMap<string, number>

/** A class is kept so long after its last error, ms: a few windows of judging a run. */
const FAILED_LATELY_MS = 900_000

/** The classes that have errors now or had some lately, the `most` latest; of one window those with most errors. */
export function rememberFailed(
  before: FailedLately,
  classes: readonly SummedClass[],
  { nowMs, most }: { readonly nowMs: number; readonly most: number },
): FailedLately {
  const lately = new Map([...before].filter(([, at]) => nowMs - at <= FAILED_LATELY_MS))
  for (const { schema, fingerprintId } of failing(classes).toReversed()) {
    const key = classKey(schema, fingerprintId)
    lately.delete(key)
    lately.set(key, nowMs)
  }
  return new Map([...lately].slice(-most))
}

const failing = (classes: readonly SummedClass[]): readonly SummedClass[] =>
  classes.filter(({ errors }) => errors > 0).toSorted((a, b) => b.errors - a.errors)

/**
 * The `most` classes by time, by rows examined and by errors, and those that failed lately, by time descending. A class that fails
 * at once takes no time and examines no row: by these alone it would drop out when it begins to fail, and come back when it
 * is well again. In windows before its first error it is only if it was busy: they are written when nobody knows of it yet.
 */
export function busiest(
  classes: readonly SummedClass[],
  most: number,
  failedLately: FailedLately = new Map(),
): readonly SummedClass[] {
  const byTime = classes.toSorted((a, b) => b.totalMs - a.totalMs)
  const byRows = classes.toSorted((a, b) => b.rowsExamined - a.rowsExamined)
  const byErrors = failing(classes)
  const kept = new Set([byTime, byRows, byErrors].flatMap((each) => each.slice(0, most)))
  return byTime.filter((one) => kept.has(one) || failedLately.has(classKey(one.schema, one.fingerprintId)))
}
