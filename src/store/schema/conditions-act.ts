/** Conditions on runs, verdicts and lessons: everything after consent. */
import { type Condition, conditions, type RowLock } from './condition.ts'
import {
  activePerson,
  leaseIsShort,
  leaseNotStolen,
  releasingPerson,
  transition,
  undoConsented,
  verdictOf,
} from './conditions-decide.ts'
import type { Dialect } from './dialect.ts'

/** The voter `u` of the vote `a` could cast it again: active, an approver, with the key it was signed with. */
const mayStillVote = 'u.is_active = 1 AND u.is_approver = 1 AND u.key_id = a.key_id'

/** Approval, its voter, decision and action still allow the run; read as newly committed. */
const liveApproval = (d: Dialect): string => {
  const bound =
    "a.approval_id = NEW.approval_id AND a.decision_id = NEW.decision_id AND a.action_id = NEW.action_id AND a.plan_digest = NEW.plan_digest AND a.approval_status = 'APPROVED' AND d.decision_status = 'APPROVED' AND d.recommended_action_id = NEW.action_id AND d.plan_digest = NEW.plan_digest"
  const valid = `a.expires_at > ${d.now} AND d.expires_at > ${d.now} AND p.action_enabled = 1 AND ${mayStillVote} AND (a.window_start IS NULL OR a.window_start <= ${d.now})`
  return `EXISTS (SELECT 1 FROM admin_approvals a JOIN recovery_decisions d ON d.decision_id = a.decision_id JOIN predefined_actions p ON p.action_id = a.action_id JOIN users u ON u.user_id = a.admin_user_id WHERE ${bound} AND (NEW.purpose = 'UNDO' OR (${valid}))${d.share})`
}

/** HIGH: two persons whose yes is still valid, and no yes whose window has not begun. */
const quorum = (d: Dialect): string =>
  `NEW.purpose = 'UNDO' OR (SELECT d.risk_level FROM recovery_decisions d WHERE d.decision_id = NEW.decision_id) <> 'HIGH' OR (SELECT COUNT(DISTINCT a.person_id) FROM admin_approvals a JOIN users u ON u.user_id = a.admin_user_id AND ${mayStillVote} WHERE a.decision_id = NEW.decision_id AND a.approval_status IN ('APPROVED', 'CONDITIONAL_APPROVAL') AND a.expires_at > ${d.now} AND (a.window_start IS NULL OR a.window_start <= ${d.now})${d.share}) >= 2`

/** A grant that was revoked after the vote stops the run it carries. */
const grantStands = (d: Dialect): string =>
  `NOT EXISTS (SELECT 1 FROM admin_approvals a JOIN standing_approvals g ON g.standing_approval_id = a.standing_approval_id WHERE a.approval_id = NEW.approval_id AND NEW.purpose = 'DO' AND g.revoked_by IS NOT NULL${d.share})`

const notHalted = (d: Dialect): string =>
  `NOT EXISTS (SELECT 1 FROM halts h JOIN recovery_decisions d ON d.decision_id = NEW.decision_id JOIN predefined_actions p ON p.action_id = d.recommended_action_id WHERE h.lifted_by IS NULL AND (h.halt_scope = 'ALL' OR (h.halt_scope = 'ENGINE' AND h.halt_key = p.engine) OR (h.halt_scope = 'TARGET' AND h.halt_key = ${d.name === 'sqlite' ? 'CAST(d.target_id AS TEXT)' : 'CAST(d.target_id AS CHAR)'}) OR (h.halt_scope = 'ACTION' AND h.halt_key = p.action_name))${d.share})`

/**
 * No other run is open on the target. The target's row is locked first (ACT_LOCKS), so two sessions never read
 * this at once; a decision that cannot be read refuses.
 */
const targetFree = (d: Dialect): string =>
  `EXISTS (SELECT 1 FROM recovery_decisions d WHERE d.decision_id = NEW.decision_id AND NOT EXISTS (SELECT 1 FROM action_executions x JOIN recovery_decisions o ON o.decision_id = x.decision_id WHERE x.execution_status IN ('QUEUED', 'IN_PROGRESS') AND o.target_id = d.target_id${d.share})${d.share})`

