/** Conditions on issues, analyses, actions, decisions, votes and endings: everything up to consent. */
import { TERMINAL_ISSUE_STATES, TRANSITIONS } from '../../core/lifecycle.ts'
import { type Condition, conditions, type RowLock } from './condition.ts'
import type { Dialect } from './dialect.ts'

const words = (list: readonly string[]): string => list.map((word) => `'${word}'`).join(', ')

/** One legal change of status, or none at all. */
export const transition = (entity: string, column: string) => (): string =>
  `NEW.${column} = OLD.${column} OR EXISTS (SELECT 1 FROM state_transitions t WHERE t.entity = '${entity}' AND t.from_state = OLD.${column} AND t.to_state = NEW.${column})`

/** An active login of a human being (person 1 is the program). */
export const activePerson =
  (user: string) =>
  (d: Dialect): string =>
    `EXISTS (SELECT 1 FROM users u WHERE u.user_id = ${user} AND u.is_active = 1 AND u.person_id <> 1${d.share})`

/** An active login that approves or administers: who may let something go on that was stopped or left open. */
export const releasingPerson =
  (user: string) =>
  (d: Dialect): string =>
    `EXISTS (SELECT 1 FROM users u WHERE u.user_id = ${user} AND u.is_active = 1 AND u.person_id <> 1 AND (u.is_approver = 1 OR u.is_admin = 1)${d.share})`

/** An active login that administers. */
export const administrator =
  (user: string) =>
  (d: Dialect): string =>
    `EXISTS (SELECT 1 FROM users u WHERE u.user_id = ${user} AND u.is_active = 1 AND u.is_admin = 1${d.share})`

/** A lease may be taken when free, run out, or the caller's own; nobody shortens another's. */
export const leaseNotStolen = (d: Dialect): string =>
  `OLD.lease_owner IS NULL OR OLD.lease_expires_at <= ${d.now} OR NEW.lease_owner IS NULL OR NEW.lease_owner = OLD.lease_owner`

/** A lease is short. */
export const leaseIsShort = (d: Dialect): string =>
  `NEW.lease_expires_at IS NULL OR ${d.same('NEW.lease_expires_at', 'OLD.lease_expires_at')} OR NEW.lease_expires_at <= ${d.plus(d.now, 10, 'MINUTE')}`

const newestDecision = '(SELECT MAX(x.decision_id) FROM recovery_decisions x WHERE x.issue_id = NEW.issue_id)'
const decisionIs =
  (condition: string) =>
  (d: Dialect): string =>
    `EXISTS (SELECT 1 FROM recovery_decisions d WHERE d.decision_id = ${newestDecision} AND ${condition}${d.share})`
const endingIs =
  (...endings: string[]) =>
  (d: Dialect): string =>
    `EXISTS (SELECT 1 FROM decision_endings x WHERE x.decision_id = ${newestDecision} AND x.ending IN (${words(endings)})${d.share})`
const runIs =
  (condition: string) =>
  (d: Dialect): string =>
    `EXISTS (SELECT 1 FROM action_executions x WHERE x.decision_id = ${newestDecision} AND ${condition}${d.share})`

/** The newest verdict on the DO run of a decision. */
export const verdictOf = (decision: string): string =>
  `(SELECT v.verdict FROM execution_verifications v JOIN action_executions x ON x.execution_id = v.execution_id WHERE x.decision_id = ${decision} AND x.purpose = 'DO' ORDER BY v.verification_id DESC LIMIT 1)`

/** Every yes vote of a decision consented to the undo plan. */
export const undoConsented = (decision: string): string =>
  `NOT EXISTS (SELECT 1 FROM admin_approvals a WHERE a.decision_id = ${decision} AND a.approval_status <> 'DECLINED' AND a.undo_preconsented = 0)`

const afterBadVerdict = (d: Dialect): string =>
  `${verdictOf(newestDecision)} = 'no_effect' OR (${verdictOf(newestDecision)} = 'regressed' AND (NOT (${undoConsented(newestDecision)}) OR ${runIs("x.purpose = 'UNDO' AND x.execution_status IN ('COMPLETED', 'FAILED')")(d)}))`

/**
 * What must be on record before an issue may make a transition marked `trigger`, by `from>to`. A test
 * compares the keys with core/lifecycle.ts.
 */
