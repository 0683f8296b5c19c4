/**
 * What must be true of a store after any history, asked of its rows and of its audit chain by SQL and by code that
 * share nothing with the schema's rules, its repositories or the executor.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { Row, Session } from '../../../src/store/session.ts'
import { assertLinks, type Link } from './chain.ts'
import { assertSigned } from './signed.ts'

/** Each query lists violations; all must be empty. */
const NONE: Readonly<Record<string, string>> = {
  'a run without a live approval of exactly its decision, action and plan': `SELECT x.execution_id FROM action_executions x
    WHERE NOT EXISTS (SELECT 1 FROM admin_approvals a JOIN recovery_decisions d ON d.decision_id = a.decision_id
      WHERE a.approval_id = x.approval_id AND a.approval_status = 'APPROVED' AND a.decision_id = x.decision_id
        AND a.action_id = x.action_id AND a.plan_digest = x.plan_digest AND d.plan_digest = x.plan_digest
        AND (x.purpose = 'UNDO' OR (a.expires_at > x.queued_at AND d.expires_at > x.queued_at
          AND (a.window_start IS NULL OR a.window_start <= x.queued_at))))`,
  'a run started after its approval had ended': `SELECT x.execution_id FROM action_executions x
    JOIN admin_approvals a ON a.approval_id = x.approval_id
    WHERE x.purpose = 'DO' AND x.started_at IS NOT NULL AND x.started_at > a.expires_at`,
  'a run of a decision that somebody declined': `SELECT x.execution_id FROM action_executions x JOIN admin_approvals a
    ON a.decision_id = x.decision_id WHERE a.approval_status = 'DECLINED'`,
  'a HIGH run without two persons': `SELECT x.execution_id FROM action_executions x JOIN recovery_decisions d ON d.decision_id = x.decision_id
    WHERE d.risk_level = 'HIGH' AND (SELECT COUNT(DISTINCT a.person_id) FROM admin_approvals a WHERE a.decision_id = d.decision_id
      AND a.approval_status <> 'DECLINED') < 2`,
  'two DO runs, or two UNDO runs, of a decision': `SELECT decision_id FROM action_executions GROUP BY decision_id, purpose HAVING COUNT(*) > 1`,
  'an undo without consent of every yes or without a regression judged before': `SELECT u.execution_id FROM action_executions u WHERE u.purpose = 'UNDO'
    AND (EXISTS (SELECT 1 FROM admin_approvals a WHERE a.decision_id = u.decision_id AND a.approval_status <> 'DECLINED' AND a.undo_preconsented = 0)
      OR NOT EXISTS (SELECT 1 FROM action_executions x JOIN execution_verifications v ON v.execution_id = x.execution_id
        WHERE x.decision_id = u.decision_id AND x.purpose = 'DO' AND v.verdict = 'regressed' AND v.verified_at <= u.queued_at))`,
  'two open runs on a target': `SELECT d.target_id FROM action_executions x JOIN recovery_decisions d ON d.decision_id = x.decision_id
    WHERE x.execution_status IN ('QUEUED', 'IN_PROGRESS') GROUP BY d.target_id HAVING COUNT(*) > 1`,
  'a run that began without having been queued, or ended without an outcome': `SELECT execution_id FROM action_executions
    WHERE started_at < queued_at OR finished_at < queued_at OR (execution_status IN ('COMPLETED', 'FAILED') AND execution_outcome IS NULL)
      OR (execution_status = 'COMPLETED' AND started_at IS NULL)`,
  'an ending of a decision that ran': `SELECT x.decision_id FROM decision_endings e JOIN action_executions x ON x.decision_id = e.decision_id`,
  'two votes of one person on a decision': `SELECT decision_id FROM admin_approvals GROUP BY decision_id, person_id HAVING COUNT(*) > 1`,
  'a vote on a decision that had expired, or after the vote that decided it': `SELECT a.approval_id FROM admin_approvals a
    JOIN recovery_decisions d ON d.decision_id = a.decision_id WHERE a.approval_timestamp > d.expires_at
      OR EXISTS (SELECT 1 FROM admin_approvals e WHERE e.decision_id = a.decision_id AND e.approval_id < a.approval_id
        AND e.approval_status IN ('APPROVED', 'DECLINED'))`,
  'a final yes to HIGH without another person’s conditional yes before it': `SELECT a.approval_id FROM admin_approvals a
    WHERE a.risk_level = 'HIGH' AND a.approval_status = 'APPROVED' AND NOT EXISTS (SELECT 1 FROM admin_approvals e
      WHERE e.decision_id = a.decision_id AND e.approval_status = 'CONDITIONAL_APPROVAL' AND e.person_id <> a.person_id
        AND e.approval_id < a.approval_id)`,
  'a grant used more often than granted, or counted wrongly': `SELECT standing_approval_id FROM standing_approvals g WHERE g.uses_taken > g.maximum_uses
    OR g.uses_taken <> (SELECT COUNT(*) FROM admin_approvals a WHERE a.standing_approval_id = g.standing_approval_id)`,
  'two open issues of a fingerprint': `SELECT issue_fingerprint FROM detected_issues WHERE issue_status NOT IN ('RESOLVED', 'CLOSED', 'CANCELLED')
    GROUP BY issue_fingerprint HAVING COUNT(*) > 1`,
  'two open decisions of an issue': `SELECT issue_id FROM recovery_decisions WHERE decision_status IN ('PENDING_APPROVAL', 'APPROVED') AND used_at IS NULL
    GROUP BY issue_id HAVING COUNT(*) > 1`,
  'an issue whose status its rows do not support': `SELECT i.issue_id FROM detected_issues i LEFT JOIN recovery_decisions d
    ON d.decision_id = (SELECT MAX(n.decision_id) FROM recovery_decisions n WHERE n.issue_id = i.issue_id)
    WHERE (i.issue_status = 'DECISION_MADE' AND COALESCE(d.decision_status, '') <> 'PENDING_APPROVAL')
      OR (i.issue_status = 'APPROVED' AND (COALESCE(d.decision_status, '') <> 'APPROVED' OR d.used_at IS NOT NULL))
      OR (i.issue_status = 'DECLINED' AND COALESCE(d.decision_status, '') <> 'DECLINED')
      OR (i.issue_status = 'EXECUTING' AND NOT EXISTS (SELECT 1 FROM action_executions x WHERE x.decision_id = d.decision_id
        AND x.purpose = 'DO' AND x.execution_status IN ('QUEUED', 'IN_PROGRESS')))
      OR (i.issue_status = 'RESOLVED' AND NOT EXISTS (SELECT 1 FROM action_executions x JOIN execution_verifications v
        ON v.execution_id = x.execution_id WHERE x.decision_id = d.decision_id AND v.verdict = 'improved'))`,
  'an issue that opened under a suppression that held it': `SELECT i.issue_id FROM detected_issues i JOIN suppressions s
    ON s.issue_fingerprint = i.issue_fingerprint AND s.target_id = i.target_id
    WHERE i.opened_at > s.suppressed_at AND i.opened_at < COALESCE(s.ended_at, s.expires_at)
      AND (i.severity <> 'CRITICAL' OR s.severity = 'CRITICAL')`,
  'two suppressions of a condition at once': `SELECT a.suppression_id FROM suppressions a JOIN suppressions b
    ON b.issue_fingerprint = a.issue_fingerprint AND b.target_id = a.target_id AND b.suppression_id > a.suppression_id
    WHERE b.suppressed_at < COALESCE(a.ended_at, a.expires_at)`,
  'a lesson of a run that was learned twice': `SELECT execution_id FROM learning_records WHERE execution_id IS NOT NULL GROUP BY execution_id HAVING COUNT(*) > 1`,
}