const undoAllowed = (d: Dialect): string =>
  `NEW.purpose = 'DO' OR (EXISTS (SELECT 1 FROM action_executions x WHERE x.approval_id = NEW.approval_id AND x.purpose = 'DO' AND x.execution_status IN ('COMPLETED', 'FAILED')${d.share}) AND EXISTS (SELECT 1 FROM admin_approvals a WHERE a.approval_id = NEW.approval_id AND a.undo_preconsented = 1) AND ${undoConsented('NEW.decision_id')} AND ${verdictOf('NEW.decision_id')} = 'regressed')`

const starts = "NOT (OLD.execution_status = 'QUEUED' AND NEW.execution_status = 'IN_PROGRESS')"
const ENDED = "('COMPLETED', 'FAILED')"

/** Steps that had ended are kept as they were, and none is dropped; after an adoption only checks are added. */
const stepsKept = (d: Dialect): string => {
  const sqlite = d.name === 'sqlite'
  const count = (row: string): string =>
    sqlite
      ? `(SELECT COUNT(*) FROM json_each(${row}.steps) s WHERE (s.value ->> '$.kind') <> 'check')`
      : `(SELECT COUNT(*) FROM JSON_TABLE(${row}.steps, '$[*]' COLUMNS (k VARCHAR(20) PATH '$.kind')) s WHERE s.k <> 'check')`
  const rewritten = sqlite
    ? "SELECT 1 FROM json_each(OLD.steps) s WHERE (s.value ->> '$.endedAt') IS NOT NULL AND s.value IS NOT (NEW.steps -> s.fullkey)"
    : "SELECT 1 FROM JSON_TABLE(OLD.steps, '$[*]' COLUMNS (n FOR ORDINALITY, e VARCHAR(40) PATH '$.endedAt')) s WHERE s.e IS NOT NULL AND s.e <> 'null' AND NOT (JSON_EXTRACT(OLD.steps, CONCAT('$[', s.n - 1, ']')) <=> JSON_EXTRACT(NEW.steps, CONCAT('$[', s.n - 1, ']')))"
  return `${d.same('NEW.steps', 'OLD.steps')} OR (OLD.execution_status = 'IN_PROGRESS' AND ${d.jsonLength('NEW.steps')} >= ${d.jsonLength('OLD.steps')} AND NOT EXISTS (${rewritten}) AND (OLD.adopted_at IS NULL OR ${count('NEW')} <= ${count('OLD')}))`
}

const frozen = (d: Dialect): string =>
  [
    'execution_status',
    'execution_outcome',
    'pre_execution_metrics',
    'steps',
    'actual_duration_ms',
    'affected_rows',
    'execution_errors',
    'started_at',
    'adopted_at',
  ]
    .map((column) => d.same(`NEW.${column}`, `OLD.${column}`))
    .join(' AND ')

const RUNS: readonly Condition[] = [
  ...conditions('action_executions', 'insert', [
    [
      'GOV-040',
      () =>
        "NEW.execution_status = 'QUEUED' AND NEW.required_status = 'APPROVED' AND NEW.execution_outcome IS NULL AND NEW.lease_owner IS NULL AND NEW.steps = '[]' AND NEW.started_at IS NULL AND NEW.adopted_at IS NULL AND NEW.finished_at IS NULL",
    ],
    ['GOV-041', liveApproval],
    ['GOV-061', grantStands],
    ['GOV-042', quorum],
    ['GOV-049', undoAllowed],
    ['GOV-070', notHalted],
    ['GOV-071', targetFree],
  ]),
  ...conditions('action_executions', 'update', [
    ['GOV-044', (d) => `OLD.execution_status NOT IN ${ENDED} OR (${frozen(d)})`],
    ['GOV-023', transition('execution', 'execution_status')],
    ['GOV-046', leaseNotStolen],
    [
      'GOV-046',
      (d) =>
        `OLD.execution_status <> 'IN_PROGRESS' OR NEW.execution_status <> 'IN_PROGRESS' OR OLD.lease_expires_at <= ${d.now} OR ${d.same('NEW.lease_owner', 'OLD.lease_owner')}`,
    ],
    ['GOV-047', leaseIsShort],
    [
      'GOV-048',
      (d) =>
        `NOT ((NEW.execution_status = 'IN_PROGRESS' AND OLD.execution_status = 'QUEUED') OR (NEW.execution_status = 'COMPLETED' AND OLD.execution_status = 'IN_PROGRESS')) OR COALESCE(NEW.lease_expires_at, OLD.lease_expires_at) > ${d.now}`,
    ],
    ['GOV-048', () => "NEW.execution_status <> 'IN_PROGRESS' OR NEW.lease_owner IS NOT NULL"],
    [
      'GOV-045',
      (d) =>
        `${d.same('NEW.pre_execution_metrics', 'OLD.pre_execution_metrics')} OR OLD.execution_status = 'QUEUED'`,
    ],
    ['GOV-045', stepsKept],
    ['GOV-041', (d) => `${starts} OR ${liveApproval(d)}`],
    ['GOV-061', (d) => `${starts} OR ${grantStands(d)}`],
    ['GOV-042', (d) => `${starts} OR ${quorum(d)}`],
    ['GOV-070', (d) => `${starts} OR ${notHalted(d)}`],
  ]),
]