export const ISSUE_EVIDENCE: Readonly<Record<string, (d: Dialect) => string>> = {
  'AWAITING_DECISION>DECISION_MADE': decisionIs("d.decision_status = 'PENDING_APPROVAL'"),
  'DECISION_MADE>APPROVED': decisionIs("d.decision_status = 'APPROVED' AND d.used_at IS NULL"),
  'DECISION_MADE>DECLINED': decisionIs("d.decision_status = 'DECLINED'"),
  'DECISION_MADE>UNDER_ANALYSIS': endingIs('EXPIRED', 'VOIDED'),
  'APPROVED>UNDER_ANALYSIS': endingIs('EXPIRED', 'VOIDED', 'REVOKED'),
  'APPROVED>EXECUTING': runIs("x.purpose = 'DO' AND x.execution_status = 'QUEUED'"),
  'EXECUTING>VERIFYING': runIs("x.purpose = 'DO' AND x.execution_status = 'COMPLETED'"),
  'EXECUTING>UNDER_ANALYSIS': runIs("x.purpose = 'DO' AND x.execution_status = 'FAILED'"),
  'VERIFYING>RESOLVED': () => `${verdictOf(newestDecision)} = 'improved'`,
  'VERIFYING>UNDER_ANALYSIS': afterBadVerdict,
  'DECLINED>UNDER_ANALYSIS': endingIs('ASK_OTHER'),
  'DECLINED>CLOSED': endingIs('CLOSE'),
  'DECISION_MADE>CANCELLED': endingIs('CANCELLED'),
  'APPROVED>CANCELLED': endingIs('CANCELLED'),
}

const issueSupported = (d: Dialect): string => {
  const byTrigger = TRANSITIONS.filter((t) => t.entity === 'issue' && t.by === 'trigger')
  const cases = byTrigger.map(({ from, to }) => {
    const evidence = ISSUE_EVIDENCE[`${from}>${to}`]
    if (evidence === undefined) throw new RangeError(`no evidence is written for issue ${from} > ${to}`)
    return `WHEN OLD.issue_status = '${from}' AND NEW.issue_status = '${to}' THEN ${evidence(d)}`
  })
  const fresh =
    "WHEN OLD.issue_status = 'UNDER_ANALYSIS' AND NEW.issue_status = 'AWAITING_DECISION' THEN " +
    '(SELECT COALESCE(MAX(n.analysis_id), 0) FROM ai_analysis n WHERE n.issue_id = NEW.issue_id) > ' +
    '(SELECT COALESCE(MAX(x.analysis_id), 0) FROM recovery_decisions x WHERE x.issue_id = NEW.issue_id)'
  return `CASE ${cases.join('\n      ')}\n      ${fresh}\n      ELSE 1 END`
}

/** A severity as a number: the worse, the higher. */
export const SEVERITY_ORDER = (row: string): string =>
  `CASE ${row}.severity WHEN 'INFO' THEN 1 WHEN 'WARNING' THEN 2 WHEN 'CRITICAL' THEN 3 END`

const ISSUES: readonly Condition[] = [
  ...conditions('detected_issues', 'insert', [
    [
      'GOV-090',
      () =>
        "NEW.issue_status = 'DETECTED' AND NEW.closed_at IS NULL AND NEW.lease_owner IS NULL AND EXISTS (SELECT 1 FROM detection_events e WHERE e.event_id = NEW.first_occurrence_event_id AND e.event_kind = 'BREACH' AND e.instance_uid = NEW.instance_uid)",
    ],
  ]),
  ...conditions('detected_issues', 'update', [
    [
      'GOV-028',
      (d) =>
        `OLD.issue_status NOT IN (${words(TERMINAL_ISSUE_STATES)}) OR (NEW.issue_status = OLD.issue_status AND NEW.occurrence_count = OLD.occurrence_count AND NEW.severity = OLD.severity AND NEW.last_detection_event_id = OLD.last_detection_event_id AND (NEW.lease_owner IS NULL OR ${d.same('NEW.lease_owner', 'OLD.lease_owner')}))`,
    ],
    ['GOV-023', transition('issue', 'issue_status')],
    ['GOV-027', issueSupported],
    [
      'GOV-015',
      () =>
        `NEW.occurrence_count >= OLD.occurrence_count AND NEW.last_detection_event_id >= OLD.last_detection_event_id AND ${SEVERITY_ORDER('NEW')} >= ${SEVERITY_ORDER('OLD')}`,
    ],
    ['GOV-046', leaseNotStolen],
    ['GOV-047', leaseIsShort],
  ]),
]

