/**
 * Conditions on watches: who proposes and accepts one, how often it looks, and that it says no more than an answer of its
 * own question shows. The observer answers that question as it answers every other: a watch adds no way to a target.
 */
import { RECURRING_FROM, WATCH_DAYS_MOST, WATCHES_OF_TARGET_MOST } from '../../core/failure-watches.ts'
import { type Condition, conditions, type RowLock } from './condition.ts'
import { activePerson } from './conditions-decide.ts'
import type { Dialect } from './dialect.ts'

/** Looks stay so long, days: as logs do; those that failed as long as what was tried because of them. */
export const LOOK_DAYS_LEAST = 30
/** The same of looks that failed. */
export const FAILED_LOOK_DAYS_LEAST = 90

/** Clocks and leases may make a look a little early; s. */
const EARLY_SECONDS = 30

/** It waits for somebody, or runs. */
const lives = (d: Dialect, row: string): string =>
  `${row}.ended_at IS NULL AND (${row}.expires_at IS NULL OR ${row}.expires_at > ${d.now})`

const proposed = (d: Dialect): string =>
  [
    'NEW.accepted_by IS NULL AND NEW.expires_at IS NULL AND NEW.ended_by IS NULL',
    `EXISTS (SELECT 1 FROM recovery_tasks k JOIN failure_patterns p ON p.pattern_id = k.pattern_id JOIN targets g ON g.workspace_id = p.workspace_id WHERE k.task_id = NEW.task_id AND g.target_id = NEW.target_id AND p.occurrence_count >= ${RECURRING_FROM}${d.share})`,
    `NOT EXISTS (SELECT 1 FROM failure_watches w WHERE w.task_id = NEW.task_id AND w.target_id = NEW.target_id AND w.watch_kind = NEW.watch_kind AND ${lives(d, 'w')})`,
    `(SELECT COUNT(*) FROM failure_watches w WHERE w.target_id = NEW.target_id AND ${lives(d, 'w')}) < ${WATCHES_OF_TARGET_MOST}`,
  ].join(' AND ')

const kept = (d: Dialect, ...columns: readonly string[]): string =>
  columns.map((column) => d.same(`NEW.${column}`, `OLD.${column}`)).join(' AND ')

const acceptedOnce = (d: Dialect): string =>
  `(${kept(d, 'accepted_by', 'expires_at')}) OR (OLD.accepted_by IS NULL AND OLD.ended_by IS NULL AND NEW.ended_by IS NULL AND ${activePerson('NEW.accepted_by')(d)} AND NEW.expires_at > ${d.now} AND NEW.expires_at <= ${d.plus(d.now, WATCH_DAYS_MOST, 'DAY')})`

const endedOnce = (d: Dialect): string =>
  `(${kept(d, 'ended_by')}) OR (OLD.ended_by IS NULL AND ${activePerson('NEW.ended_by')(d)})`

/** Seconds after a moment, in minutes where a dialect has no seconds. */
const dueAfter = (d: Dialect, moment: string): string =>
  `${d.seconds(moment, d.now)} >= w.interval_seconds - ${EARLY_SECONDS}`

const looks = (d: Dialect): string =>
  `EXISTS (SELECT 1 FROM failure_watches w WHERE w.watch_id = NEW.watch_id AND w.accepted_by IS NOT NULL AND w.ended_at IS NULL AND w.expires_at > ${d.now}${d.share}) AND NEW.result_number = 1 + COALESCE((SELECT MAX(r.result_number) FROM watch_results r WHERE r.watch_id = NEW.watch_id), 0) AND NOT EXISTS (SELECT 1 FROM watch_results r JOIN failure_watches w ON w.watch_id = r.watch_id WHERE r.watch_id = NEW.watch_id AND r.result_number = NEW.result_number - 1 AND NOT (${dueAfter(d, 'r.checked_at')}))`

/** What the answer says of the kinds that are a plain yes or no. */
const asAnswered = (d: Dialect): string =>
  `(w.watch_kind <> 'table-exists' OR (NEW.watch_result = 'HOLDS') = (${d.jsonPart('q.answer', '$.value.table')} IS NOT NULL))`