const VERDICTS: readonly Condition[] = conditions('execution_verifications', 'insert', [
  [
    'GOV-052',
    (d) =>
      `EXISTS (SELECT 1 FROM action_executions x WHERE x.execution_id = NEW.execution_id AND x.execution_status IN ${ENDED} AND x.execution_outcome <> 'REFUSED'${d.share})`,
  ],
  ['GOV-056', (d) => `NEW.assessed_by = 'act' OR ${activePerson('NEW.assessed_by')(d)}`],
  ['GOV-066', (d) => `NEW.assessed_by = 'act' OR ${releasingPerson('NEW.assessed_by')(d)}`],
  [
    'GOV-053',
    (d) =>
      `NOT EXISTS (SELECT 1 FROM execution_verifications v WHERE v.execution_id = NEW.execution_id AND v.verdict <> 'undecided'${d.share}) AND (NEW.assessed_by = 'act' OR (NEW.verdict <> 'undecided' AND EXISTS (SELECT 1 FROM execution_verifications v WHERE v.execution_id = NEW.execution_id AND v.verdict = 'undecided'${d.share})))`,
  ],
])

const LESSONS: readonly Condition[] = [
  ...conditions('learning_records', 'insert', [
    [
      'GOV-050',
      (d) =>
        `NEW.execution_id IS NULL OR EXISTS (SELECT 1 FROM action_executions x WHERE x.execution_id = NEW.execution_id AND x.decision_id = NEW.decision_id AND x.execution_status IN ${ENDED}${d.share})`,
    ],
    [
      'GOV-050',
      (d) =>
        `NEW.execution_id IS NOT NULL OR EXISTS (SELECT 1 FROM recovery_decisions d WHERE d.decision_id = NEW.decision_id AND d.decision_status IN ('DECLINED', 'CANCELLED', 'EXPIRED')${d.share})`,
    ],
    [
      'GOV-051',
      () =>
        'NEW.learning_complete = 0 AND NEW.issue_resolved_flag IS NULL AND NEW.would_approve_again IS NULL AND NEW.assessed_by IS NULL',
    ],
  ]),
  ...conditions('learning_records', 'update', [
    ['GOV-051', () => 'OLD.learning_complete = 0'],
    [
      'GOV-056',
      (d) => `${d.same('NEW.assessed_by', 'OLD.assessed_by')} OR ${activePerson('NEW.assessed_by')(d)}`,
    ],
  ]),
]

/** Conditions after consent. */
export const ACT_CONDITIONS: readonly Condition[] = [...RUNS, ...VERDICTS, ...LESSONS]

const lock = (table: string, event: 'insert' | 'update', from: string): RowLock => ({
  table,
  event,
  select: `SELECT COUNT(*) INTO v_locked FROM ${from} FOR UPDATE`,
})

/** The decision and its target are locked before a run is queued, and the run before it is judged. */
export const ACT_LOCKS: readonly RowLock[] = [
  lock('action_executions', 'insert', 'recovery_decisions WHERE decision_id = NEW.decision_id'),
  // A join, not a subquery: only a locking read is sure to see a decision newer than the session's snapshot.
  lock(
    'action_executions',
    'insert',
    'recovery_decisions d JOIN targets g ON g.target_id = d.target_id WHERE d.decision_id = NEW.decision_id',
  ),
  lock('execution_verifications', 'insert', 'action_executions WHERE execution_id = NEW.execution_id'),
]