const ANALYSES: readonly Condition[] = conditions('ai_analysis', 'insert', [
  [
    'GOV-029',
    (d) =>
      `EXISTS (SELECT 1 FROM detected_issues i WHERE i.issue_id = NEW.issue_id AND i.issue_status IN ('UNDER_ANALYSIS', 'AWAITING_DECISION')${d.share})`,
  ],
  [
    // A diagnosis without evidence abstains; a person's request is its own reason.
    'GOV-025',
    (d) =>
      `NEW.analysis_status = 'ABSTAINED' OR NEW.root_cause_code = 'HUMAN_REQUEST' OR ${d.jsonLength('NEW.evidence')} > 0`,
  ],
])

const ACTIONS: readonly Condition[] = conditions('predefined_actions', 'update', [
  ['GOV-067', (d) => `NEW.action_enabled = OLD.action_enabled OR ${administrator('NEW.enabled_set_by')(d)}`],
])

/** The columns of a decision are what its binding says, member by member. */
const bindingAgrees = (d: Dialect): string => {
  const at = (path: string): string => d.jsonText('NEW.binding_text', path)
  return [
    `${at('$.schema')} = 'dbmedic/binding/1'`,
    `${at('$.riskLevel')} = NEW.risk_level`,
    `${at('$.target.id')} = NEW.target_id`,
    `${d.isoTime(at('$.expiresAt'))} = NEW.expires_at`,
    `EXISTS (SELECT 1 FROM predefined_actions p WHERE p.action_id = NEW.recommended_action_id AND p.action_name = ${at('$.action.name')} AND p.action_version = ${at('$.action.version')} AND p.definition_digest = ${at('$.action.definitionDigest')})`,
    `${d.jsonLength(d.jsonPart('NEW.binding_text', '$.steps'))} > 0`,
    // A list has no names that a grant could bound.
    d.isObject(d.jsonPart('NEW.binding_text', '$.parameters')),
    `EXISTS (SELECT 1 FROM targets g WHERE g.target_id = NEW.target_id AND g.instance_uid = ${at('$.target.instanceUid')} AND g.engine = ${at('$.target.engine')})`,
  ].join(' AND ')
}

const DECISIONS: readonly Condition[] = [
  ...conditions('recovery_decisions', 'insert', [
    ['GOV-020', () => "NEW.decision_status = 'PENDING_APPROVAL' AND NEW.used_at IS NULL"],
    ['GOV-034', (d) => `NEW.expires_at > ${d.now} AND NEW.expires_at <= ${d.plus(d.now, 7, 'DAY')}`],
    [
      'GOV-021',
      (d) =>
        `EXISTS (SELECT 1 FROM predefined_actions p JOIN targets g ON g.target_id = NEW.target_id AND g.engine = p.engine WHERE p.action_id = NEW.recommended_action_id AND p.risk_level = NEW.risk_level AND p.action_enabled = 1${d.share})`,
    ],
    [
      'GOV-029',
      (d) =>
        `EXISTS (SELECT 1 FROM detected_issues i WHERE i.issue_id = NEW.issue_id AND i.target_id = NEW.target_id AND i.issue_status = 'AWAITING_DECISION'${d.share})`,
    ],
    [
      'GOV-025',
      () =>
        "NEW.analysis_id = (SELECT MAX(n.analysis_id) FROM ai_analysis n WHERE n.issue_id = NEW.issue_id) AND EXISTS (SELECT 1 FROM ai_analysis n WHERE n.analysis_id = NEW.analysis_id AND n.issue_id = NEW.issue_id AND n.analysis_status = 'COMPLETED')",
    ],
    ['GOV-026', bindingAgrees],
    [
      // A person's request carries that person's name; without a request the proposer is the program.
      'GOV-055',
      (d) =>
        `(NEW.recovery_request_id IS NULL AND (SELECT u.person_id FROM users u WHERE u.user_id = NEW.proposed_by${d.share}) = 1) OR (NEW.recovery_request_id IS NOT NULL AND ${activePerson('NEW.proposed_by')(d)})`,
    ],
  ]),
  ...conditions('recovery_decisions', 'update', [
    ['GOV-023', transition('decision', 'decision_status')],
    [
      'GOV-024',
      (d) =>
        `NEW.decision_status = OLD.decision_status OR EXISTS (SELECT 1 FROM admin_approvals a WHERE a.decision_id = NEW.decision_id AND a.approval_status IN ('APPROVED', 'DECLINED') AND a.approval_status = NEW.decision_status${d.share}) OR EXISTS (SELECT 1 FROM decision_endings x WHERE x.decision_id = NEW.decision_id AND ((NEW.decision_status = 'EXPIRED' AND x.ending = 'EXPIRED') OR (NEW.decision_status = 'CANCELLED' AND x.ending IN ('CANCELLED', 'REVOKED', 'VOIDED')))${d.share})`,
    ],
  ]),
]

