/** What `reason` does about failures: explanations and attempts, each with its task, stored whole or not at all. */
import { type InferResult, type RawBuilder, sql } from 'kysely'
import type { Json } from '../../core/canonical.ts'
import { DbmedicError } from '../../core/errors.ts'
import type { EndedAttempt, FailureOnDesk, NewExplanation, RecoveryDesk } from '../../core/recovery-desk.ts'
import { DuplicateRow } from '../database/failures.ts'
import { bounded, now, statement } from '../database/raw-sql.ts'
import { queriesOf, type Runner, type StoreDatabase } from '../database/store-database.ts'
import { flag, jsonText } from '../rows/cells.ts'

/** Rows of a page at most. */
const PAGE_MOST = 200

/** The desk over the role's store. */
export function recoveryDesk(db: StoreDatabase): RecoveryDesk {
  return {
    failuresAfter: (patternId, most) => failuresAfter(db, patternId, most),
    explainFailure: (explanation) =>
      unlessDone(db, explanation, {
        work: (runner) => explain(runner, explanation),
        newest: sql`SELECT MAX(e.explanation_number) AS newest FROM recovery_explanations e JOIN recovery_tasks t ON t.task_id = e.task_id WHERE t.pattern_id = ${explanation.patternId}`,
      }),
    recordAttempt: (attempt) =>
      unlessDone(db, attempt, {
        work: (runner) => record(runner, attempt),
        newest: sql`SELECT MAX(t.recovery_count) AS newest FROM recovery_tasks t WHERE t.pattern_id = ${attempt.patternId}`,
      }),
    failuresLookedAt: async () => {
      await db.write(
        statement(
          db.dialect,
          sql`UPDATE workspace_recoveries SET last_recovery_check_at = ${now(db.dialect)}`,
        ),
      )
    },
  }
}

/** A record with a number, and where the newest number is read. */
interface Numbered {
  /** Writes it. */
  readonly work: (runner: Runner) => Promise<void>
  /** The newest number of its kind. */
  readonly newest: RawBuilder<{ readonly newest: number | null }>
}

/**
 * Two processes may look at one failure at once: whoever comes second finds the number taken, and that is all.
 * @throws what the store throws otherwise
 */
export async function unlessDone(
  db: StoreDatabase,
  { number }: { readonly number: number },
  { work, newest }: Numbered,
): Promise<boolean> {
  try {
    await db.transaction(work)
    return true
  } catch (error) {
    const isRefused = error instanceof DbmedicError && error.code === 'DBM_STORE_REFUSED'
    if (!isRefused && !(error instanceof DuplicateRow)) throw error
    const row = await db.first(statement(db.dialect, newest))
    if (Number(row?.newest ?? 0) >= number) return false
    throw error
  }
}

const outcomeSum = (outcome: string) =>
  sql<number>`COALESCE((SELECT SUM(s.occurrence_count) FROM failure_sites s WHERE s.pattern_id = p.pattern_id AND COALESCE(s.outcome, 'unknown') = ${outcome}), 0)`

async function failuresAfter(
  db: StoreDatabase,
  patternId: number,
  most: number,
): Promise<readonly FailureOnDesk[]> {
  const rows = await db.all(
    onDesk(db)
      .where('p.pattern_id', '>', patternId)
      // One that was never counted is not on record yet.
      .where('p.last_seen_at', 'is not', null)
      .orderBy('p.pattern_id')
      .limit(bounded(most, PAGE_MOST)),
  )
  return rows.map(deskOf)
}

