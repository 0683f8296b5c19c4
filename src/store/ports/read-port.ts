/** Reads: what any role may ask. Every list has a bound of its own, whatever is asked for. */
import { sql } from 'kysely'
import type {
  Analysis,
  Approval,
  Decision,
  DetectionEvent,
  Execution,
  Issue,
  Lesson,
  Verification,
} from '../../core/nouns.ts'
import type { Binding } from '../../core/plan.ts'
import type { IssueFilter, PastRun, ReadPort, RunFilter } from '../../core/store-ports.ts'
import { bounded, now, padded, statement } from '../database/raw-sql.ts'
import { queriesOf, type StoreDatabase } from '../database/store-database.ts'
import { runReport } from '../reports/run-report.ts'
import { utc } from '../rows/cells.ts'
import {
  calibratorOf,
  endingOf,
  executionOf,
  grantOf,
  haltOf,
  lessonOf,
  personOf,
  verificationOf,
  windowOf,
} from '../rows/outcome-rows.ts'
import {
  actionOf,
  analysisOf,
  approvalOf,
  decisionOf,
  eventOf,
  issueOf,
  targetOf,
} from '../rows/pipeline-rows.ts'
import { listAudit, listAuditContaining } from './list-audit.ts'
import { listFailures, oneFailure } from './list-failures.ts'
import { listSamples } from './list-samples.ts'
import { readRegistrations } from './registrations.ts'
import { listSuppressions } from './suppressions.ts'

type EventFilter = Parameters<ReadPort['events']>[0]
type DecisionFilter = Parameters<ReadPort['decisions']>[0]

/** The read port over a role's store. */
export function readPort(db: StoreDatabase): ReadPort {
  const { dialect } = db
  const q = queriesOf(dialect)
  return {
    now: async () =>
      utc(
        (await db.all(statement(dialect, sql<{ now: string }>`SELECT ${now(dialect)} AS now`)))[0]?.now ?? '',
      ),
    targets: async () =>
      (await db.all(q.selectFrom('targets').selectAll().orderBy('target_id').limit(1000))).map(targetOf),
    actions: async () =>
      (
        await db.all(q.selectFrom('predefined_actions').selectAll().orderBy('action_id', 'desc').limit(2000))
      ).map(actionOf),
    issue: async (issueId) => {
      const row = await db.first(q.selectFrom('detected_issues').selectAll().where('issue_id', '=', issueId))
      return row === null ? null : issueOf(row)
    },
    issues: (filter) => listIssues(db, filter),
    events: (filter) => listEvents(db, filter),
    analyses: (issueId) => listAnalyses(db, issueId),
    decision: async (decisionId) => {
      const row = await db.first(
        q.selectFrom('recovery_decisions').selectAll().where('decision_id', '=', decisionId),
      )
      return row === null ? null : decisionOf(row, dialect)
    },
    decisions: (filter) => listDecisions(db, filter),
    approvals: (decisionId) => listApprovals(db, decisionId),
    executions: (filter) => listExecutions(db, filter),
    runs: (filter) => listRuns(db, filter),
    verifications: (executionId) => listVerifications(db, executionId),
    lessons: (filter) => listLessons(db, filter),
    endings: async (decisionId) =>
      (
        await db.all(
          q.selectFrom('decision_endings').selectAll().where('decision_id', '=', decisionId).limit(10),
        )
      ).map(endingOf),
    samples: (query) => listSamples(db, query),
    ...readAround(db),
    failurePatterns: (query) => listFailures(db, query),
    failurePattern: (workspaceId, signature) => oneFailure(db, workspaceId, signature),
    suppressions: (query) => listSuppressions(db, query),
    audit: (fromSeq, limit) => listAudit(db, fromSeq, limit),
    auditContaining: (query) => listAuditContaining(db, query),
    report: (name, options) => runReport(db, name, options),
  }
}

type Around = Pick<
  ReadPort,
  'halts' | 'people' | 'registrations' | 'standingApprovals' | 'changeWindows' | 'calibrators'
>

/** What stands around the pipeline: switches, people, grants, windows, calibrators. */
function readAround(db: StoreDatabase): Around {
  const { dialect } = db
  const q = queriesOf(dialect)
  return {
    halts: async () =>
      (
        await db.all(
          q
            .selectFrom('halts')
            .selectAll()
            .where('lifted_by', 'is', null)
            .orderBy('halt_id', 'desc')
            .limit(500),
        )
      ).map(haltOf),
    people: async () =>
      (
        await db.all(
          q
            .selectFrom('users')
            .innerJoin('persons', 'persons.person_id', 'users.person_id')
            .selectAll('users')
            .select('persons.display_name')
            // Person 1 is the program itself.
            .where('users.person_id', '<>', 1)
            .orderBy('users.user_id')
            .limit(1000),
        )
      ).map(personOf),
    registrations: () => readRegistrations(db),
    standingApprovals: async () =>
      (
        await db.all(
          q.selectFrom('standing_approvals').selectAll().orderBy('standing_approval_id', 'desc').limit(1000),
        )
      ).map(grantOf),
    changeWindows: async (targetId) =>
      (
        await db.all(
          q
            .selectFrom('change_windows')
            .selectAll()
            .where('target_id', '=', targetId)
            .orderBy('ends_at', 'desc')
            .limit(500),
        )
      ).map(windowOf),
    calibrators: async () =>
      (
        await db.all(
          q
            .selectFrom('calibrators')
            .selectAll()
            // Isotonic ones belong to a later version of this program.
            .where('method', 'in', ['identity', 'platt'])
            .orderBy('calibrator_version', 'desc')
            .limit(500),
        )
      ).map((row) => calibratorOf(row, dialect)),
  }
}

