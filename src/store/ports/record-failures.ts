/** Counts a batch of failures, once: kinds, places and the record of the batch are stored together or not at all. */
import { sql } from 'kysely'
import { DbmedicError } from '../../core/errors.ts'
import {
  type CountedFailure,
  FAILURE_PATTERNS_MOST,
  FAILURE_SITES_MOST,
  type FailureBatch,
  type FailureKind,
  type FailureReceipt,
  type FailureSite,
  type SourcePlace,
} from '../../core/failure-patterns.ts'
import { DuplicateRow } from '../database/failures.ts'
import { now, nowPlus } from '../database/raw-sql.ts'
import { queriesOf, type Runner, type StoreDatabase } from '../database/store-database.ts'
import { jsonText } from '../rows/cells.ts'
import { digestOf } from './write-events.ts'

/** Records of batches are kept so long; the store refuses to let go of any sooner than two days. */
const BATCH_SECONDS = 3 * 86_400
/** Records let go with each batch at most. */
const FORGOTTEN_AT_ONCE = 100

/** Counts the batch unless it was counted before. @throws DbmedicError DBM_STORE_REFUSED with the rule */
export async function recordFailures(db: StoreDatabase, batch: FailureBatch): Promise<FailureReceipt> {
  const before = await receiptOf(db, batch)
  if (before !== null) return before
  try {
    return await db.transaction((runner) => count(runner, batch))
  } catch (error) {
    if (!(error instanceof DbmedicError && error.code === 'DBM_STORE_REFUSED')) throw error
    // The same batch came twice at once: the other one was counted.
    const other = await receiptOf(db, batch)
    if (other === null) throw error
    return other
  }
}

async function receiptOf(db: StoreDatabase, batch: FailureBatch): Promise<FailureReceipt | null> {
  const row = await db.first(
    queriesOf(db.dialect)
      .selectFrom('failure_batches')
      .select(['body_digest', 'counted', 'left_out'])
      .where('batch_digest', '=', batch.batchDigest),
  )
  if (row === null) return null
  if (row.body_digest !== batch.bodyDigest) return { state: 'other' }
  return { state: 'again', counted: row.counted, leftOut: row.left_out }
}

async function count(runner: Runner, batch: FailureBatch): Promise<FailureReceipt> {
  const q = queriesOf(runner.dialect)
  let [counted, leftOut] = [0, 0]
  // In one order, so that no two batches wait for each other.
  const ordered = batch.failures
    .map((failure) => ({ failure, key: keyOf(failure.site) }))
    .toSorted((a, b) =>
      `${a.failure.kind.signature}${a.key}`.localeCompare(`${b.failure.kind.signature}${b.key}`),
    )
  const kinds = new Kinds(runner, batch.workspaceId)
  await kinds.find(batch.failures.map(({ kind }) => kind.signature))
  for (const { failure, key } of ordered) {
    const pattern = await kinds.rowOf(failure.kind)
    if (pattern === null) leftOut += failure.count
    else {
      await countAt(runner, { ...pattern, key }, failure)
      counted += failure.count
    }
  }
  await forgetOldBatches(runner)
  await runner.write(
    q.insertInto('failure_batches').values({
      batch_digest: batch.batchDigest,
      body_digest: batch.bodyDigest,
      workspace_id: batch.workspaceId,
      reported_by: batch.reportedBy,
      counted,
      left_out: leftOut,
      dropped: batch.dropped,
    }),
  )
  return { state: 'new', counted, leftOut }
}

/** The row of a kind. */
interface PatternRow {
  readonly patternId: number
  /** Made just now, and without a place. */
  readonly isNew: boolean
}

/** The rows of the kinds of a batch: found by one question, and the kinds of the workspace counted once, for the first new one. */
class Kinds {
  readonly #runner: Runner
  readonly #workspaceId: number
  readonly #known = new Map<string, number>()
  #held: number | null = null

  constructor(runner: Runner, workspaceId: number) {
    this.#runner = runner
    this.#workspaceId = workspaceId
  }

