/** Runs on issues that failures opened, and what came back after them: read as the schema's own rules read it. */
import { sql } from 'kysely'
import type {
  BegunAttempt,
  CameBack,
  EndedEscalation,
  HealingDesk,
  HealingRun,
  RecoveryBar,
} from '../../core/healing-desk.ts'
import { bounded, nowPlus, statement } from '../database/raw-sql.ts'
import { queriesOf, type Runner, type StoreDatabase } from '../database/store-database.ts'
import { flag, jsonText, truth, truthOrNull } from '../rows/cells.ts'
import {
  HEALED_DAYS,
  HEALED_MOST,
  healedTooOften,
  IS_FAILURE,
  OFF_OF_THE_SAME,
  TASK_OF_ISSUE,
} from '../schema/conditions-healing.ts'
import { DIALECTS, type DialectName } from '../schema/dialect.ts'
import { unlessDone } from './recovery-desk.ts'

/** Numbers of rows are written into a statement of the schema's own words. */
const ID_MOST = Number.MAX_SAFE_INTEGER
/** Rows of a list at most. */
const ROWS_MOST = 200
/** Runs that ended longer ago are not looked at any more, s: a verdict that a person owes is given by then, or never. */
const LOOKED_SECONDS = 366 * 86_400

const taskOfIssue = (dialect: DialectName, on = '') => sql.raw(TASK_OF_ISSUE(DIALECTS[dialect], on))
const isFailure = sql.raw(IS_FAILURE)
const since = (dialect: DialectName) => nowPlus(dialect, -HEALED_DAYS * 86_400)
const mostly = (most: number) => sql.raw(String(bounded(most, ROWS_MOST)))

/** The desk over the role's store. */
export function healingDesk(db: StoreDatabase): HealingDesk {
  return {
    healingRuns: (most) => healingRuns(db, most),
    cameBack: (most) => cameBack(db, most),
    endedEscalations: (most) => endedEscalations(db, most),
    beginAttempt: (attempt) =>
      unlessDone(db, attempt, {
        work: (runner) => begin(runner, attempt),
        newest: sql`SELECT recovery_count AS newest FROM recovery_tasks WHERE task_id = ${attempt.taskId}`,
      }),
    endAttempt: async (attemptId, success) => (await end(db, attemptId, success)) > 0,
    barOf: async (issueId, analysisId) =>
      (await barOf(db, issueId)) ?? (await barBeside(db, issueId, analysisId)),
  }
}

interface RunRow {
  readonly execution_id: number
  readonly decision_id: number
  readonly issue_id: number
  readonly target_name: string
  readonly action_name: string
  readonly task_id: number
  readonly attempt_id: number | null
  readonly recovery_count: number
  readonly open_attempts: number
  readonly execution_status: string
  readonly verdict: string | null
}

/** Of failures whose words say that a decision heals them; of what is switched off nothing is recorded. */
async function healingRuns(db: StoreDatabase, most: number): Promise<readonly HealingRun[]> {
  const { dialect } = db
  const rows = await db.all(
    statement(
      dialect,
      sql<RunRow>`SELECT x.execution_id, x.decision_id, h.issue_id, g.target_name, q.action_name, k.task_id, k.recovery_count,
        a.attempt_id, x.execution_status,
        (SELECT COUNT(*) FROM recovery_attempts n WHERE n.task_id = k.task_id AND n.success IS NULL) AS open_attempts,
        (SELECT v.verdict FROM execution_verifications v WHERE v.execution_id = x.execution_id ORDER BY v.verification_id DESC LIMIT 1) AS verdict
        FROM action_executions x JOIN recovery_decisions h ON h.decision_id = x.decision_id
        JOIN predefined_actions q ON q.action_id = h.recommended_action_id
        JOIN ${taskOfIssue(dialect, ' ON i.issue_id = h.issue_id')}
        LEFT JOIN recovery_attempts a ON a.decision_id = x.decision_id
        WHERE x.purpose = 'DO' AND (x.finished_at IS NULL OR x.finished_at > ${nowPlus(dialect, -LOOKED_SECONDS)})
        AND ${isFailure} AND k.auto_recovery_enabled = 1 AND (a.attempt_id IS NULL OR a.success IS NULL)
        AND (SELECT w.recovery_strategy FROM recovery_explanations w WHERE w.task_id = k.task_id ORDER BY w.explanation_number DESC LIMIT 1) = 'SELF_HEALING'
        AND (a.attempt_id IS NOT NULL OR NOT ${sql.raw(healedTooOften(DIALECTS[dialect], 'k.task_id', 'h.target_id'))})
        ORDER BY x.execution_id LIMIT ${mostly(most)}`,
    ),
  )
  return rows.map((row) => ({
    executionId: row.execution_id,
    decisionId: row.decision_id,
    issueId: row.issue_id,
    targetName: row.target_name,
    actionName: row.action_name,
    taskId: row.task_id,
    attemptId: row.attempt_id,
    nextNumber: row.recovery_count + 1,
    waits: Number(row.open_attempts) > 0,
    succeeded: outcomeOf(row),
  }))
}

