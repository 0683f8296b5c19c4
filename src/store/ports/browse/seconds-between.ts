/** Lengths of time as the two dialects compute them. */
import { type RawBuilder, sql } from 'kysely'
import type { DialectName } from '../../schema/dialect.ts'

/** Seconds from one instant to another, with their fraction. */
export const secondsBetween = (
  dialect: DialectName,
  from: RawBuilder<unknown>,
  to: RawBuilder<unknown>,
): RawBuilder<number> =>
  dialect === 'sqlite'
    ? sql<number>`((julianday(${to}) - julianday(${from})) * 86400.0)`
    : sql<number>`(TIMESTAMPDIFF(MICROSECOND, ${from}, ${to}) / 1000000.0)`

/** Whole seconds since 2000, for windows over time: a frame by RANGE counts in the unit of its order. */
export const secondsSince2000 = (dialect: DialectName, at: RawBuilder<unknown>): RawBuilder<number> =>
  dialect === 'sqlite'
    ? sql<number>`(CAST(strftime('%s', ${at}) AS INTEGER) - 946684800)`
    : sql<number>`TIMESTAMPDIFF(SECOND, '2000-01-01 00:00:00', ${at})`
