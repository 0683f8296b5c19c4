/**
 * What must be true of a store after any history, asked of its rows and of its audit chain by SQL that shares
 * nothing with the schema's own rules.
 */
import assert from 'node:assert/strict'
import type Database from 'better-sqlite3'
import { type Entity, isLegalTransition } from '../../../src/core/lifecycle.ts'
import type { ReadPort } from '../../../src/core/store-ports.ts'
import { exportAudit, verifyAuditExport } from '../../../src/store/index.ts'

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
    WHERE (i.issue_status = 'DECISION_MADE' AND d.decision_status IS NOT 'PENDING_APPROVAL')
      OR (i.issue_status = 'APPROVED' AND (d.decision_status IS NOT 'APPROVED' OR d.used_at IS NOT NULL))
      OR (i.issue_status = 'DECLINED' AND d.decision_status IS NOT 'DECLINED')
      OR (i.issue_status = 'EXECUTING' AND NOT EXISTS (SELECT 1 FROM action_executions x WHERE x.decision_id = d.decision_id
        AND x.purpose = 'DO' AND x.execution_status IN ('QUEUED', 'IN_PROGRESS')))
      OR (i.issue_status = 'RESOLVED' AND NOT EXISTS (SELECT 1 FROM action_executions x JOIN execution_verifications v
        ON v.execution_id = x.execution_id WHERE x.decision_id = d.decision_id AND v.verdict = 'improved'))`,
  'a lesson of a run that was learned twice': `SELECT execution_id FROM learning_records WHERE execution_id IS NOT NULL GROUP BY execution_id HAVING COUNT(*) > 1`,
}

interface Link {
  readonly table: string
  readonly key: number | string
  readonly op: 'insert' | 'update'
  readonly row: Readonly<Record<string, unknown>>
}

const ENTITIES: readonly (readonly [Entity, string, string, string])[] = [
  ['issue', 'detected_issues', 'issue_status', 'issue_id'],
  ['decision', 'recovery_decisions', 'decision_status', 'decision_id'],
  ['execution', 'action_executions', 'execution_status', 'execution_id'],
]
const FIRST: Readonly<Record<Entity, string>> = {
  issue: 'DETECTED',
  decision: 'PENDING_APPROVAL',
  execution: 'QUEUED',
}

/** Asserts what the rows must show; `sent` says how often each run was given leave to send. */
export function assertRows(database: Database.Database, sent: ReadonlyMap<number, number>): void {
  for (const [violation, sql] of Object.entries(NONE)) {
    assert.deepEqual(database.prepare(sql).all(), [], violation)
  }
  for (const [executionId, times] of sent)
    assert.equal(times, 1, `run ${executionId} was sent ${times} times`)
}

/** Asserts what the whole audit chain must show, that it verifies, and that the file is sound. */
export async function assertChain(database: Database.Database, read: ReadPort): Promise<void> {
  const links = database
    .prepare("SELECT json_extract(canonical, '$.entry') FROM audit_log ORDER BY seq")
    .pluck()
    .all()
    .map((text) => JSON.parse(String(text)) as Link)
  for (const [entity, table, column, key] of ENTITIES) {
    const statuses = new Map<number | string, string>()
    for (const link of links.filter((each) => each.table === table)) follow(entity, link, column, statuses)
    const stored = database.prepare(`SELECT ${key} AS id, ${column} AS status FROM ${table}`).all() as {
      id: number
      status: string
    }[]
    assert.deepEqual(
      new Map(stored.map((row) => [row.id, row.status])),
      statuses,
      `${table} and the chain disagree`,
    )
  }
  assertHaltsHeld(links)
  assertVotersActive(links)
  assert.deepEqual(database.pragma('integrity_check', { simple: true }), 'ok')
  assert.deepEqual(database.pragma('foreign_key_check'), [])
  const verdict = await verifyAuditExport(exportAudit(read, { dialect: 'sqlite', version: 1 }))
  assert.equal(verdict.problem, null)
  assert.equal(verdict.rows, links.length)
}

function follow(entity: Entity, link: Link, column: string, statuses: Map<number | string, string>): void {
  const to = link.row[column]
  const from = statuses.get(link.key)
  if (link.op === 'insert') {
    assert.equal(from, undefined)
    statuses.set(link.key, FIRST[entity])
    return
  }
  if (typeof to !== 'string' || to === from) return
  assert.ok(isLegalTransition(entity, from ?? '', to), `${entity} ${link.key}: ${from} > ${to}`)
  statuses.set(link.key, to)
}

/** Nothing was queued while a stop switch for everything was on. */
function assertHaltsHeld(links: readonly Link[]): void {
  const on = new Set<number | string>()
  for (const link of links) {
    if (link.table === 'halts' && link.op === 'insert' && link.row.halt_scope === 'ALL') on.add(link.key)
    if (link.table === 'halts' && link.op === 'update') on.delete(link.key)
    if (link.table === 'action_executions' && link.op === 'insert') {
      assert.equal(on.size, 0, `run ${link.key} was queued under a halt`)
    }
  }
}

/** Nobody voted while their login was shut out. */
function assertVotersActive(links: readonly Link[]): void {
  const active = new Map<unknown, boolean>()
  for (const { table, key, row } of links) {
    if (table === 'users') active.set(key, row.is_active === 1)
    if (table === 'admin_approvals') {
      assert.equal(active.get(row.admin_user_id), true, `vote ${key} is of an inactive user`)
    }
  }
}