function outcomeOf({ execution_status: status, verdict }: RunRow): boolean | null {
  if (status === 'FAILED' || verdict === 'no_effect' || verdict === 'regressed') return false
  return verdict === 'improved' ? true : null
}

interface BackRow {
  readonly issue_id: number
  readonly target_id: number
  readonly target_name: string
  readonly task_id: number
  readonly recovery_count: number
}

/** Statuses in which nobody has been asked yet, or an analysis found nothing to propose. */
const WAITING = sql.raw("('DETECTED', 'UNDER_ANALYSIS', 'AWAITING_DECISION')")

async function cameBack(db: StoreDatabase, most: number): Promise<readonly CameBack[]> {
  const { dialect } = db
  const d = DIALECTS[dialect]
  const rows = await db.all(
    statement(
      dialect,
      sql<BackRow>`SELECT i.issue_id, i.target_id, g.target_name, k.task_id, k.recovery_count FROM ${taskOfIssue(dialect)}
        WHERE i.issue_status IN ${WAITING} AND ${isFailure} AND ${sql.raw(healedTooOften(d, 'k.task_id', 'i.target_id'))}
        AND NOT EXISTS (SELECT 1 FROM recovery_attempts n WHERE n.task_id = k.task_id AND (n.success IS NULL
          OR (n.recovery_strategy = 'ESCALATE' AND ${sql.raw(d.jsonText('n.evidence', '$.issueId'))} = i.issue_id)))
        ORDER BY i.issue_id LIMIT ${mostly(most)}`,
    ),
  )
  return Promise.all(
    rows.map(async (row) => ({
      issueId: row.issue_id,
      targetName: row.target_name,
      taskId: row.task_id,
      nextNumber: row.recovery_count + 1,
      healings: await healingsOf(db, row.task_id, row.target_id),
    })),
  )
}

async function healingsOf(
  db: StoreDatabase,
  taskId: number,
  targetId: number,
): Promise<CameBack['healings']> {
  const rows = await db.all(
    queriesOf(db.dialect)
      .selectFrom('recovery_attempts as a')
      .innerJoin('recovery_decisions as d', 'd.decision_id', 'a.decision_id')
      .select(['d.decision_id', 'a.success'])
      .where('a.task_id', '=', taskId)
      .where('d.target_id', '=', targetId)
      .where('a.started_at', '>', since(db.dialect))
      .orderBy('a.attempt_number')
      .limit(HEALED_MOST),
  )
  return rows.map((row) => ({ decisionId: row.decision_id, success: truthOrNull(row.success) }))
}

