/**
 * Conditions on the records of recovery, and what follows from them: attempts in sequence, counts that follow from
 * attempts, explanations that rest on something, and when rows may go.
 */
import { type Condition, conditions, type Effect, type Mark, type RowLock } from './condition.ts'
import { activePerson, releasingPerson } from './conditions-decide.ts'
import { forgotten } from './conditions-failures.ts'
import {
  healedTooOften,
  ofItsFailure,
  SWITCH_CONDITIONS,
  SWITCH_EFFECTS,
  switchedAsSaid,
} from './conditions-healing.ts'
import type { Dialect } from './dialect.ts'

/** Ended attempts and explanations that newer ones replaced stay this long, days. */
export const RECOVERY_DAYS_LEAST = 90
/** Attempts that failed stay this long, days. */
export const FAILED_DAYS_LEAST = 365

const justNow = (d: Dialect, column: string): string =>
  `NEW.${column} <= ${d.now} AND NEW.${column} > ${d.plus(d.now, -1, 'MINUTE')}`

const kept = (d: Dialect, ...columns: readonly string[]): string =>
  columns.map((column) => d.same(`NEW.${column}`, `OLD.${column}`)).join(' AND ')

const byAnalyst = (d: Dialect): string => `${d.role} IN ('', 'reason')`
const byRetention = (d: Dialect): string => `${d.role} IN ('', 'retention')`

/** Counts and the time of the newest attempt are the triggers'; the switch is a person's. */
const ownPart = (d: Dialect): string =>
  `${d.role} = '' OR (${d.role} = 'reason' AND ${kept(d, 'auto_recovery_enabled', 'set_by')}) OR (${d.role} = 'serve' AND ${kept(d, 'recovery_count', 'last_recovery_attempt_at')})`

/** One more, because there is a newest attempt of that number. */
const countsAttempt = (d: Dialect): string =>
  `(${kept(d, 'recovery_count', 'last_recovery_attempt_at')}) OR (NEW.recovery_count = OLD.recovery_count + 1 AND NEW.recovery_count = (SELECT MAX(a.attempt_number) FROM recovery_attempts a WHERE a.task_id = NEW.task_id) AND ${justNow(d, 'last_recovery_attempt_at')})`

const switchedByPerson = (d: Dialect): string =>
  `(${kept(d, 'auto_recovery_enabled', 'set_by')}) OR ${activePerson('NEW.set_by')(d)}`
/** Anybody may stop; letting it go on is for those who may release. */
const releasedByPerson = (d: Dialect): string =>
  `NEW.auto_recovery_enabled = 0 OR (${kept(d, 'auto_recovery_enabled', 'set_by')}) OR ${releasingPerson('NEW.set_by')(d)}`

const followsLast = (d: Dialect): string =>
  `EXISTS (SELECT 1 FROM recovery_tasks t WHERE t.task_id = NEW.task_id AND NEW.attempt_number = t.recovery_count + 1${d.share}) AND NOT EXISTS (SELECT 1 FROM recovery_attempts a WHERE a.task_id = NEW.task_id AND a.success IS NULL${d.share})`

const asExplained = (d: Dialect): string =>
  `NEW.recovery_strategy IN ('ESCALATE', 'PREVENTIVE') OR EXISTS (SELECT 1 FROM recovery_explanations e WHERE e.task_id = NEW.task_id AND e.recovery_strategy = NEW.recovery_strategy AND e.explanation_number = (SELECT MAX(n.explanation_number) FROM recovery_explanations n WHERE n.task_id = NEW.task_id)${d.share})`

const mayGoOn = (d: Dialect): string =>
  `NEW.recovery_strategy = 'ESCALATE' OR (EXISTS (SELECT 1 FROM recovery_tasks t WHERE t.task_id = NEW.task_id AND t.auto_recovery_enabled = 1${d.share}) AND (NEW.decision_id IS NULL OR NOT ${healedTooOften(d, 'NEW.task_id', '(SELECT h.target_id FROM recovery_decisions h WHERE h.decision_id = NEW.decision_id)')}))`

const healed = (d: Dialect): string =>
  `(NEW.success IS NOT NULL OR OLD.success IS NULL) AND (OLD.success IS NULL OR NEW.success = OLD.success) AND (COALESCE(NEW.success, 0) = 0 OR NEW.decision_id IS NULL OR EXISTS (SELECT 1 FROM action_executions x JOIN execution_verifications v ON v.execution_id = x.execution_id WHERE x.decision_id = NEW.decision_id AND x.purpose = 'DO' AND v.verdict = 'improved'${d.share}))`

