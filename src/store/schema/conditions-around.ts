/** Conditions on people, grants, switches, requests, events, samples and the audit chain. */
import { ROLLED_KINDS } from '../../core/rolled-series.ts'
import { type Condition, conditions, type RowLock, type TriggerEvent } from './condition.ts'
import { activePerson, leaseIsShort, leaseNotStolen, releasingPerson } from './conditions-decide.ts'
import type { Dialect } from './dialect.ts'

const LEASED_ELSEWHERE = ['targets', 'evidence_requests', 'recovery_requests', 'retention_tasks'] as const

const LEASES: readonly Condition[] = LEASED_ELSEWHERE.flatMap((table) =>
  conditions(table, 'update', [
    ['GOV-046', leaseNotStolen],
    ['GOV-047', leaseIsShort],
  ]),
)

const named = (table: string, event: TriggerEvent, user: string): Condition[] =>
  conditions(table, event, [['GOV-065', activePerson(user)]])

/** Set once by an active person, then fixed. */
export const onceByPerson =
  (column: string) =>
  (d: Dialect): string =>
    `${d.same(`NEW.${column}`, `OLD.${column}`)} OR (OLD.${column} IS NULL AND ${activePerson(`NEW.${column}`)(d)})`

/** Columns of a login that its newest registration says. */
const REGISTERED = ['person_id', 'is_active', 'is_approver', 'is_admin', 'public_key', 'key_id'] as const

/** A login is what its newest registration says, whoever writes it. */
const asRegistered = (d: Dialect): string =>
  `EXISTS (SELECT 1 FROM user_registrations r WHERE r.user_id = NEW.user_id AND r.registration_no = (SELECT MAX(m.registration_no) FROM user_registrations m WHERE m.user_id = NEW.user_id${d.share}) AND ${REGISTERED.map((name) => `r.${name} = NEW.${name}`).join(' AND ')}${d.share})`

/** The digest before the first registration. */
const NO_DIGEST = '0'.repeat(64)

/** The registration says what its row says, and follows the last one. */
const registrationAgrees = (d: Dialect): string => {
  const at = (path: string): string => d.jsonText('NEW.registration_text', path)
  const last = (column: string): string =>
    `(SELECT r.${column} FROM user_registrations r ORDER BY r.registration_no DESC LIMIT 1${d.share})`
  return [
    `${at('$.schema')} = 'dbmedic/registration/1'`,
    `NEW.registration_no = COALESCE(${last('registration_no')}, 0) + 1 AND ${at('$.registrationNo')} = NEW.registration_no`,
    `NEW.previous_digest = COALESCE(${last('registration_digest')}, '${NO_DIGEST}') AND ${at('$.previousDigest')} = NEW.previous_digest`,
    `${at('$.userName')} = LOWER(NEW.user_id) AND ${at('$.personId')} = NEW.person_id`,
    `${at('$.active')} = NEW.is_active AND ${at('$.mayApprove')} = NEW.is_approver AND ${at('$.mayAdminister')} = NEW.is_admin`,
    `${at('$.keyId')} = NEW.key_id AND ${at('$.signedBy')} = LOWER(NEW.signed_by) AND ${at('$.signerKeyId')} = NEW.signer_key_id`,
  ].join(' AND ')
}

/** Logins are added and changed by an active administrator with the key that signs; the very first one by itself. */
const signedByAdministrator = (d: Dialect): string =>
  `EXISTS (SELECT 1 FROM users u WHERE u.user_id = NEW.signed_by AND u.is_active = 1 AND u.is_admin = 1 AND u.key_id = NEW.signer_key_id${d.share}) OR (NEW.signed_by = NEW.user_id AND NEW.signer_key_id = NEW.key_id AND NEW.is_active = 1 AND NEW.is_admin = 1 AND NOT EXISTS (SELECT 1 FROM users u WHERE u.person_id <> 1${d.share}))`

/** Without an active administrator nobody could ever change a login again. */
const administratorStays = (d: Dialect): string =>
  `(NEW.is_active = 1 AND NEW.is_admin = 1) OR EXISTS (SELECT 1 FROM users u WHERE u.user_id <> NEW.user_id AND u.is_active = 1 AND u.is_admin = 1${d.share})`

/**
 * Whoever writes people waits for the other: two administrators who shut each other out at once are one after the
 * other, and links of the audit chain are added after these locks, as votes do it.
 */
