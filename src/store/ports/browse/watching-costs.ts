/** What watching cost each target lately, from the newest sample the observer wrote of it. */
import { sql } from 'kysely'
import { COST_SERIES, COST_STALE_MS, costOfMeasures, type WatchingCost } from '../../../core/watching-cost.ts'
import { nowPlus, statement } from '../../database/raw-sql.ts'
import type { StoreDatabase } from '../../database/store-database.ts'
import { fromJson } from '../../rows/cells.ts'

const TARGETS_MOST = 5_000

/** One look-up a target in the index of series, however many samples and events there are. */
export async function watchingCosts(db: StoreDatabase): Promise<readonly WatchingCost[]> {
  const { seriesKind, seriesKey } = COST_SERIES
  // How old the newest is, is asked of that one row: as part of the look-up it would not be taken to the index on the MySQL
  // family, where the present moment of SYSDATE() is another for each row.
  const rows = await db.all(
    statement(
      db.dialect,
      sql<{ name: string; measures: string }>`SELECT t.target_name AS name, s.measures AS measures
        FROM targets t JOIN metric_samples s ON s.sample_id = (SELECT m.sample_id FROM metric_samples m
          WHERE m.target_id = t.target_id AND m.series_kind = ${seriesKind} AND m.series_key = ${seriesKey}
          ORDER BY m.window_start DESC LIMIT 1)
        WHERE t.enabled = 1 AND s.window_end > ${nowPlus(db.dialect, -COST_STALE_MS / 1000)}
        ORDER BY t.target_id LIMIT ${sql.lit(TARGETS_MOST)}`,
    ),
  )
  return rows.flatMap(({ name, measures }) => costOfMeasures(name, fromJson(measures)) ?? [])
}