/**
 * Asserts what the rows must show, and that each run an executor was given leave to send was sent once and carries
 * valid signatures. `signed` remembers which were found signed: votes never change, as the chain shows later.
 */
export async function assertRows(
  session: Session,
  sent: ReadonlyMap<number, number>,
  signed: Set<number>,
): Promise<void> {
  for (const [violation, sql] of Object.entries(NONE)) {
    assert.deepEqual(await session.rows(sql), [], violation)
  }
  for (const [executionId, times] of sent)
    assert.equal(times, 1, `run ${executionId} was sent ${times} times`)
  const unseen = [...sent.keys()].filter((executionId) => !signed.has(executionId))
  await assertSigned(session, unseen)
  for (const executionId of unseen) signed.add(executionId)
}

/** Asserts what the whole audit chain must show: its hashes, its history, and that the rows are what it says. */
export async function assertChain(session: Session): Promise<void> {
  const rows = await session.rows('SELECT seq, canonical, prev_hash, row_hash FROM audit_log ORDER BY seq')
  let hash = '0'.repeat(64)
  for (const [at, row] of rows.entries()) {
    assert.equal(Number(row['seq']), at + 1)
    assert.equal(row['prev_hash'], hash)
    hash = createHash('sha256')
      .update(`${hash}:${String(row['canonical'])}`)
      .digest('hex')
    assert.equal(row['row_hash'], hash, `link ${at + 1} is not what was hashed`)
  }
  const [head] = await session.rows('SELECT last_seq, last_hash FROM audit_head')
  assert.deepEqual([Number(head?.['last_seq']), head?.['last_hash']], [rows.length, hash])
  const links = rows.map((row) => (JSON.parse(String(row['canonical'])) as { readonly entry: Link }).entry)
  assertLinks(links)
  await assertRowsAreTheChains(session, links)
  if (session.dialect === 'mysql') return
  assert.deepEqual(await session.rows('SELECT * FROM pragma_integrity_check'), [{ integrity_check: 'ok' }])
  assert.deepEqual(await session.rows('SELECT * FROM pragma_foreign_key_check'), [])
}