async function endedEscalations(db: StoreDatabase, most: number): Promise<readonly EndedEscalation[]> {
  const { dialect } = db
  const named = sql.raw(DIALECTS[dialect].jsonText('a.evidence', '$.issueId'))
  const rows = await db.all(
    statement(
      dialect,
      sql<{ attempt_id: number; issue_id: number; resolved: number }>`SELECT a.attempt_id, i.issue_id,
        CASE WHEN i.issue_status = 'RESOLVED' AND i.closed_at >= a.started_at THEN 1 ELSE 0 END AS resolved
        FROM recovery_attempts a JOIN detected_issues i ON i.issue_id = ${named}
        WHERE a.success IS NULL AND a.recovery_strategy = 'ESCALATE' AND i.closed_at IS NOT NULL
        ORDER BY a.attempt_id LIMIT ${mostly(most)}`,
    ),
  )
  return rows.map((row) => ({
    attemptId: row.attempt_id,
    issueId: row.issue_id,
    resolved: Number(row.resolved) === 1,
  }))
}

async function begin(runner: Runner, attempt: BegunAttempt): Promise<void> {
  const { taskId, number, strategy, decisionId, reasoning, evidence, success } = attempt
  const { id } = await runner.write(
    queriesOf(runner.dialect)
      .insertInto('recovery_attempts')
      .values({
        task_id: taskId,
        attempt_number: number,
        recovery_strategy: strategy,
        decision_id: decisionId,
        reasoning,
        evidence: jsonText(evidence),
      }),
  )
  if (success !== null) await end(runner, id, success)
}

async function end(
  runner: Pick<Runner, 'dialect' | 'write'>,
  attemptId: number,
  success: boolean,
): Promise<number> {
  const written = await runner.write(
    queriesOf(runner.dialect)
      .updateTable('recovery_attempts')
      .set({ success: flag(success) })
      .where('attempt_id', '=', attemptId)
      .where('success', 'is', null),
  )
  return written.rows
}

interface BarRow {
  readonly signature: string
  readonly auto_recovery_enabled: number
  readonly set_by: string | null
  readonly reason: string | null
  readonly healings: number
}

async function barOf(db: StoreDatabase, issueId: number): Promise<RecoveryBar | null> {
  const { dialect } = db
  const row = await db.first(
    statement(
      dialect,
      sql<BarRow>`SELECT p.signature, k.auto_recovery_enabled, k.set_by,
        (SELECT w.reason FROM recovery_switches w WHERE w.task_id = k.task_id ORDER BY w.switch_id DESC LIMIT 1) AS reason,
        (SELECT COUNT(*) FROM recovery_attempts a JOIN recovery_decisions o ON o.decision_id = a.decision_id
          WHERE a.task_id = k.task_id AND o.target_id = i.target_id AND a.started_at > ${since(dialect)}) AS healings
        FROM ${taskOfIssue(dialect)} WHERE i.issue_id = ${issueId} AND ${isFailure}`,
    ),
  )
  if (row === null) return null
  const { signature, set_by: by, reason } = row
  if (!truth(row.auto_recovery_enabled as never))
    return { bar: 'switched-off', signature, by, reason, isBeside: false }
  const healings = Number(row.healings)
  return healings >= HEALED_MOST ? { bar: 'came-back', signature, healings } : null
}

/** An error that is switched off and is of the same, as the schema's own rule has it. */
async function barBeside(
  db: StoreDatabase,
  issueId: number,
  analysisId: number,
): Promise<RecoveryBar | null> {
  const { dialect } = db
  const same = OFF_OF_THE_SAME(
    DIALECTS[dialect],
    String(bounded(issueId, ID_MOST)),
    String(bounded(analysisId, ID_MOST)),
  )
  const row = await db.first(
    statement(
      dialect,
      sql<
        Omit<BarRow, 'healings' | 'auto_recovery_enabled'>
      >`SELECT p.signature, k.set_by, w.reason FROM ${sql.raw(same)} ORDER BY w.switch_id DESC LIMIT 1`,
    ),
  )
  if (row === null) return null
  const { signature, set_by: by, reason } = row
  return { bar: 'switched-off', signature, by, reason, isBeside: true }
}