/** A person got it mended: the issue that was handed over, named in the attempt, ended with a verified run. */
const resolvedByPerson = (d: Dialect): string =>
  `NEW.recovery_strategy <> 'ESCALATE' OR COALESCE(NEW.success, 0) = 0 OR EXISTS (SELECT 1 FROM detected_issues i WHERE i.issue_id = ${d.jsonText('NEW.evidence', '$.issueId')} AND i.issue_status = 'RESOLVED' AND i.closed_at >= NEW.started_at${d.share})`

const explainsAnew = (d: Dialect): string =>
  `NEW.explanation_number = 1 + COALESCE((SELECT MAX(e.explanation_number) FROM recovery_explanations e WHERE e.task_id = NEW.task_id${d.share}), 0) AND NOT EXISTS (SELECT 1 FROM recovery_explanations e WHERE e.task_id = NEW.task_id AND e.explanation_number = NEW.explanation_number - 1 AND e.basis_digest = NEW.basis_digest${d.share})`

const namesItsFailure = (d: Dialect): string =>
  `EXISTS (SELECT 1 FROM recovery_tasks t JOIN failure_patterns p ON p.pattern_id = t.pattern_id WHERE t.task_id = NEW.task_id AND p.signature = ${d.jsonText('NEW.evidence', '$[0].signature')})`

/** The failure of the row's task may go itself. */
const failureGoes = (d: Dialect): string =>
  `EXISTS (SELECT 1 FROM recovery_tasks t JOIN failure_patterns p ON p.pattern_id = t.pattern_id WHERE t.task_id = OLD.task_id AND ${forgotten(d, 'p')}${d.share})`

/** A newer one of the same task is there. */
const replaced = (table: string, number: string): string =>
  `OLD.${number} < (SELECT MAX(n.${number}) FROM ${table} n WHERE n.task_id = OLD.task_id)`

const past = (d: Dialect, column: string, days: number): string =>
  `${d.plus(`OLD.${column}`, days, 'DAY')} <= ${d.now}`

const taskLock = (table: string): RowLock => ({
  table,
  event: 'insert',
  select: 'SELECT COUNT(*) INTO v_locked FROM recovery_tasks WHERE task_id = NEW.task_id FOR UPDATE',
})

/** Whoever adds to a task waits for the other: numbers have no gap, and the trigger after it counts in the task's row. */
export const RECOVERY_LOCKS: readonly RowLock[] = [
  taskLock('recovery_explanations'),
  taskLock('recovery_attempts'),
  taskLock('recovery_switches'),
]

const TASKS: readonly Condition[] = [
  ...conditions('recovery_tasks', 'insert', [
    [
      'GOV-120',
      () =>
        'NEW.recovery_count = 0 AND NEW.last_recovery_attempt_at IS NULL AND NEW.auto_recovery_enabled = 1 AND NEW.set_by IS NULL AND EXISTS (SELECT 1 FROM failure_patterns p WHERE p.pattern_id = NEW.pattern_id AND p.failure_type = NEW.last_failure_type)',
    ],
  ]),
  ...conditions('recovery_tasks', 'update', [
    ['GOV-007', ownPart],
    ['GOV-121', countsAttempt],
    ['GOV-065', switchedByPerson],
    ['GOV-066', releasedByPerson],
    ['GOV-138', switchedAsSaid],
  ]),
  ...conditions('recovery_tasks', 'delete', [
    ['GOV-007', byRetention],
    ['GOV-127', failureGoes],
  ]),
]