async function listIssues(db: StoreDatabase, filter: IssueFilter): Promise<readonly Issue[]> {
  if (filter.states?.length === 0) return []
  let query = queriesOf(db.dialect).selectFrom('detected_issues').selectAll()
  if (filter.targetId !== undefined) query = query.where('target_id', '=', filter.targetId)
  if (filter.states !== undefined) query = query.where('issue_status', 'in', padded(filter.states))
  if (filter.category !== undefined) query = query.where('issue_category', '=', filter.category)
  if (filter.beforeIssueId !== undefined) query = query.where('issue_id', '<', filter.beforeIssueId)
  return (await db.all(query.orderBy('issue_id', 'desc').limit(bounded(filter.limit)))).map(issueOf)
}

async function listEvents(db: StoreDatabase, filter: EventFilter): Promise<readonly DetectionEvent[]> {
  let query = queriesOf(db.dialect).selectFrom('detection_events').selectAll()
  if (filter.issueFingerprint !== undefined) {
    query = query.where('issue_fingerprint', '=', filter.issueFingerprint)
  }
  if (filter.targetId !== undefined) query = query.where('target_id', '=', filter.targetId)
  if (filter.afterEventId !== undefined) query = query.where('event_id', '>', filter.afterEventId)
  return (await db.all(query.orderBy('event_id', 'desc').limit(bounded(filter.limit, 5000)))).map(eventOf)
}

async function listAnalyses(db: StoreDatabase, issueId: number): Promise<readonly Analysis[]> {
  const query = queriesOf(db.dialect)
    .selectFrom('ai_analysis')
    .selectAll()
    .where('issue_id', '=', issueId)
    .orderBy('analysis_id', 'desc')
    .limit(200)
  return (await db.all(query)).map((row) => analysisOf(row, db.dialect))
}

async function listDecisions(db: StoreDatabase, filter: DecisionFilter): Promise<readonly Decision[]> {
  let query = queriesOf(db.dialect).selectFrom('recovery_decisions').selectAll()
  if (filter.issueId !== undefined) query = query.where('issue_id', '=', filter.issueId)
  if (filter.status !== undefined) query = query.where('decision_status', '=', filter.status)
  const rows = await db.all(query.orderBy('decision_id', 'desc').limit(bounded(filter.limit)))
  return rows.map((row) => decisionOf(row, db.dialect))
}

async function listApprovals(db: StoreDatabase, decisionId: number): Promise<readonly Approval[]> {
  const query = queriesOf(db.dialect)
    .selectFrom('admin_approvals')
    .selectAll()
    .where('decision_id', '=', decisionId)
    .orderBy('approval_id', 'desc')
    .limit(200)
  return (await db.all(query)).map(approvalOf)
}

async function listExecutions(
  db: StoreDatabase,
  filter: { readonly decisionId?: number; readonly limit: number },
): Promise<readonly Execution[]> {
  let query = queriesOf(db.dialect).selectFrom('action_executions').selectAll()
  if (filter.decisionId !== undefined) query = query.where('decision_id', '=', filter.decisionId)
  return (await db.all(query.orderBy('execution_id', 'desc').limit(bounded(filter.limit)))).map(executionOf)
}

async function listRuns(db: StoreDatabase, filter: RunFilter): Promise<readonly PastRun[]> {
  if (filter.actionNames.length === 0) return []
  const rows = await db.all(
    queriesOf(db.dialect)
      .selectFrom('action_executions as x')
      .innerJoin('recovery_decisions as d', 'd.decision_id', 'x.decision_id')
      .innerJoin('predefined_actions as p', 'p.action_id', 'x.action_id')
      .select(['p.action_name', 'd.binding_text', 'x.purpose', 'x.execution_status', 'x.execution_outcome'])
      .select('x.finished_at')
      .where('d.target_id', '=', filter.targetId)
      .where('p.action_name', 'in', padded(filter.actionNames))
      .orderBy('x.execution_id', 'desc')
      .limit(bounded(filter.limit)),
  )
  return rows.map((row) => {
    const { target, parameters } = JSON.parse(row.binding_text) as Binding
    return {
      actionName: row.action_name,
      purpose: row.purpose,
      status: row.execution_status,
      outcome: row.execution_outcome,
      finishedAt: row.finished_at === null ? null : utc(row.finished_at),
      instanceUid: target.instanceUid,
      parameters,
    }
  })
}

async function listVerifications(db: StoreDatabase, executionId: number): Promise<readonly Verification[]> {
  const query = queriesOf(db.dialect)
    .selectFrom('execution_verifications')
    .selectAll()
    .where('execution_id', '=', executionId)
    .orderBy('verification_id', 'desc')
    .limit(200)
  return (await db.all(query)).map((row) => verificationOf(row, db.dialect))
}

async function listLessons(
  db: StoreDatabase,
  filter: { readonly issueId?: number; readonly limit: number },
): Promise<readonly Lesson[]> {
  let query = queriesOf(db.dialect).selectFrom('learning_records').selectAll()
  if (filter.issueId !== undefined) query = query.where('issue_id', '=', filter.issueId)
  const rows = await db.all(query.orderBy('learning_record_id', 'desc').limit(bounded(filter.limit)))
  return rows.map((row) => lessonOf(row, db.dialect))
}
