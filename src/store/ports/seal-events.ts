/**
 * Sealing events: detection events are too many for a link each in the audit chain, so a batch of them
 * enters it by its digest. A batch is sealed when its events are old enough that none can still be on its
 * way into it from another transaction.
 */
import { sql } from 'kysely'
import { DbmedicError } from '../../core/errors.ts'
import { nowPlus } from '../database/raw-sql.ts'
import { queriesOf, type Runner, type StoreDatabase } from '../database/store-database.ts'
import { digestOf } from './write-events.ts'

/** Events of one batch at most; the store's own limit. */
const BATCH_EVENTS_MOST = 1000
/** Events that are sealed for each one appended: fewer than two, and what a burst left unsealed would never be. */
const SEALED_AN_APPENDED = 2
/** An event this old, seconds, is surely committed: no statement of ours lasts that long. */
const SETTLED_SECONDS = 120
/** A batch is made when this many events wait ... */
const ENOUGH_EVENTS = 200
/** ... or one has waited this long, seconds. */
const LONG_ENOUGH_SECONDS = 3600

/**
 * Seals at most one batch; gives how many events it has. Two copies at once: one of them seals. Who appends waits for it,
 * and a batch costs by its events (they are read, and hashed by the store again), so it grows with what is appended.
 * @param appended events that are about to be appended
 */
export async function sealOldEvents(db: StoreDatabase, appended: number): Promise<number> {
  const most = Math.min(BATCH_EVENTS_MOST, Math.max(ENOUGH_EVENTS, SEALED_AN_APPENDED * appended))
  try {
    return await db.transaction((runner) => seal(runner, most))
  } catch (error) {
    // Another copy sealed the same events first.
    if (error instanceof DbmedicError && error.code === 'DBM_STORE_REFUSED') return 0
    throw error
  }
}

async function seal(runner: Runner, most: number): Promise<number> {
  const q = queriesOf(runner.dialect)
  const last = await runner.first(
    q.selectFrom('event_batches').select((e) => e.fn.max('last_event_id').as('id')),
  )
  const events = await runner.all(
    q
      .selectFrom('detection_events')
      .select([
        'event_id',
        'dedupe_key',
        'issue_fingerprint',
        'event_kind',
        'severity_indicator',
        'raw_context_digest',
        sql<number>`recorded_at <= ${nowPlus(runner.dialect, -LONG_ENOUGH_SECONDS)}`.as('long_ago'),
      ])
      .where('event_id', '>', last?.id ?? 0)
      .where('recorded_at', '<=', nowPlus(runner.dialect, -SETTLED_SECONDS))
      .orderBy('event_id')
      .limit(most),
  )
  const first = events[0]
  const newest = events.at(-1)
  if (first === undefined || newest === undefined) return 0
  if (events.length < ENOUGH_EVENTS && Number(first.long_ago) !== 1) return 0
  // The line of an event as the schema's rule GOV-082 computes it again.
  const lines = events.map((e) =>
    [
      e.event_id,
      e.dedupe_key,
      e.issue_fingerprint,
      e.event_kind,
      e.severity_indicator,
      e.raw_context_digest,
    ].join(':'),
  )
  await runner.write(
    q.insertInto('event_batches').values({
      first_event_id: first.event_id,
      last_event_id: newest.event_id,
      event_count: events.length,
      events_digest: digestOf(lines.join('\n')),
    }),
  )
  return events.length
}