const LIMIT_HOURS = { LOW: 24, MEDIUM: 4 } as const

/** Validity by risk, counted from the vote or from the start of its window. */
const voteIsShort = (d: Dialect): string => {
  const from = `COALESCE(NEW.window_start, ${d.now})`
  const connection =
    'EXISTS (SELECT 1 FROM predefined_actions p WHERE p.action_id = NEW.action_id AND p.binds_connection = 1)'
  return `NEW.expires_at > ${d.now} AND NEW.expires_at <= CASE WHEN NEW.risk_level = 'LOW' AND NOT ${connection} THEN ${d.plus(from, LIMIT_HOURS.LOW, 'HOUR')} WHEN NEW.risk_level = 'MEDIUM' AND NOT ${connection} THEN ${d.plus(from, LIMIT_HOURS.MEDIUM, 'HOUR')} ELSE ${d.plus(from, 30, 'MINUTE')} END AND (NEW.window_start IS NULL OR NEW.expires_at > NEW.window_start)`
}

const windowAllowed = (d: Dialect): string =>
  `NEW.window_start IS NULL OR (NEW.window_start > ${d.now} AND NEW.window_start <= ${d.plus(d.now, 7, 'DAY')} AND EXISTS (SELECT 1 FROM predefined_actions p WHERE p.action_id = NEW.action_id AND p.binds_connection = 0))`

const proposerPerson =
  '(SELECT q.person_id FROM recovery_decisions d JOIN users q ON q.user_id = d.proposed_by WHERE d.decision_id = NEW.decision_id)'

/** Four eyes by person; the one exception is a sole active approver on LOW and MEDIUM, and the vote says so. */
const notTheProposer = (d: Dialect): string =>
  `(NEW.person_id <> ${proposerPerson} AND NEW.self_approved_sole_approver = 0) OR (NEW.person_id = ${proposerPerson} AND NEW.approval_status = 'DECLINED' AND NEW.self_approved_sole_approver = 0) OR (NEW.person_id = ${proposerPerson} AND NEW.self_approved_sole_approver = 1 AND NEW.risk_level IN ('LOW', 'MEDIUM') AND NOT EXISTS (SELECT 1 FROM users u WHERE u.is_active = 1 AND u.is_approver = 1 AND u.person_id <> NEW.person_id${d.share}))`

const grantFits = (d: Dialect): string => {
  const fits = [
    'g.standing_approval_id = NEW.standing_approval_id',
    'g.granted_by = NEW.admin_user_id',
    'g.action_id = NEW.action_id',
    'g.key_id = NEW.key_id',
    'g.signature = NEW.signature',
    'g.revoked_by IS NULL',
    `g.valid_until > ${d.now}`,
    'g.uses_taken < g.maximum_uses',
    'NEW.expires_at <= g.valid_until',
    'd.target_id = c.target_id',
    'c.issue_category = g.issue_category',
    'n.root_cause_code = g.root_cause_code',
    "d.risk_level = 'LOW'",
    d.name === 'sqlite'
      ? 'd.confidence_based_score >= CAST(g.minimum_confidence AS REAL) * 10000'
      : 'd.confidence_based_score >= CAST(g.minimum_confidence AS DECIMAL(5,4))',
    d.jsonHoldsNumber('g.target_ids', 'd.target_id'),
  ]
  return `NEW.standing_approval_id IS NULL OR EXISTS (SELECT 1 FROM standing_approvals g JOIN recovery_decisions d ON d.decision_id = NEW.decision_id JOIN detected_issues c ON c.issue_id = d.issue_id JOIN ai_analysis n ON n.analysis_id = d.analysis_id WHERE ${fits.join(' AND ')}${d.share})`
}

/**
 * Every parameter of the plan has a bound in the grant and lies within it; an unlisted one refuses. So does a name that
 * would be more than one step of a JSON path.
 */