const restsOnAnswer = (d: Dialect): string =>
  `(NEW.watch_result = 'UNKNOWN' AND NEW.measured_value IS NULL) OR EXISTS (SELECT 1 FROM failure_watches w JOIN evidence_requests q ON q.request_id = NEW.request_id WHERE w.watch_id = NEW.watch_id AND q.target_id = w.target_id AND q.question = w.question AND q.request_status = 'ANSWERED' AND q.requested_at >= w.accepted_at AND ${d.jsonPart('q.answer', '$.value')} IS NOT NULL AND ${asAnswered(d)} AND NOT EXISTS (SELECT 1 FROM watch_results r WHERE r.watch_id = NEW.watch_id AND r.checked_at > q.requested_at)${d.share})`

/** The newest look of the watch an attempt names, of the same failure, is such. */
export const namesWatch = (d: Dialect, result: string): string =>
  `EXISTS (SELECT 1 FROM failure_watches w JOIN watch_results r ON r.watch_id = w.watch_id WHERE w.watch_id = ${d.jsonText('NEW.evidence', '$.watchId')} AND w.task_id = NEW.task_id AND r.watch_result = '${result}' AND r.result_number = (SELECT MAX(n.result_number) FROM watch_results n WHERE n.watch_id = w.watch_id)${d.share})`

const byRetention = (d: Dialect): string => `${d.role} IN ('', 'retention')`
const past = (d: Dialect, column: string, days: number): string =>
  `${d.plus(column, days, 'DAY')} <= ${d.now}`

/** Old enough, and a newer one showed the same: the numbers go on from the newest, and when it last held stays known. */
export const lookMayGo = (d: Dialect, row: string): string =>
  `${past(d, `${row}.checked_at`, LOOK_DAYS_LEAST)} AND (${row}.watch_result <> 'FAILS' OR ${past(d, `${row}.checked_at`, FAILED_LOOK_DAYS_LEAST)}) AND EXISTS (SELECT 1 FROM watch_results n WHERE n.watch_id = ${row}.watch_id AND n.watch_result = ${row}.watch_result AND n.result_number > ${row}.result_number)`

/** A question of a watch, asked by the analyst for no issue, that no look rests on any more. */
export const questionMayGo = (d: Dialect, row: string): string =>
  `${row}.requested_by = 'reason' AND ${row}.issue_id IS NULL AND ${row}.request_status <> 'REQUESTED' AND ${past(d, `${row}.requested_at`, LOOK_DAYS_LEAST)} AND EXISTS (SELECT 1 FROM failure_watches w WHERE w.target_id = ${row}.target_id AND w.question = ${row}.question) AND NOT EXISTS (SELECT 1 FROM watch_results u WHERE u.request_id = ${row}.request_id)`

/** Whoever proposes for a target, or looks for a watch, waits for the other. */
export const WATCH_LOCKS: readonly RowLock[] = [
  {
    table: 'failure_watches',
    event: 'insert',
    select: 'SELECT COUNT(*) INTO v_locked FROM targets WHERE target_id = NEW.target_id FOR UPDATE',
  },
  {
    table: 'watch_results',
    event: 'insert',
    select: 'SELECT COUNT(*) INTO v_locked FROM failure_watches WHERE watch_id = NEW.watch_id FOR UPDATE',
  },
]

/** Conditions of watches, and of attempts that rest on one. */
export const WATCH_CONDITIONS: readonly Condition[] = [
  ...conditions('failure_watches', 'insert', [['GOV-145', proposed]]),
  ...conditions('failure_watches', 'update', [
    ['GOV-140', acceptedOnce],
    ['GOV-140', endedOnce],
  ]),
  ...conditions('watch_results', 'insert', [
    ['GOV-141', looks],
    ['GOV-142', restsOnAnswer],
  ]),
  ...conditions('watch_results', 'delete', [
    ['GOV-007', byRetention],
    ['GOV-143', (d) => lookMayGo(d, 'OLD')],
  ]),
  ...conditions('evidence_requests', 'delete', [
    ['GOV-007', byRetention],
    ['GOV-017', (d) => questionMayGo(d, 'OLD')],
  ]),
  ...conditions('recovery_attempts', 'insert', [
    ['GOV-144', (d) => `NEW.recovery_strategy <> 'PREVENTIVE' OR ${namesWatch(d, 'FAILS')}`],
  ]),
  ...conditions('recovery_attempts', 'update', [
    [
      'GOV-144',
      (d) =>
        `NEW.recovery_strategy <> 'PREVENTIVE' OR COALESCE(NEW.success, 0) = 0 OR ${namesWatch(d, 'HOLDS')}`,
    ],
  ]),
]