/** Columns that a link and its row both have, by table; `last` where the newest link of a row counts. */
const SAME: readonly (readonly [table: string, key: string, columns: string, last?: 'last'])[] = [
  [
    'admin_approvals',
    'approval_id',
    'decision_id action_id plan_digest risk_level admin_user_id person_id approval_status approval_reason undo_preconsented signature key_id standing_approval_id self_approved_sole_approver',
  ],
  ['action_executions', 'execution_id', 'approval_id decision_id action_id plan_digest purpose'],
  ['action_executions', 'execution_id', 'execution_status', 'last'],
  [
    'recovery_decisions',
    'decision_id',
    'analysis_id issue_id target_id recommended_action_id risk_level plan_digest proposed_by',
  ],
  ['recovery_decisions', 'decision_id', 'decision_status', 'last'],
  ['detected_issues', 'issue_id', 'issue_status', 'last'],
  ['decision_endings', 'ending_id', 'decision_id ending ended_by'],
  ['execution_verifications', 'verification_id', 'execution_id verdict assessed_by'],
  [
    'standing_approvals',
    'standing_approval_id',
    'granted_by action_id grant_digest signature key_id maximum_uses',
  ],
  ['standing_approvals', 'standing_approval_id', 'uses_taken revoked_by', 'last'],
  ['halts', 'halt_id', 'halt_scope halt_key set_by'],
  ['suppressions', 'suppression_id', 'issue_id target_id issue_fingerprint severity reason suppressed_by'],
  ['suppressions', 'suppression_id', 'ended_by', 'last'],
  ['users', 'user_id', 'person_id is_active is_approver is_admin key_id', 'last'],
]

/** What a row has before a link has changed it. */
const AT_FIRST: Readonly<Record<string, string>> = {
  execution_status: 'QUEUED',
  decision_status: 'PENDING_APPROVAL',
  uses_taken: '0',
  revoked_by: '',
}

async function assertRowsAreTheChains(session: Session, links: readonly Link[]): Promise<void> {
  for (const [table, key, list, last] of SAME) {
    const columns = list.split(' ')
    const texts = (row: Row): string =>
      columns.map((column) => `${column}=${String(row[column] ?? '')}`).join(' ')
    const told = new Map<string, string>()
    for (const link of links.filter((each) => each.table === table)) {
      if (last !== 'last' && link.op !== 'insert') continue
      told.set(String(link.key), texts({ ...(link.op === 'insert' ? AT_FIRST : {}), ...link.row }))
    }
    const rows = await session.rows(`SELECT ${key}, ${columns.join(', ')} FROM ${table}`)
    const kept = new Map(rows.map((row) => [String(row[key]), texts(row)]))
    // The program itself is a row the store begins with, before the chain does.
    if (table === 'users') kept.delete('dbmedic')
    for (const [id, text] of kept)
      assert.equal(told.get(id), text, `${table} ${id} is not what the chain says`)
    assert.equal(told.size, kept.size, `a row of ${table} that the chain knows is gone`)
  }
}