const parametersFit = (d: Dialect): string =>
  `NEW.standing_approval_id IS NULL OR (EXISTS (SELECT 1 FROM recovery_decisions d WHERE d.decision_id = NEW.decision_id AND ${d.isObject('d.parameters')}) AND ${d.name === 'sqlite' ? SQLITE_PARAMETERS : MYSQL_PARAMETERS} = 1)`

// A bound is {"any": true}, {"anyOf": [values]} or {"min": n, "max": n}; anything else covers nothing.
const SQLITE_PARAMETERS = `(SELECT COALESCE(MIN(COALESCE(CASE
        WHEN b.type IS NOT 'object' OR p.key GLOB '*[^A-Za-z0-9_]*' THEN 0
        WHEN json_type(b.value, '$.any') IS 'true' THEN 1
        WHEN json_type(b.value, '$.anyOf') IS 'array' THEN EXISTS (SELECT 1 FROM json_each(b.value, '$.anyOf') w WHERE (b.value -> w.fullkey) = (d.parameters -> p.fullkey))
        WHEN p.type IN ('integer', 'real') AND json_type(b.value, '$.min') IN ('integer', 'real') AND json_type(b.value, '$.max') IN ('integer', 'real')
          THEN p.value BETWEEN (b.value ->> '$.min') AND (b.value ->> '$.max')
        ELSE 0 END, 0)), 1)
      FROM recovery_decisions d JOIN standing_approvals g ON g.standing_approval_id = NEW.standing_approval_id
      JOIN json_each(d.parameters) p LEFT JOIN json_each(g.parameter_bounds) b ON b.key = p.key
      WHERE d.decision_id = NEW.decision_id)`

const value = "JSON_EXTRACT(d.parameters, CONCAT('$.\"', p.k, '\"'))"
const bound = (member: string): string => `JSON_EXTRACT(g.parameter_bounds, CONCAT('$."', p.k, '"${member}'))`

// Equal type and text: both documents are canonical JSON and read by the same function, so equal values have equal
// texts. (JSON_CONTAINS both ways would take lists in any order, and the order of columns is what an index is.)
const MYSQL_PARAMETERS = `(SELECT COALESCE(MIN(COALESCE(CASE
        WHEN p.k NOT REGEXP '^[A-Za-z0-9_]+$' THEN 0
        WHEN ${bound('.any')} = TRUE THEN 1
        WHEN JSON_TYPE(${bound('.anyOf')}) = 'ARRAY' THEN EXISTS (
          SELECT 1 FROM JSON_TABLE(${bound('.anyOf')}, '$[*]' COLUMNS (v JSON PATH '$')) w
          WHERE JSON_TYPE(w.v) = JSON_TYPE(${value})
            AND CONVERT(w.v USING utf8mb4) COLLATE utf8mb4_bin = CONVERT(${value} USING utf8mb4) COLLATE utf8mb4_bin)
        WHEN JSON_TYPE(${value}) IN ('INTEGER', 'DOUBLE', 'DECIMAL') AND JSON_TYPE(${bound('.min')}) IN ('INTEGER', 'DOUBLE', 'DECIMAL') AND JSON_TYPE(${bound('.max')}) IN ('INTEGER', 'DOUBLE', 'DECIMAL')
          THEN ${value} + 0 BETWEEN ${bound('.min')} + 0 AND ${bound('.max')} + 0
        ELSE 0 END, 0)), 1)
      FROM recovery_decisions d JOIN standing_approvals g ON g.standing_approval_id = NEW.standing_approval_id
      JOIN JSON_TABLE(JSON_KEYS(d.parameters), '$[*]' COLUMNS (k VARCHAR(100) PATH '$')) p
      WHERE d.decision_id = NEW.decision_id)`

