/**
 * What a run is expected to do, from sizes. The models are deliberately plain: a rate with a low, an expected and
 * a high bound. The approved upper bound voids an approval when the expectation rises above it, so it is generous.
 */
import type { Forecast, Interval } from '../../core/plan.ts'
import type { TableDefinition } from '../../engines/mysql/shapes.ts'
import { bytesText, MIB } from './quantities.ts'

/**
 * How fast a server reads, sorts and writes one table's pages, bytes per second. Low: a cloud volume on its baseline
 * under other load; expected: a server with SSD storage; high: pages in memory. They are assumptions stated in
 * every forecast's basis, and the error of forecasts is measured afterwards.
 */
export const BYTES_PER_SECOND = { low: 10 * MIB, expected: 60 * MIB, high: 400 * MIB } as const
/** Least time of any DDL: commits, dictionary, two metadata locks, ms. */
const DDL_FLOOR_MS = { low: 5, expected: 100, high: 3_000 } as const
/** InnoDB's pages of an index built by sorting are filled to this share; the rest is left for growth. */
const PAGE_FILL = 0.7
/** Record header, transaction fields of the key copy and the page's share of its directory, bytes per entry. */
const ENTRY_OVERHEAD_BYTES = 13

/** A quantity known exactly. */
export const exactly = (value: number): Interval => ({ low: value, expected: value, high: value })
/** Nothing. */
export const NONE: Interval = exactly(0)

/** A forecast of a change that touches no rows: a setting, a KILL, an instrument. */
export function instantForecast(
  part: Pick<Forecast, 'lockClass' | 'blocks' | 'basis'> & Partial<Forecast>,
): Forecast {
  return {
    durationMs: { low: 1, expected: 10, high: 1_000 },
    rowsTouched: NONE,
    bytesWritten: NONE,
    replicaLagSeconds: NONE,
    diskPeakBytes: NONE,
    ...part,
  }
}

/** Time to work through this many bytes once, ms, with the floor of DDL. */
export function workMs(bytes: number): Interval {
  return {
    low: Math.round(DDL_FLOOR_MS.low + (1000 * bytes) / BYTES_PER_SECOND.high),
    expected: Math.round(DDL_FLOOR_MS.expected + (1000 * bytes) / BYTES_PER_SECOND.expected),
    high: Math.round(DDL_FLOOR_MS.high + (1000 * bytes) / BYTES_PER_SECOND.low),
  }
}

/** An interval times a factor, rounded to whole units. */
export function scaled(value: Interval, factor: number): Interval {
  return {
    low: Math.round(value.low * factor),
    expected: Math.round(value.expected * factor),
    high: Math.round(value.high * factor),
  }
}

/** The optimizer's row estimate, which samples pages: half to twice of it. */
export const estimatedRows = (rows: number): Interval => ({
  low: Math.floor(rows / 2),
  expected: rows,
  high: rows * 2,
})

/**
 * Bytes of an index to be: rows × (key + primary key + 13) ÷ 0.7. A text column counts 1 byte, at most 24, or its
 * longest value; the truth lies between.
 */
export function indexBytes(
  table: TableDefinition,
  columns: readonly { readonly column: string; readonly prefix: number | null }[],
): Interval {
  const key = table.indexes.find((index) => index.primary)?.columns ?? []
  const named = [...columns, ...key.map((part) => ({ column: part.column ?? '', prefix: part.prefix }))]
  const widths = named.map((part) => width(table, part))
  const total = (pick: keyof Interval): number =>
    widths.reduce((sum, item) => sum + item[pick], ENTRY_OVERHEAD_BYTES) / PAGE_FILL
  return {
    low: Math.round((table.rows / 2) * total('low')),
    expected: Math.round(table.rows * total('expected')),
    high: Math.round(table.rows * 2 * total('high')),
  }
}

const TYPICAL_TEXT_BYTES = 24
/** Longest entry where the catalog names none, bytes: InnoDB's limit of a key. */
const LONGEST_KEY_BYTES = 3072

function width(
  table: TableDefinition,
  part: { readonly column: string; readonly prefix: number | null },
): Interval {
  const column = table.columns.find((item) => item.column === part.column)
  const longest = Math.min(column?.maxBytes ?? LONGEST_KEY_BYTES, LONGEST_KEY_BYTES)
  const isText = column?.characterSet !== null || part.prefix !== null
  if (!isText) return exactly(longest)
  const most = part.prefix === null ? longest : Math.min(longest, part.prefix * 4)
  return { low: 1, expected: Math.min(most, TYPICAL_TEXT_BYTES), high: most }
}

/** How long replicas fall behind: they apply DDL one after the other, as long as it took here, after it ended. */
export const lagOf = (durationMs: Interval, replicas: number): Interval =>
  replicas === 0 ? NONE : scaled(durationMs, 1 / 1000)

/** The sentence on rates that every size-based forecast ends in. */
export const ratesText = (bytes: number): string =>
  `${bytesText(bytes)} at an assumed ${bytesText(BYTES_PER_SECOND.low)} to ${bytesText(BYTES_PER_SECOND.high)} a second, ${bytesText(BYTES_PER_SECOND.expected)} expected`
