/** SQL fragments the typed builder has no word for: the store's clock and statements written out. */
import { type Compilable, type RawBuilder, sql } from 'kysely'
import { DIALECTS, type DialectName } from '../schema/dialect.ts'
import { queriesOf } from './store-database.ts'

/** The present moment as the store's triggers see it, in the dialect's own form. */
export function now(dialect: DialectName): RawBuilder<string> {
  return sql.raw(DIALECTS[dialect].now)
}

/** The moment `seconds` from now; negative for the past. Whole seconds. @throws RangeError if not a number. */
export function nowPlus(dialect: DialectName, seconds: number): RawBuilder<string> {
  const whole = Math.round(seconds)
  if (!Number.isSafeInteger(whole)) throw new RangeError('seconds must be a number')
  return dialect === 'sqlite'
    ? sql.raw(`strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', '${whole} seconds')`)
    : sql.raw(`SYSDATE(6) + INTERVAL ${whole} SECOND`)
}

/** A statement written out, to be run like a built one. */
export function statement<R>(dialect: DialectName, raw: RawBuilder<R>): Compilable<R> {
  return { compile: () => raw.compile(queriesOf(dialect)) }
}

/** How many rows a list may have: what was asked for, at least 1, at most `most`. */
export function bounded(limit: number, most = 1000): number {
  return Number.isFinite(limit) ? Math.max(1, Math.min(most, Math.floor(limit))) : most
}

/**
 * A list for IN (…), lengthened to the next power of two by repeating its last member, so that lists of
 * different length share few prepared statements.
 */
export function padded<T>(list: readonly T[]): T[] {
  const last = list.at(-1)
  if (last === undefined) return []
  const length = 2 ** Math.ceil(Math.log2(list.length))
  return [...list, ...new Array<T>(length - list.length).fill(last)]
}
