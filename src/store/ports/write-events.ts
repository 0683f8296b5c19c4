/** Appending events and samples: many rows, each at most once. */
import { createHash } from 'node:crypto'
import type { Insertable } from 'kysely'
import type { MetricSample, NewDetectionEvent } from '../../core/nouns.ts'
import { DuplicateRow } from '../database/failures.ts'
import { queriesOf, type Runner } from '../database/store-database.ts'
import { cellsOf, flag, jsonText } from '../rows/cells.ts'
import type { DialectName } from '../schema/dialect.ts'
import type { DetectionEventsTable, MetricSamplesTable } from '../tables.ts'

/** Rows of one INSERT. Two sizes only (this and 1), so that two statements are prepared. */
const BATCH_ROWS = 40
/** Rows of one call at most; more means a collector lost its bounds. */
const CALL_ROWS_MOST = 20_000

/** Appends events; gives how many were new. Call it inside a transaction. */
export function writeEvents(runner: Runner, events: readonly NewDetectionEvent[]): Promise<number> {
  const q = queriesOf(runner.dialect)
  return writeOnce(
    events.map((event) => eventRow(event, runner.dialect)),
    (rows) => runner.write(q.insertInto('detection_events').values(rows)),
  )
}

/** Appends samples; a window of a series that is there already is skipped. Call it inside a transaction. */
export function writeSamples(runner: Runner, samples: readonly MetricSample[]): Promise<number> {
  const q = queriesOf(runner.dialect)
  return writeOnce(
    samples.map((sample) => sampleRow(sample, runner.dialect)),
    (rows) => runner.write(q.insertInto('metric_samples').values(rows)),
  )
}

/** SHA-256 of a text, 64 lower-case hex digits; the store computes it again and compares. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex')
}

/**
 * Inserts rows of a table with one natural key, skipping those that exist. Not INSERT IGNORE, which would
 * also swallow every other fault: a batch that meets an existing row is undone and goes row by row.
 */
async function writeOnce<R>(rows: readonly R[], insert: (rows: R[]) => Promise<unknown>): Promise<number> {
  if (rows.length > CALL_ROWS_MOST) throw new RangeError(`at most ${CALL_ROWS_MOST} rows a call`)
  let written = 0
  for (let at = 0; at < rows.length; at += BATCH_ROWS) {
    const batch = rows.slice(at, at + BATCH_ROWS)
    const whole = batch.length === BATCH_ROWS && (await isWritten(() => insert(batch)))
    written += whole ? batch.length : await oneByOne(batch, insert)
  }
  return written
}

async function oneByOne<R>(batch: readonly R[], insert: (rows: R[]) => Promise<unknown>): Promise<number> {
  let written = 0
  for (const row of batch) if (await isWritten(() => insert([row]))) written += 1
  return written
}

async function isWritten(insert: () => Promise<unknown>): Promise<boolean> {
  try {
    await insert()
    return true
  } catch (error) {
    if (error instanceof DuplicateRow) return false
    throw error
  }
}

/** A new event as a row. */
export function eventRow(event: NewDetectionEvent, dialect: DialectName): Insertable<DetectionEventsTable> {
  const { time } = cellsOf(dialect)
  return {
    target_id: event.targetId,
    instance_uid: event.instanceUid,
    event_timestamp: time(event.eventTimestamp),
    detection_source: event.detectionSource,
    event_kind: event.eventKind,
    rule_id: event.ruleId,
    rule_version: event.ruleVersion,
    severity_indicator: event.severityIndicator,
    issue_category: event.issueCategory,
    issue_fingerprint: event.issueFingerprint,
    affected_resource_type: event.affectedResourceType,
    affected_resource_name: event.affectedResourceName,
    metric_name: event.metricName,
    metric_value: event.metricValue,
    metric_unit: event.metricUnit,
    window_start: time(event.windowStart),
    window_end: time(event.windowEnd),
    epoch: time(event.epoch),
    partial: flag(event.partial),
    opens_at_once: flag(event.opensAtOnce),
    dedupe_key: event.dedupeKey,
    raw_context: event.rawContext,
    raw_context_digest: digestOf(event.rawContext),
  }
}

function sampleRow(sample: MetricSample, dialect: DialectName): Insertable<MetricSamplesTable> {
  const { time } = cellsOf(dialect)
  return {
    target_id: sample.targetId,
    instance_uid: sample.instanceUid,
    epoch: time(sample.epoch),
    series_kind: sample.seriesKind,
    series_key: sample.seriesKey,
    window_start: time(sample.windowStart),
    window_end: time(sample.windowEnd),
    calls: sample.calls,
    total_ms: sample.totalMs,
    measures: jsonText(sample.measures),
  }
}