export const AROUND_LOCKS: readonly RowLock[] = ['persons', 'user_registrations'].map((table) => ({
  table,
  event: 'insert',
  select: 'SELECT COUNT(*) INTO v_locked FROM users FOR UPDATE',
}))

const PEOPLE: readonly Condition[] = [
  ...conditions('user_registrations', 'insert', [
    ['GOV-068', registrationAgrees],
    [
      'GOV-064',
      (d) =>
        `NEW.person_id <> 1 AND NOT EXISTS (SELECT 1 FROM users u WHERE u.user_id = NEW.user_id AND u.person_id <> NEW.person_id${d.share})`,
    ],
    ['GOV-065', signedByAdministrator],
    ['GOV-069', administratorStays],
  ]),
  ...conditions('users', 'insert', [['GOV-068', asRegistered]]),
  ...conditions('users', 'update', [
    ['GOV-064', () => 'OLD.person_id <> 1'],
    ['GOV-068', asRegistered],
  ]),
  ...named('settings', 'insert', 'NEW.set_by'),
  ...named('settings', 'update', 'NEW.set_by'),
  ...conditions('change_windows', 'insert', [['GOV-066', releasingPerson('NEW.created_by')]]),
  ...named('halts', 'insert', 'NEW.set_by'),
  ...conditions('halts', 'insert', [['GOV-063', () => 'NEW.lifted_by IS NULL AND NEW.lifted_at IS NULL']]),
  ...conditions('halts', 'update', [
    ['GOV-063', onceByPerson('lifted_by')],
    [
      'GOV-066',
      (d) => `${d.same('NEW.lifted_by', 'OLD.lifted_by')} OR ${releasingPerson('NEW.lifted_by')(d)}`,
    ],
  ]),
  ...named('recovery_requests', 'insert', 'NEW.requested_by'),
]

const grantGiven = (d: Dialect): string => {
  const at = (path: string): string => d.jsonText('NEW.grant_text', path)
  return [
    "NEW.uses_taken = 0 AND NEW.revoked_by IS NULL AND NEW.revoked_at IS NULL AND NEW.risk_level = 'LOW'",
    `NEW.valid_until > ${d.now} AND NEW.valid_until <= ${d.plus(d.now, 366, 'DAY')}`,
    `EXISTS (SELECT 1 FROM users u WHERE u.user_id = NEW.granted_by AND u.person_id = NEW.person_id AND u.is_active = 1 AND u.is_approver = 1 AND u.key_id = NEW.key_id${d.share})`,
    `EXISTS (SELECT 1 FROM predefined_actions p WHERE p.action_id = NEW.action_id AND p.risk_level = 'LOW' AND p.action_name = ${at('$.actionName')} AND p.action_version = ${at('$.actionVersion')})`,
    `${d.isoTime(at('$.validUntil'))} = NEW.valid_until AND ${at('$.maximumUses')} = NEW.maximum_uses AND ${at('$.grantedBy')} = NEW.granted_by`,
    `${d.jsonLength(d.jsonPart('NEW.grant_text', '$.targetIds'))} > 0`,
    `${at('$.issueCategory')} IS NOT NULL AND ${at('$.rootCauseCode')} IS NOT NULL AND ${at('$.minimumConfidence')} IS NOT NULL AND ${d.jsonPart('NEW.grant_text', '$.parameterBounds')} IS NOT NULL`,
  ].join(' AND ')
}

const GRANTS: readonly Condition[] = [
  ...conditions('standing_approvals', 'insert', [['GOV-060', grantGiven]]),
  ...conditions('standing_approvals', 'update', [
    [
      'GOV-062',
      () =>
        'NEW.uses_taken = OLD.uses_taken OR (NEW.uses_taken = OLD.uses_taken + 1 AND NEW.uses_taken = (SELECT COUNT(*) FROM admin_approvals a WHERE a.standing_approval_id = NEW.standing_approval_id))',
    ],
    ['GOV-063', onceByPerson('revoked_by')],
  ]),
]

const asked =
  (column: string, others: readonly string[]) =>
  (d: Dialect): string =>
    `OLD.${column} = 'REQUESTED' OR (${[column, ...others].map((each) => d.same(`NEW.${each}`, `OLD.${each}`)).join(' AND ')})`

