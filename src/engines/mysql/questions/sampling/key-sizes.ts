/** About how many rows keys have, and keys that have many: as the optimizer finds by dives into the index, reading no row. */
import { number } from '../../cells.ts'
import type { Reader } from '../question.ts'
import type { SamplingKey } from './sampling-key.ts'

/** Dives in one statement; each is a select the optimizer answers from the index. */
export const POINTS_A_STATEMENT = 100

/** A table, quoted, and the key it is drawn by. */
export interface Drawing {
  readonly name: string
  readonly key: SamplingKey
}

/** A key, as it is bound, and about how many rows have it. */
export interface SizedKey {
  readonly key: string
  readonly rows: number
}

/** The keys drawn, and behind them large ones that were not, with their sizes; null where the server tells none. */
export async function sizedKeys(
  planner: Reader,
  keys: readonly string[],
  drawing: Drawing & { readonly population: number },
): Promise<readonly SizedKey[] | null> {
  const sizes = await sizesOf(planner, equalTo(keys), drawing)
  if (sizes === null) return null
  return [
    ...keys.map((key, at) => ({ key, rows: Math.max(1, sizes[at] ?? 1) })),
    ...(await largeKeys(planner, keys, drawing)),
  ]
}

/** Keys from one to another, both included, as they are bound. */
interface KeyRange {
  readonly low: string
  readonly high: string
}

const equalTo = (keys: readonly string[]): readonly KeyRange[] => keys.map((key) => ({ low: key, high: key }))

/** About how many rows each range has, as the optimizer finds by dives; null where it does not say so of every one. */
async function sizesOf(
  planner: Reader,
  ranges: readonly KeyRange[],
  { name, key }: Drawing,
): Promise<readonly number[] | null> {
  const sizes: number[] = []
  for (let from = 0; from < ranges.length; from += POINTS_A_STATEMENT) {
    const some = ranges.slice(from, from + POINTS_A_STATEMENT)
    const selects = some.map(
      ({ low, high }) =>
        `SELECT ${key.quoted} FROM ${name} WHERE ${key.quoted} ${low === high ? `= ${key.bound}` : `BETWEEN ${key.bound} AND ${key.bound}`}`,
    )
    const bounds = some.flatMap(({ low, high }) => (low === high ? [low] : [low, high]))
    const plan = await planner.query(`EXPLAIN FORMAT=TRADITIONAL ${selects.join(' UNION ALL ')}`, bounds)
    // A range without rows has a line without a number; the last line, of the union, has no select's number.
    const rowsOf = new Map(plan.map((row) => [number(row['id']), number(row['rows']) ?? 0]))
    for (let select = 1; select <= some.length; select += 1) {
      const rows = rowsOf.get(select)
      if (rows === undefined) return null
      sizes.push(rows)
    }
  }
  return sizes
}

/** A key that was not drawn is looked for if it holds this share of the table's rows. */
const LARGE_SHARE = 0.01
/** Gaps that are halved at a time: no more can hold a hundredth each. */
const HALVED_AT_ONCE = 50
/** Halvings that lead from any gap of 64 bits to one key. */
const HALVINGS_MAX = 64

/**
 * The keys between those drawn that hold many rows. Points are drawn over the values of the key, so that of thousands of tenants the
 * one with most rows is missed more often than not; the optimizer knows in which gap its rows are. Empty for keys that are no numbers.
 */
async function largeKeys(
  planner: Reader,
  keys: readonly string[],
  { population, ...drawing }: Drawing & { readonly population: number },
): Promise<readonly SizedKey[]> {
  if (drawing.key.kind !== 'integer') return []
  const found: SizedKey[] = []
  let ranges = gapsBetween(keys)
  for (let halvings = 0; halvings <= HALVINGS_MAX && ranges.length > 0; halvings += 1) {
    const sizes = await sizesOf(planner, ranges, drawing)
    const large = ranges
      .map((range, at) => ({ ...range, rows: sizes?.[at] ?? 0 }))
      .filter(({ rows }) => rows >= population * LARGE_SHARE)
      .toSorted((a, b) => b.rows - a.rows)
      .slice(0, HALVED_AT_ONCE)
    found.push(...large.flatMap(({ low, high, rows }) => (low === high ? { key: low, rows } : [])))
    ranges = large.flatMap(halves)
  }
  return found
}

function gapsBetween(keys: readonly string[]): readonly KeyRange[] {
  const sorted = keys.map(BigInt).toSorted((a, b) => (a < b ? -1 : 1))
  return sorted.flatMap((key, at) => {
    const next = sorted[at + 1]
    return next === undefined || next - key < 2n ? [] : { low: String(key + 1n), high: String(next - 1n) }
  })
}

function halves({ low, high }: KeyRange): readonly KeyRange[] {
  if (low === high) return []
  const middle = (BigInt(low) + BigInt(high)) >> 1n
  return [
    { low, high: String(middle) },
    { low: String(middle + 1n), high },
  ]
}
