/** A run's life: queued, started under a lease, recorded step by step, ended; or adopted after a death. */
import { type SqlBool, sql } from 'kysely'
import type { Json } from '../../core/canonical.ts'
import { DbmedicError } from '../../core/errors.ts'
import type { Execution, StepRecord } from '../../core/nouns.ts'
import type { ActPort, Lease, Runnable } from '../../core/store-ports.ts'
import { DuplicateRow } from '../database/failures.ts'
import { bounded, now, nowPlus } from '../database/raw-sql.ts'
import { queriesOf, type Runner, type StoreDatabase } from '../database/store-database.ts'
import { clipped, fromJson, jsonText, utc } from '../rows/cells.ts'
import { executionOf } from '../rows/outcome-rows.ts'
import { refusalText, ruleOf } from '../schema/rules.ts'
import { leaseEnd, leaseIsFree } from './leases.ts'

/** A run that is still QUEUED after this long, seconds, has lost its executor before anything was sent. */
const QUEUED_TOO_LONG_SECONDS = 120

type End = Parameters<ActPort['finishExecution']>[2]

/** Queues the run; null if the approval has such a run already, or another run is open on its target (GOV-071). */
export async function queueExecution(
  runner: Runner,
  run: Pick<Runnable, 'approval' | 'decision' | 'purpose'>,
  executedBy: string,
): Promise<number | null> {
  const q = queriesOf(runner.dialect)
  const { approvalId } = run.approval
  try {
    const written = await runner.write(
      q.insertInto('action_executions').values({
        approval_id: approvalId,
        decision_id: run.decision.decisionId,
        action_id: run.decision.recommendedActionId,
        plan_digest: run.decision.planDigest,
        purpose: run.purpose,
        executed_by: executedBy,
      }),
    )
    return written.id
  } catch (error) {
    if (error instanceof DuplicateRow) return null
    if (!(error instanceof DbmedicError && error.code === 'DBM_STORE_REFUSED')) throw error
    if (ruleOf(error.message) === 'GOV-071') return null
    // The rules speak before the unique key does: a run of another executor is why this one is refused.
    const other = await runner.first(
      q
        .selectFrom('action_executions')
        .select('execution_id')
        .where('approval_id', '=', approvalId)
        .where('purpose', '=', run.purpose),
    )
    if (other !== null) return null
    throw error
  }
}

/** QUEUED to IN_PROGRESS under the lease; false if it was not QUEUED or another holds it. */
export async function startExecution(
  runner: Runner,
  executionId: number,
  start: { readonly lease: Lease; readonly preMetrics: Json },
): Promise<boolean> {
  const { dialect } = runner
  const written = await runner.write(
    queriesOf(dialect)
      .updateTable('action_executions')
      .set({
        execution_status: 'IN_PROGRESS',
        lease_owner: start.lease.owner,
        lease_expires_at: leaseEnd(dialect, start.lease),
        pre_execution_metrics: start.preMetrics === null ? null : jsonText(start.preMetrics),
      })
      .where('execution_id', '=', executionId)
      .where('execution_status', '=', 'QUEUED')
      .where(sql<SqlBool>`(lease_owner = ${start.lease.owner} OR ${leaseIsFree(dialect)})`),
  )
  return written.rows === 1
}

/** Prolongs a lease that is still held; false: stop. */
export async function renewLease(runner: Runner, executionId: number, lease: Lease): Promise<boolean> {
  const { dialect } = runner
  const written = await runner.write(
    queriesOf(dialect)
      .updateTable('action_executions')
      .set({ lease_expires_at: leaseEnd(dialect, lease) })
      .where('execution_id', '=', executionId)
      .where('execution_status', '=', 'IN_PROGRESS')
      .where('lease_owner', '=', lease.owner)
      .where('lease_expires_at', '>', now(dialect)),
  )
  return written.rows === 1
}

/**
 * Records the steps so far. A step about to be sent needs an unexpired lease; what a step did is recorded
 * as long as nobody has taken over.
 * @throws DbmedicError DBM_STORE_REFUSED (GOV-046) if the lease is lost: send nothing more.
 */
export async function recordSteps(
  runner: Runner,
  executionId: number,
  record: { readonly owner: string; readonly steps: readonly StepRecord[] },
): Promise<void> {
  const { dialect } = runner
  let update = queriesOf(dialect)
    .updateTable('action_executions')
    .set({ steps: jsonText(record.steps) })
    .where('execution_id', '=', executionId)
    .where('execution_status', '=', 'IN_PROGRESS')
    .where('lease_owner', '=', record.owner)
  if (record.steps.some((step) => step.endedAt === null)) {
    update = update.where('lease_expires_at', '>', now(dialect))
  }
  const written = await runner.write(update)
  if (written.rows === 0) throw new DbmedicError('DBM_STORE_REFUSED', { rule: refusalText('GOV-046') })
}

/**
 * Ends a run that is the owner's, or that nobody has started.
 * @throws DbmedicError DBM_STORE_REFUSED: GOV-046 if another holds it, GOV-044 if it has ended.
 */