const REQUESTS: readonly Condition[] = [
  ...conditions('evidence_requests', 'insert', [
    ['GOV-091', () => "NEW.request_status = 'REQUESTED' AND NEW.answer IS NULL AND NEW.lease_owner IS NULL"],
  ]),
  ...conditions('evidence_requests', 'update', [['GOV-091', asked('request_status', ['answer'])]]),
  ...conditions('recovery_requests', 'insert', [
    ['GOV-091', () => "NEW.request_status = 'REQUESTED' AND NEW.result IS NULL AND NEW.lease_owner IS NULL"],
  ]),
  ...conditions('recovery_requests', 'update', [
    ['GOV-091', asked('request_status', ['result', 'decision_id'])],
  ]),
]

/** One line an event, in order of id: what a batch digest covers. */
const eventLine = (sqlite: boolean): string => {
  const parts = [
    'e.event_id',
    'e.dedupe_key',
    'e.issue_fingerprint',
    'e.event_kind',
    'e.severity_indicator',
    'e.raw_context_digest',
  ]
  return sqlite ? parts.join(" || ':' || ") : `CONCAT_WS(':', ${parts.join(', ')})`
}

/** The digest of the events of a range. MySQL has a function for it: GROUP_CONCAT is cut by a session variable. */
export const eventsDigest = (d: Dialect, first: string, last: string): string =>
  d.name === 'sqlite'
    ? `dbm_sha256((SELECT group_concat(${eventLine(true)}, char(10) ORDER BY e.event_id) FROM detection_events e WHERE e.event_id BETWEEN ${first} AND ${last}))`
    : `dbm_events_digest(${first}, ${last})`

/** The line of one event in the MySQL family. */
export const MYSQL_EVENT_LINE = eventLine(false)

const inPrunedBatch =
  'EXISTS (SELECT 1 FROM event_prunings q JOIN event_batches b ON b.batch_id = q.batch_id WHERE OLD.event_id BETWEEN b.first_event_id AND b.last_event_id)'
const unreferenced = (event: string): string =>
  `NOT EXISTS (SELECT 1 FROM detected_issues i WHERE i.first_occurrence_event_id = ${event} OR i.last_detection_event_id = ${event})`

/** A sealed batch of events is kept at least this many days. */
export const EVENT_DAYS_LEAST = 30
/** Samples are kept at least this many days: a baseline reads the same hour of seven earlier days, half an hour each way. */
export const SAMPLE_DAYS_LEAST = 8
/** Fine windows whose sums a rolled one holds are kept at least this many days: a run reads a day before it. */
export const FINE_DAYS_LEAST = 1

/** Longest span of a rolled window that lets fine ones go, ms: ten minutes, and a first window of up to ten. */
export const ROLL_SPAN_MOST_MS = 1_200_000

const ROLLED = Object.entries(ROLLED_KINDS)
  .map(([fine, rolled]) => `WHEN '${fine}' THEN '${rolled}'`)
  .join(' ')

/**
 * A rolled window (core/rolled-series.ts) that spans the sample OLD, and whose calls are no fewer than those of all the
 * fine windows that are left within its span: what it does not hold the sums of does not go. All is within 20 minutes of
 * the sample, which the MySQL family needs to be told: it looks no range up by a column of another row.
 */
const coveringRoll = (d: Dialect): string => {
  const most = ROLL_SPAN_MOST_MS / 60_000
  const [earliest, latest] = [-most, most].map((minutes) => d.plus('OLD.window_start', minutes, 'MINUTE'))
  const near = (row: string): string =>
    `${row}.target_id = OLD.target_id AND ${row}.series_key = OLD.series_key AND ${row}.instance_uid = OLD.instance_uid AND ${row}.window_start >= ${earliest}`
  const within = `f.series_kind = OLD.series_kind AND f.window_start <= ${latest} AND f.window_start >= w.window_start AND f.window_end <= w.window_end`
  return `SELECT 1 FROM metric_samples w WHERE ${near('w')} AND w.series_kind = CASE OLD.series_kind ${ROLLED} END AND w.window_start <= OLD.window_start AND w.window_end >= OLD.window_end AND w.window_end <= ${latest} AND w.calls >= (SELECT SUM(f.calls) FROM metric_samples f WHERE ${near('f')} AND ${within})`
}

/**
 * The DO runs that are still to be judged and whose windows the sample may lie in: at most a day before the run; after
 * it an hour to settle and four looks of at most a day. `sample` is the row's name in the statement around.
 */
