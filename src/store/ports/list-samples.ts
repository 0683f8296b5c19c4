/** Samples of one series of a target, or of all series of a kind, over a span of time. */
import { sql } from 'kysely'
import type { MetricSample } from '../../core/nouns.ts'
import { rolledKind } from '../../core/rolled-series.ts'
import type { SampleQuery } from '../../core/store-ports.ts'
import { bounded, padded, statement } from '../database/raw-sql.ts'
import { queriesOf, type StoreDatabase } from '../database/store-database.ts'
import { cellsOf } from '../rows/cells.ts'
import { sampleOf } from '../rows/pipeline-rows.ts'

/** Samples of one question at most: 24 h of one-minute windows of 34 series. */
const SAMPLES_MOST = 50_000
/** Series named one by one; where a kind has more, all rows of the kind are looked through instead. */
const KEYS_MOST = 4096

/**
 * Oldest first; where there are more than the limit, the newest of the span. Where fine windows of a series are gone,
 * the rolled ones of that time stand for them, if they lie within the span: what came after it is in no answer.
 */
export async function listSamples(db: StoreDatabase, asked: SampleQuery): Promise<readonly MetricSample[]> {
  const cells = cellsOf(db.dialect)
  const { seriesKind } = asked
  const rolled = rolledKind(seriesKind)
  const kinds = rolled === null ? [seriesKind] : [seriesKind, rolled]
  const keys = asked.seriesKey === null ? await keysOfAll(db, asked.targetId, kinds) : [asked.seriesKey]
  if (keys.length === 0) return []
  const q = queriesOf(db.dialect)
  const ofKind = (kind: string) => {
    const query = q
      .selectFrom('metric_samples')
      .select(['sample_id', 'window_start'])
      .where('target_id', '=', asked.targetId)
      .where('series_kind', '=', kind)
      .where('window_start', '>=', cells.time(asked.from))
      .where('window_start', '<=', cells.time(asked.to))
    // The index leads with the key: only with it is the span looked up, and not all of the history read.
    return keys.length <= KEYS_MOST ? query.where('series_key', 'in', padded(keys)) : query
  }
  const found =
    rolled === null
      ? ofKind(seriesKind)
      : ofKind(seriesKind).unionAll(ofKind(rolled).where('window_end', '<=', cells.time(asked.to)))
  // Which rows they are is read from the index alone; only those of the answer are read whole, and none is sorted whole
  // but them. Sorting all of the span takes three times as long.
  const newest = q
    .selectFrom(found.as('f'))
    .select('f.sample_id')
    .orderBy('f.window_start', 'desc')
    .orderBy('f.sample_id', 'desc')
    .limit(bounded(asked.limit, SAMPLES_MOST))
  const query = q
    .selectFrom(newest.as('n'))
    .innerJoin('metric_samples as s', 's.sample_id', 'n.sample_id')
    .selectAll('s')
    .orderBy('s.window_start')
    .orderBy('s.sample_id')
  const rows = (await db.all(query)).map(sampleOf)
  return rolled === null ? rows : eachMomentOnce(rows, seriesKind)
}

/** Each moment of a series once: a rolled window where not all of what it sums up is there any more, else the fine ones. */
function eachMomentOnce(rows: readonly MetricSample[], fineKind: string): readonly MetricSample[] {
  const left = new Set<MetricSample>()
  for (const series of Map.groupBy(rows, (row) => `${row.seriesKey}|${row.instanceUid}`).values()) {
    const fine = series.filter((row) => row.seriesKind === fineKind)
    let next = 0
    for (const rolled of series.filter((row) => row.seriesKind !== fineKind)) {
      while ((fine[next]?.windowStart ?? '~') < rolled.windowStart) next += 1
      const inside: MetricSample[] = []
      for (let at = next; (fine[at]?.windowStart ?? '~') <= rolled.windowEnd; at += 1)
        inside.push(...fine.slice(at, at + 1).filter((row) => row.windowEnd <= rolled.windowEnd))
      const calls = inside.reduce((sum, row) => sum + row.calls, 0)
      const isWhole = inside.length > 0 && calls >= rolled.calls
      for (const row of isWhole ? [rolled] : inside) left.add(row)
    }
  }
  return rows.flatMap((row) =>
    left.has(row) ? [] : [row.seriesKind === fineKind ? row : { ...row, seriesKind: fineKind }],
  )
}

async function keysOfAll(
  db: StoreDatabase,
  targetId: number,
  kinds: readonly string[],
): Promise<readonly string[]> {
  const keys = await Promise.all(kinds.map((seriesKind) => seriesKeys(db, { targetId, seriesKind })))
  return [...new Set(keys.flat())]
}

interface KeyRow {
  readonly series_key: string
}

/**
 * Keys of the series of a kind, by the index and without reading the windows between them. The MySQL family does so for
 * DISTINCT (https://dev.mysql.com/doc/refman/8.4/en/group-by-optimization.html, loose index scan); SQLite only with
 * statistics of ANALYZE, so there each key is asked for after the one before.
 */
async function seriesKeys(
  db: StoreDatabase,
  { targetId, seriesKind }: Pick<SampleQuery, 'targetId' | 'seriesKind'>,
): Promise<readonly string[]> {
  const most = sql.raw(String(KEYS_MOST + 1))
  const ofKind = sql`target_id = ${targetId} AND series_kind = ${seriesKind}`
  const text =
    db.dialect === 'mysql'
      ? sql<KeyRow>`SELECT DISTINCT series_key AS series_key FROM metric_samples WHERE ${ofKind} LIMIT ${most}`
      : sql<KeyRow>`WITH RECURSIVE k (series_key) AS (
          SELECT MIN(series_key) FROM metric_samples WHERE ${ofKind}
          UNION ALL
          SELECT (SELECT MIN(m.series_key) FROM metric_samples m
            WHERE m.target_id = ${targetId} AND m.series_kind = ${seriesKind} AND m.series_key > k.series_key)
          FROM k WHERE k.series_key IS NOT NULL LIMIT ${most}
        ) SELECT series_key FROM k WHERE series_key IS NOT NULL`
  return (await db.all(statement(db.dialect, text))).map((row) => row.series_key)
}