const RECORDS: readonly Condition[] = [
  ...conditions('recovery_explanations', 'insert', [
    ['GOV-126', explainsAnew],
    ['GOV-128', namesItsFailure],
  ]),
  ...conditions('recovery_explanations', 'delete', [
    ['GOV-007', byRetention],
    [
      'GOV-127',
      (d) =>
        `(${replaced('recovery_explanations', 'explanation_number')} AND ${past(d, 'created_at', RECOVERY_DAYS_LEAST)}) OR ${failureGoes(d)}`,
    ],
  ]),
  ...conditions('recovery_attempts', 'insert', [
    ['GOV-125', () => 'NEW.success IS NULL AND NEW.ended_at IS NULL'],
    ['GOV-122', followsLast],
    ['GOV-123', asExplained],
    ['GOV-124', mayGoOn],
    ['GOV-137', (d) => `NEW.decision_id IS NULL OR ${ofItsFailure(d)}`],
  ]),
  ...conditions('recovery_attempts', 'update', [
    ['GOV-125', healed],
    ['GOV-125', resolvedByPerson],
  ]),
  ...conditions('recovery_attempts', 'delete', [
    ['GOV-007', byRetention],
    [
      'GOV-127',
      (d) =>
        `(${replaced('recovery_attempts', 'attempt_number')} AND ${past(d, 'ended_at', RECOVERY_DAYS_LEAST)} AND (OLD.success = 1 OR ${past(d, 'ended_at', FAILED_DAYS_LEAST)})) OR ${failureGoes(d)}`,
    ],
  ]),
]

/** The row of a workspace is made by its first task; nobody lowers it, and nothing grows by more than one. */
const COUNTERS: readonly Condition[] = [
  ...conditions('workspace_recoveries', 'insert', [
    ['GOV-007', byAnalyst],
    [
      'GOV-121',
      () =>
        'NEW.total_recovery_attempts = 0 AND NEW.successful_recoveries = 0 AND NEW.last_recovery_check_at IS NULL',
    ],
  ]),
  ...conditions('workspace_recoveries', 'update', [
    ['GOV-007', byAnalyst],
    [
      'GOV-121',
      (d) =>
        `NEW.total_recovery_attempts IN (OLD.total_recovery_attempts, OLD.total_recovery_attempts + 1) AND NEW.successful_recoveries IN (OLD.successful_recoveries, OLD.successful_recoveries + 1) AND NEW.successful_recoveries <= NEW.total_recovery_attempts AND (${kept(d, 'last_recovery_check_at')} OR (${justNow(d, 'last_recovery_check_at')}))`,
    ],
  ]),
]

/** Conditions of the tables of recovery. */
export const RECOVERY_CONDITIONS: readonly Condition[] = [
  ...TASKS,
  ...RECORDS,
  ...COUNTERS,
  ...SWITCH_CONDITIONS,
]

/** An attempt ends when it is said whether it succeeded. */
export const RECOVERY_MARKS: readonly Mark[] = [
  { table: 'recovery_attempts', column: 'ended_at', when: () => 'NEW.success IS NOT NULL' },
]

const workspaceOfTask =
  '(SELECT p.workspace_id FROM failure_patterns p JOIN recovery_tasks t ON t.pattern_id = p.pattern_id WHERE t.task_id = NEW.task_id)'

/** What follows from a task and its attempts. */
export const RECOVERY_EFFECTS: readonly Effect[] = [
  ...SWITCH_EFFECTS,
  {
    table: 'recovery_tasks',
    event: 'insert',
    because: 'the first task of a workspace makes its counters',
    // Of two sessions that make it at once the second finds it made.
    statement: (d) =>
      `INSERT INTO workspace_recoveries (workspace_id) SELECT p.workspace_id FROM failure_patterns p WHERE p.pattern_id = NEW.pattern_id AND NOT EXISTS (SELECT 1 FROM workspace_recoveries w WHERE w.workspace_id = p.workspace_id)${d.name === 'mysql' ? ' ON DUPLICATE KEY UPDATE total_recovery_attempts = total_recovery_attempts' : ''}`,
  },
  {
    table: 'recovery_attempts',
    event: 'insert',
    because: 'the attempt is counted in its task',
    statement: (d) =>
      `UPDATE recovery_tasks SET recovery_count = recovery_count + 1, last_recovery_attempt_at = ${d.now} WHERE task_id = NEW.task_id`,
  },
  {
    table: 'recovery_attempts',
    event: 'insert',
    because: 'and in its workspace',
    statement: () =>
      `UPDATE workspace_recoveries SET total_recovery_attempts = total_recovery_attempts + 1 WHERE workspace_id = ${workspaceOfTask}`,
  },
  {
    table: 'recovery_attempts',
    event: 'update',
    because: 'a success is counted once',
    statement: () =>
      `UPDATE workspace_recoveries SET successful_recoveries = successful_recoveries + 1 WHERE workspace_id = ${workspaceOfTask} AND NEW.success = 1 AND OLD.success IS NULL`,
  },
]