export async function finishExecution(
  runner: Runner,
  executionId: number,
  { owner, end }: { readonly owner: string; readonly end: End },
): Promise<void> {
  const q = queriesOf(runner.dialect)
  const written = await runner.write(
    q
      .updateTable('action_executions')
      .set({
        execution_status: end.status,
        execution_outcome: end.outcome,
        steps: jsonText(end.steps),
        actual_duration_ms: end.durationMs === null ? null : Math.max(0, Math.round(end.durationMs)),
        affected_rows: end.affectedRows,
        execution_errors: end.errors === null || end.errors.trim() === '' ? null : clipped(end.errors, 4000),
      })
      .where('execution_id', '=', executionId)
      .where('execution_status', 'in', ['QUEUED', 'IN_PROGRESS'])
      .where(sql<SqlBool>`(lease_owner = ${owner} OR lease_owner IS NULL)`),
  )
  if (written.rows > 0) return
  const open = await runner.first(
    q
      .selectFrom('action_executions')
      .select('execution_id')
      .where('execution_id', '=', executionId)
      .where('execution_status', 'in', ['QUEUED', 'IN_PROGRESS']),
  )
  throw new DbmedicError('DBM_STORE_REFUSED', { rule: refusalText(open === null ? 'GOV-044' : 'GOV-046') })
}

/** Runs nobody works on any more; oldest first. */
export async function abandoned(db: StoreDatabase, limit: number): Promise<readonly Execution[]> {
  const { dialect } = db
  const rows = await db.all(
    queriesOf(dialect)
      .selectFrom('action_executions')
      .selectAll()
      .where(
        sql<SqlBool>`((execution_status = 'IN_PROGRESS' AND lease_expires_at <= ${now(dialect)})
          OR (execution_status = 'QUEUED' AND queued_at <= ${nowPlus(dialect, -QUEUED_TOO_LONG_SECONDS)}
            AND ${leaseIsFree(dialect)}))`,
      )
      .orderBy('execution_id')
      .limit(bounded(limit)),
  )
  return rows.map(executionOf)
}

/** Takes over a run whose lease has run out; false if another copy was first or it has ended. */
export async function adoptExecution(runner: Runner, executionId: number, lease: Lease): Promise<boolean> {
  const { dialect } = runner
  const written = await runner.write(
    queriesOf(dialect)
      .updateTable('action_executions')
      .set({ lease_owner: lease.owner, lease_expires_at: leaseEnd(dialect, lease) })
      .where('execution_id', '=', executionId)
      .where('execution_status', 'in', ['QUEUED', 'IN_PROGRESS'])
      .where(leaseIsFree(dialect)),
  )
  return written.rows === 1
}

/** How many runs that ended UNKNOWN are looked at before another starts; older ones are long over. */
const UNKNOWN_RUNS_MOST = 20

/** The newest runs on a target that ended UNKNOWN, with the connection each was made on. */
export async function endedUnknown(db: StoreDatabase, targetId: number): ReturnType<ActPort['endedUnknown']> {
  const rows = await db.all(
    queriesOf(db.dialect)
      .selectFrom('action_executions as x')
      .innerJoin('recovery_decisions as d', 'd.decision_id', 'x.decision_id')
      .select(['x.execution_id', 'x.pre_execution_metrics'])
      .where('d.target_id', '=', targetId)
      .where('x.execution_outcome', '=', 'UNKNOWN')
      .orderBy('x.execution_id', 'desc')
      .limit(UNKNOWN_RUNS_MOST),
  )
  return rows.map((row) => ({
    executionId: row.execution_id,
    preExecutionMetrics:
      row.pre_execution_metrics === null ? null : fromJson<Json>(row.pre_execution_metrics),
  }))
}

/** Runs on a target since a time, newest first, with the objects their plans touch. */
export async function recentRuns(
  db: StoreDatabase,
  filter: { readonly targetId: number; readonly since: string },
): ReturnType<ActPort['recentRuns']> {
  const rows = await db.all(
    queriesOf(db.dialect)
      .selectFrom('action_executions as x')
      .innerJoin('recovery_decisions as d', 'd.decision_id', 'x.decision_id')
      .innerJoin('predefined_actions as p', 'p.action_id', 'd.recommended_action_id')
      .select([
        'p.action_name',
        'd.touched_objects',
        'x.queued_at',
        'x.started_at',
        'x.execution_outcome',
        'x.execution_status',
      ])
      .where('d.target_id', '=', filter.targetId)
      .where('x.queued_at', '>=', filter.since)
      .orderBy('x.execution_id', 'desc')
      .limit(1000),
  )
  return rows.map((row) => ({
    actionName: row.action_name,
    objects: row.touched_objects === null ? [] : fromJson<Json>(row.touched_objects),
    at: utc(row.started_at ?? row.queued_at),
    outcome: row.execution_outcome,
    status: row.execution_status,
  }))
}