  async find(signatures: readonly string[]): Promise<void> {
    if (signatures.length === 0) return
    const rows = await this.#runner.all(
      queriesOf(this.#runner.dialect)
        .selectFrom('failure_patterns')
        .select(['pattern_id', 'signature'])
        .where('workspace_id', '=', this.#workspaceId)
        .where('signature', 'in', [...new Set(signatures)]),
    )
    for (const { pattern_id, signature } of rows) this.#known.set(signature, pattern_id)
  }

  /** The row of the kind, made if it is not there; null: the workspace keeps no more kinds. */
  async rowOf(kind: FailureKind): Promise<PatternRow | null> {
    const known = this.#known.get(kind.signature)
    if (known !== undefined) return { patternId: known, isNew: false }
    this.#held ??= await this.#count()
    if (this.#held >= FAILURE_PATTERNS_MOST) return null
    const patternId = await this.#make(kind)
    if (patternId === null) return this.#foundElse(kind.signature)
    this.#held += 1
    this.#known.set(kind.signature, patternId)
    return { patternId, isNew: true }
  }

  async #count(): Promise<number> {
    const held = await this.#runner.first(
      queriesOf(this.#runner.dialect)
        .selectFrom('failure_patterns')
        .select(sql<number>`COUNT(*)`.as('count'))
        .where('workspace_id', '=', this.#workspaceId),
    )
    return Number(held?.count ?? 0)
  }

  /** Null: it was made at the same moment by another batch. */
  async #make(kind: FailureKind): Promise<number | null> {
    const row = {
      workspace_id: this.#workspaceId,
      signature: kind.signature,
      engine: kind.engine,
      error_code: kind.code,
      failure_type: kind.failureType,
      object_name: kind.object,
      masked_message: kind.masked,
      message_digest: digestOf(kind.masked),
    }
    try {
      const insert = queriesOf(this.#runner.dialect).insertInto('failure_patterns').values(row)
      return (await this.#runner.write(insert)).id
    } catch (error) {
      if (!(error instanceof DuplicateRow)) throw error
      return null
    }
  }

  async #foundElse(signature: string): Promise<PatternRow | null> {
    await this.find([signature])
    const patternId = this.#known.get(signature)
    return patternId === undefined ? null : { patternId, isNew: false }
  }
}

/** Of all places beyond the most a kind has. */
const ELSEWHERE: FailureSite = {
  targetId: null,
  application: null,
  outcome: null,
  statement: null,
  place: null,
}
const ELSEWHERE_KEY = digestOf('elsewhere')

/** What tells one place from another. */
const keyOf = ({ targetId, application, outcome, statement, place }: FailureSite): string =>
  digestOf(
    jsonText([
      targetId,
      application,
      outcome,
      statement?.fingerprint ?? null,
      place === null ? null : [place.file, place.line, place.column],
    ]),
  )

/** A place by its row's unique key. */
interface SiteKey {
  readonly patternId: number
  readonly key: string
}

async function countAt(
  runner: Runner,
  { patternId, isNew, key }: SiteKey & PatternRow,
  failure: CountedFailure,
): Promise<void> {
  if (!isNew && (await countAgain(runner, { patternId, key }, failure))) return
  const q = queriesOf(runner.dialect)
  const isFull = !isNew && (await sitesOf(runner, patternId)) >= FAILURE_SITES_MOST - 1
  const site = { patternId, key: isFull ? ELSEWHERE_KEY : key }
  if (isFull && (await countAgain(runner, site, failure))) return
  try {
    await runner.write(
      q.insertInto('failure_sites').values({
        ...siteCells(isFull ? ELSEWHERE : failure.site),
        pattern_id: patternId,
        site_key: site.key,
        occurrence_count: failure.count,
        longest_ms: failure.longestMs,
        last_seen_at: now(runner.dialect),
      }),
    )
  } catch (error) {
    if (!(error instanceof DuplicateRow)) throw error
    await countAgain(runner, site, failure)
  }
}

async function sitesOf(runner: Runner, patternId: number): Promise<number> {
  const held = await runner.first(
    queriesOf(runner.dialect)
      .selectFrom('failure_sites')
      .select(sql<number>`COUNT(*)`.as('count'))
      .where('pattern_id', '=', patternId),
  )
  return Number(held?.count ?? 0)
}

function siteCells({ targetId, application, outcome, statement, place }: FailureSite) {
  return {
    target_id: targetId,
    application,
    outcome,
    statement_fingerprint: statement?.fingerprint ?? null,
    statement_text: statement?.text ?? null,
    ...placeCells(place),
  }
}

const placeCells = (place: SourcePlace | null) => ({
  source_file: place?.file ?? null,
  source_line: place?.line ?? null,
  source_column: place?.column ?? null,
  source_function: place?.function ?? null,
})

/** Adds to a place that is there; false: it is not. */
async function countAgain(
  runner: Runner,
  { patternId, key }: SiteKey,
  { count: times, longestMs }: CountedFailure,
): Promise<boolean> {
  const written = await runner.write(
    queriesOf(runner.dialect)
      .updateTable('failure_sites')
      .set({
        occurrence_count: sql<number>`occurrence_count + ${times}`,
        longest_ms: sql<number>`CASE WHEN longest_ms < ${longestMs} THEN ${longestMs} ELSE longest_ms END`,
        last_seen_at: now(runner.dialect),
      })
      .where('pattern_id', '=', patternId)
      .where('site_key', '=', key),
  )
  return written.rows > 0
}

async function forgetOldBatches(runner: Runner): Promise<void> {
  const q = queriesOf(runner.dialect)
  const old = await runner.all(
    q
      .selectFrom('failure_batches')
      .select('batch_digest')
      .where('received_at', '<', nowPlus(runner.dialect, -BATCH_SECONDS))
      .limit(FORGOTTEN_AT_ONCE),
  )
  for (const { batch_digest } of old)
    await runner.write(q.deleteFrom('failure_batches').where('batch_digest', '=', batch_digest))
}
