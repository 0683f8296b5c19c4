/** Opening, counting, claiming and moving issues. */
import { type SqlBool, sql } from 'kysely'
import { DbmedicError } from '../../core/errors.ts'
import { type IssueState, TRANSITIONS } from '../../core/lifecycle.ts'
import type { Issue } from '../../core/nouns.ts'
import type { Lease, NewIssue } from '../../core/store-ports.ts'
import { SEVERITIES } from '../../core/vocabulary.ts'
import { DuplicateRow } from '../database/failures.ts'
import { nowPlus, padded } from '../database/raw-sql.ts'
import { queriesOf, type Runner, type StoreDatabase } from '../database/store-database.ts'
import { issueOf } from '../rows/pipeline-rows.ts'
import { refusalText } from '../schema/rules.ts'
import { takeRows } from './leases.ts'

/** Events looked at for one question at most. */
const EVENTS_MOST = 5000
/**
 * On the MySQL family an event with a lower id may be committed after one with a higher id, so the cursor
 * stays behind events younger than this, seconds; a fingerprint may be named twice, an event is never missed.
 */
const SETTLED_SECONDS = 15

/** Fingerprints of BREACH events after `afterEventId`, and how far the caller need not look again. */
export async function freshFingerprints(
  db: StoreDatabase,
  afterEventId: number,
  limit: number,
): Promise<{ readonly fingerprints: readonly string[]; readonly upTo: number }> {
  const settled =
    db.dialect === 'sqlite'
      ? sql<number>`1`
      : sql<number>`recorded_at <= ${nowPlus('mysql', -SETTLED_SECONDS)}`
  const events = await db.all(
    queriesOf(db.dialect)
      .selectFrom('detection_events')
      .select(['event_id', 'issue_fingerprint', settled.as('settled')])
      .where('event_id', '>', afterEventId)
      .where('event_kind', '=', 'BREACH')
      .orderBy('event_id')
      .limit(EVENTS_MOST),
  )
  const fingerprints = new Set<string>()
  let upTo = afterEventId
  let contiguous = true
  for (const event of events) {
    if (!fingerprints.has(event.issue_fingerprint) && fingerprints.size >= limit) break
    fingerprints.add(event.issue_fingerprint)
    contiguous &&= Number(event.settled) === 1
    if (contiguous) upTo = event.event_id
  }
  return { fingerprints: [...fingerprints], upTo }
}

/** Opens an issue; null if one of the fingerprint is open. */
export async function openIssue(runner: Runner, issue: NewIssue): Promise<number | null> {
  try {
    const written = await runner.write(
      queriesOf(runner.dialect).insertInto('detected_issues').values({
        target_id: issue.targetId,
        instance_uid: issue.instanceUid,
        issue_category: issue.issueCategory,
        issue_fingerprint: issue.issueFingerprint,
        rule_id: issue.ruleId,
        severity: issue.severity,
        affected_resource_type: issue.affectedResourceType,
        affected_resource_name: issue.affectedResourceName,
        occurrence_count: issue.occurrenceCount,
        first_occurrence_event_id: issue.firstOccurrenceEventId,
        last_detection_event_id: issue.lastDetectionEventId,
        recurrence_of_issue_id: issue.recurrenceOfIssueId,
      }),
    )
    return written.id
  } catch (error) {
    if (error instanceof DuplicateRow) return null
    throw error
  }
}

/** Adds occurrences; the last event and the severity only ever rise. */
export async function countOccurrences(
  runner: Runner,
  counted: {
    readonly issueId: number
    readonly more: number
    readonly lastEventId: number
    readonly severity: Issue['severity']
  },
): Promise<void> {
  const row = await runner.first(
    queriesOf(runner.dialect)
      .selectFrom('detected_issues')
      .select(['severity', 'last_detection_event_id', 'occurrence_count'])
      .where('issue_id', '=', counted.issueId)
      // Two copies that count at once wait for each other here.
      .$if(runner.dialect === 'mysql', (query) => query.forUpdate()),
  )
  if (row === null) throw new DbmedicError('DBM_STORE_NO_ROW', { what: `issue ${counted.issueId}` })
  const rises = SEVERITIES.indexOf(counted.severity) > SEVERITIES.indexOf(row.severity)
  await runner.write(
    queriesOf(runner.dialect)
      .updateTable('detected_issues')
      .set({
        occurrence_count: row.occurrence_count + Math.max(0, counted.more),
        last_detection_event_id: Math.max(row.last_detection_event_id, counted.lastEventId),
        severity: rises ? counted.severity : row.severity,
      })
      .where('issue_id', '=', counted.issueId),
  )
}

/** Takes issues in one of the states. */
export async function claimIssues(
  runner: Runner,
  claim: { readonly lease: Lease; readonly states: readonly IssueState[]; readonly most: number },
): Promise<readonly Issue[]> {
  if (claim.states.length === 0) return []
  const condition = sql<SqlBool>`issue_status IN (${sql.join(padded(claim.states))})`
  const ids = await takeRows(runner, 'detected_issues', { lease: claim.lease, condition, most: claim.most })
  if (ids.length === 0) return []
  const rows = await runner.all(
    queriesOf(runner.dialect)
      .selectFrom('detected_issues')
      .selectAll()
      .where('issue_id', 'in', padded(ids))
      .orderBy('issue_id'),
  )
  return rows.map(issueOf)
}

/** Compare-and-set of an issue's status; false if it was not in `from`. */
export async function moveIssue(
  db: StoreDatabase,
  issueId: number,
  move: { readonly from: IssueState; readonly to: IssueState },
): Promise<boolean> {
  const legal = TRANSITIONS.some(
    (t) => t.entity === 'issue' && t.by === 'reason' && t.from === move.from && t.to === move.to,
  )
  if (!legal) throw new DbmedicError('DBM_STORE_REFUSED', { rule: refusalText('GOV-023') })
  const written = await db.write(
    queriesOf(db.dialect)
      .updateTable('detected_issues')
      .set({ issue_status: move.to })
      .where('issue_id', '=', issueId)
      .where('issue_status', '=', move.from),
  )
  return written.rows === 1
}