/** Failures with the newest words and the newest attempt of each. */
const onDesk = (db: StoreDatabase) =>
  queriesOf(db.dialect)
    .selectFrom('failure_patterns as p')
    .leftJoin('recovery_tasks as t', 't.pattern_id', 'p.pattern_id')
    .leftJoin('recovery_explanations as e', (join) =>
      join
        .onRef('e.task_id', '=', 't.task_id')
        .on(
          sql`e.explanation_number`,
          '=',
          sql`(SELECT MAX(n.explanation_number) FROM recovery_explanations n WHERE n.task_id = t.task_id)`,
        ),
    )
    .leftJoin('recovery_attempts as a', (join) =>
      join.onRef('a.task_id', '=', 't.task_id').onRef('a.attempt_number', '=', 't.recovery_count'),
    )
    .selectAll('p')
    .select([
      't.auto_recovery_enabled',
      'e.explanation_number',
      'e.basis_digest',
      'a.attempt_number',
      'a.evidence as attempt_evidence',
      'a.success',
    ])
    .select([
      sql<number>`(SELECT COUNT(*) FROM failure_sites s WHERE s.pattern_id = p.pattern_id)`.as('sites'),
      outcomeSum('retried').as('retried'),
      outcomeSum('thrown').as('thrown'),
      outcomeSum('unknown').as('unknown'),
    ])

type DeskRow = InferResult<ReturnType<typeof onDesk>>[number]

const deskOf = (row: DeskRow): FailureOnDesk => ({
  patternId: row.pattern_id,
  kind: {
    signature: row.signature,
    engine: row.engine,
    code: row.error_code,
    failureType: row.failure_type,
    object: row.object_name,
    masked: row.masked_message,
  },
  occurrences: row.occurrence_count,
  sites: Number(row.sites),
  outcomes: { retried: Number(row.retried), thrown: Number(row.thrown), unknown: Number(row.unknown) },
  recoveryEnabled: row.auto_recovery_enabled !== 0,
  explained:
    row.explanation_number === null || row.basis_digest === null
      ? null
      : { number: row.explanation_number, basisDigest: row.basis_digest },
  lastAttempt:
    row.attempt_number === null
      ? null
      : {
          number: row.attempt_number,
          evidence: JSON.parse(row.attempt_evidence ?? 'null') as Json,
          ended: row.success !== null,
        },
})

async function explain(runner: Runner, explanation: NewExplanation): Promise<void> {
  const { patternId, failureType, number, words, explainer, knowledgeId, basisDigest, evidence } = explanation
  const taskId = (await taskOf(runner, patternId)) ?? (await addTask(runner, patternId, failureType))
  await runner.write(
    queriesOf(runner.dialect)
      .insertInto('recovery_explanations')
      .values({
        task_id: taskId,
        explanation_number: number,
        failure_summary: words.summary,
        root_cause: words.rootCause,
        retry_decision: words.retryDecision,
        user_action_required: words.userAction,
        severity_level: words.severity,
        recovery_strategy: words.strategy,
        explainer,
        knowledge_id: knowledgeId,
        basis_digest: basisDigest,
        evidence: jsonText(evidence),
      }),
  )
}

async function record(runner: Runner, attempt: EndedAttempt): Promise<void> {
  const { patternId, number, strategy, reasoning, evidence, success } = attempt
  const taskId = await taskOf(runner, patternId)
  if (taskId === null) throw new RangeError(`pattern ${patternId} has no recovery task: it was not explained`)
  const q = queriesOf(runner.dialect)
  const { id } = await runner.write(
    q.insertInto('recovery_attempts').values({
      task_id: taskId,
      attempt_number: number,
      recovery_strategy: strategy,
      reasoning,
      evidence: jsonText(evidence),
    }),
  )
  await runner.write(
    q
      .updateTable('recovery_attempts')
      .set({ success: flag(success) })
      .where('attempt_id', '=', id),
  )
}

async function taskOf(runner: Runner, patternId: number): Promise<number | null> {
  const row = await runner.first(
    queriesOf(runner.dialect)
      .selectFrom('recovery_tasks')
      .select('task_id')
      .where('pattern_id', '=', patternId),
  )
  return row?.task_id ?? null
}

async function addTask(runner: Runner, patternId: number, failureType: string): Promise<number> {
  const { id } = await runner.write(
    queriesOf(runner.dialect)
      .insertInto('recovery_tasks')
      .values({ pattern_id: patternId, last_failure_type: failureType }),
  )
  return id
}