const VOTES: readonly Condition[] = conditions('admin_approvals', 'insert', [
  [
    'GOV-030',
    (d) =>
      `EXISTS (SELECT 1 FROM recovery_decisions d WHERE d.decision_id = NEW.decision_id AND d.recommended_action_id = NEW.action_id AND d.plan_digest = NEW.plan_digest AND d.risk_level = NEW.risk_level${d.share})`,
  ],
  [
    'GOV-031',
    (d) =>
      `(SELECT d.decision_status FROM recovery_decisions d WHERE d.decision_id = NEW.decision_id${d.share}) = 'PENDING_APPROVAL'`,
  ],
  [
    'GOV-032',
    (d) => `(SELECT d.expires_at FROM recovery_decisions d WHERE d.decision_id = NEW.decision_id) > ${d.now}`,
  ],
  [
    'GOV-037',
    (d) =>
      `EXISTS (SELECT 1 FROM users u WHERE u.user_id = NEW.admin_user_id AND u.person_id = NEW.person_id AND u.person_id <> 1 AND u.is_active = 1 AND u.is_approver = 1 AND u.key_id = NEW.key_id${d.share})`,
  ],
  ['GOV-033', notTheProposer],
  [
    'GOV-036',
    (d) =>
      `NOT EXISTS (SELECT 1 FROM admin_approvals a WHERE a.decision_id = NEW.decision_id AND a.person_id = NEW.person_id${d.share})`,
  ],
  ['GOV-034', voteIsShort],
  ['GOV-038', windowAllowed],
  [
    'GOV-039',
    (d) =>
      `NEW.undo_preconsented = 0 OR EXISTS (SELECT 1 FROM recovery_decisions d WHERE d.decision_id = NEW.decision_id AND ${d.jsonLength(d.jsonPart('d.binding_text', '$.undo.plan.steps'))} > 0)`,
  ],
  [
    'GOV-035',
    (d) =>
      `NEW.approval_status <> 'APPROVED' OR NEW.risk_level <> 'HIGH' OR EXISTS (SELECT 1 FROM admin_approvals a WHERE a.decision_id = NEW.decision_id AND a.approval_status = 'CONDITIONAL_APPROVAL' AND a.person_id <> NEW.person_id AND a.expires_at > ${d.now}${d.share})`,
  ],
  ['GOV-061', grantFits],
  ['GOV-061', parametersFit],
])

const ENDINGS: readonly Condition[] = conditions('decision_endings', 'insert', [
  [
    'GOV-054',
    (d) =>
      `EXISTS (SELECT 1 FROM recovery_decisions d WHERE d.decision_id = NEW.decision_id AND CASE NEW.ending
        WHEN 'EXPIRED' THEN d.decision_status IN ('PENDING_APPROVAL', 'APPROVED') AND d.used_at IS NULL AND (d.expires_at <= ${d.now} OR EXISTS (SELECT 1 FROM admin_approvals a WHERE a.decision_id = d.decision_id AND a.approval_status = 'APPROVED' AND a.expires_at <= ${d.now}))
        WHEN 'VOIDED' THEN d.decision_status IN ('PENDING_APPROVAL', 'APPROVED') AND d.used_at IS NULL
        WHEN 'CANCELLED' THEN d.decision_status IN ('PENDING_APPROVAL', 'APPROVED') AND d.used_at IS NULL
        WHEN 'REVOKED' THEN d.decision_status = 'APPROVED' AND d.used_at IS NULL
        WHEN 'ASK_OTHER' THEN d.decision_status = 'DECLINED'
        WHEN 'CLOSE' THEN d.decision_status = 'DECLINED'
        ELSE 0 END${d.share})`,
  ],
  [
    'GOV-055',
    (d) =>
      `(NEW.ending IN ('EXPIRED', 'VOIDED') AND NEW.ended_by = 'dbmedic') OR (NEW.ending NOT IN ('EXPIRED', 'VOIDED') AND ${activePerson('NEW.ended_by')(d)})`,
  ],
])

/** Conditions up to consent. */
export const DECIDE_CONDITIONS: readonly Condition[] = [
  ...ISSUES,
  ...ANALYSES,
  ...ACTIONS,
  ...DECISIONS,
  ...VOTES,
  ...ENDINGS,
]

/** Rows locked first: the decision, then the grant. */
export const DECIDE_LOCKS: readonly RowLock[] = [
  {
    table: 'admin_approvals',
    event: 'insert',
    select:
      'SELECT COUNT(*) INTO v_locked FROM recovery_decisions WHERE decision_id = NEW.decision_id FOR UPDATE',
  },
  {
    table: 'admin_approvals',
    event: 'insert',
    select:
      'SELECT COUNT(*) INTO v_locked FROM standing_approvals WHERE standing_approval_id = NEW.standing_approval_id FOR UPDATE',
  },
  {
    table: 'decision_endings',
    event: 'insert',
    select:
      'SELECT COUNT(*) INTO v_locked FROM recovery_decisions WHERE decision_id = NEW.decision_id FOR UPDATE',
  },
  {
    table: 'recovery_decisions',
    event: 'insert',
    select: 'SELECT COUNT(*) INTO v_locked FROM detected_issues WHERE issue_id = NEW.issue_id FOR UPDATE',
  },
]