export const openRun = (d: Dialect, sample: string): string =>
  `SELECT 1 FROM detected_issues i JOIN recovery_decisions r ON r.issue_id = i.issue_id JOIN action_executions x ON x.decision_id = r.decision_id WHERE i.issue_status IN ('EXECUTING', 'VERIFYING') AND i.target_id = ${sample}.target_id AND x.purpose = 'DO' AND ${d.plus(`${sample}.window_end`, 1, 'DAY')} >= x.started_at AND ${sample}.window_start <= ${d.plus(`COALESCE(x.finished_at, ${d.now})`, 5, 'DAY')}`

const EVENTS: readonly Condition[] = [
  ...conditions('detection_events', 'delete', [
    ['GOV-083', () => `${inPrunedBatch} AND ${unreferenced('OLD.event_id')}`],
  ]),
  ...conditions('event_batches', 'insert', [
    [
      'GOV-081',
      () =>
        'NEW.first_event_id > (SELECT COALESCE(MAX(b.last_event_id), 0) FROM event_batches b) AND NOT EXISTS (SELECT 1 FROM detection_events e WHERE e.event_id > (SELECT COALESCE(MAX(b.last_event_id), 0) FROM event_batches b) AND e.event_id < NEW.first_event_id) AND EXISTS (SELECT 1 FROM detection_events e WHERE e.event_id = NEW.first_event_id) AND EXISTS (SELECT 1 FROM detection_events e WHERE e.event_id = NEW.last_event_id)',
    ],
    [
      'GOV-082',
      (d) =>
        `NEW.event_count = (SELECT COUNT(*) FROM detection_events e WHERE e.event_id BETWEEN NEW.first_event_id AND NEW.last_event_id${d.share}) AND NEW.events_digest = ${eventsDigest(d, 'NEW.first_event_id', 'NEW.last_event_id')}`,
    ],
  ]),
  ...conditions('event_prunings', 'insert', [
    [
      'GOV-083',
      (d) =>
        `EXISTS (SELECT 1 FROM event_batches b WHERE b.batch_id = NEW.batch_id AND ${d.plus('b.sealed_at', EVENT_DAYS_LEAST, 'DAY')} <= ${d.now})`,
    ],
    [
      // What goes is what was sealed: events that were changed or lost are not pruned, so they stay to be seen.
      'GOV-082',
      (d) =>
        `EXISTS (SELECT 1 FROM event_batches b WHERE b.batch_id = NEW.batch_id AND b.events_digest = ${eventsDigest(d, 'b.first_event_id', 'b.last_event_id')})`,
    ],
  ]),
  ...conditions('metric_samples', 'delete', [
    ['GOV-007', (d) => `${d.role} IN ('', 'retention')`],
    [
      'GOV-084',
      (d) =>
        `(${d.plus('OLD.window_end', SAMPLE_DAYS_LEAST, 'DAY')} <= ${d.now} OR (${d.plus('OLD.window_end', FINE_DAYS_LEAST, 'DAY')} <= ${d.now} AND EXISTS (${coveringRoll(d)}))) AND NOT EXISTS (${openRun(d, 'OLD')})`,
    ],
  ]),
]

const CHAIN: readonly Condition[] = [
  ...conditions('audit_log', 'insert', [
    [
      'GOV-080',
      (d) =>
        `EXISTS (SELECT 1 FROM audit_head h WHERE h.head_id = 1 AND NEW.seq = h.last_seq + 1 AND NEW.prev_hash = h.last_hash${d.share})`,
    ],
  ]),
  ...conditions('audit_head', 'insert', [['GOV-080', () => 'FALSE']]),
  ...conditions('audit_head', 'update', [
    [
      'GOV-080',
      () =>
        'NEW.last_seq = OLD.last_seq + 1 AND EXISTS (SELECT 1 FROM audit_log l WHERE l.seq = NEW.last_seq AND l.row_hash = NEW.last_hash AND l.prev_hash = OLD.last_hash)',
    ],
  ]),
  ...conditions('state_transitions', 'insert', [['GOV-010', () => 'FALSE']]),
]

/** Conditions around the pipeline. */
export const AROUND_CONDITIONS: readonly Condition[] = [
  ...LEASES,
  ...PEOPLE,
  ...GRANTS,
  ...REQUESTS,
  ...EVENTS,
  ...CHAIN,
]
