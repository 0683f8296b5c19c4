/** What a target writes into the store: rows and bytes of each table over a time, and the windows of its series as they were. */
import Database from 'better-sqlite3'
import type { MetricSample } from '../../src/core/nouns.ts'
import type { TableSize } from '../ten-targets/store-size.ts'

/** Growth of one table. */
export interface TableGrowth {
  readonly table: string
  readonly rowsPerTargetDay: number
  readonly bytesPerTargetDay: number
}

const DAY_SECONDS = 86_400

/** Growth between two moments, the largest first. Bytes of a small table move by whole pages of 4 KiB. */
export function growthBetween(
  before: readonly TableSize[],
  after: readonly TableSize[],
  over: { readonly targets: number; readonly seconds: number },
): readonly TableGrowth[] {
  const was = new Map(before.map((one) => [one.table, one]))
  const aDay = (difference: number): number => (difference * DAY_SECONDS) / over.seconds / over.targets
  return after
    .map(({ table, rows, bytes }) => ({
      table,
      rowsPerTargetDay: aDay(rows - (was.get(table)?.rows ?? 0)),
      bytesPerTargetDay: aDay(bytes - (was.get(table)?.bytes ?? 0)),
    }))
    .filter((one) => one.rowsPerTargetDay > 0)
    .sort((a, b) => b.bytesPerTargetDay - a.bytesPerTargetDay)
}

/** A window as it was written, its place in time left out. */
export type WindowShape = Pick<MetricSample, 'seriesKind' | 'seriesKey' | 'calls' | 'totalMs' | 'measures'>

interface SampleRow {
  readonly series_kind: string
  readonly series_key: string
  readonly calls: number
  readonly total_ms: number
  readonly measures: string
}

/** The newest windows of one target, the newest first. */
export function newestWindows(file: string, most: number): readonly WindowShape[] {
  const db = new Database(file, { readonly: true })
  try {
    return db
      .prepare<[number], SampleRow>(
        `SELECT series_kind, series_key, calls, total_ms, measures FROM metric_samples
          WHERE target_id = (SELECT MIN(target_id) FROM targets) ORDER BY sample_id DESC LIMIT ?`,
      )
      .all(most)
      .map((row) => ({
        seriesKind: row.series_kind,
        seriesKey: row.series_key,
        calls: row.calls,
        totalMs: row.total_ms,
        measures: JSON.parse(row.measures) as MetricSample['measures'],
      }))
  } finally {
    db.close()
  }
}
