/**
 * Conditions on suppressions: of what, for how long, by whom, what they hold; and that no issue opens under one. What
 * watches goes on: nothing here touches events.
 */
import {
  CRITICAL_SUPPRESSION_SECONDS_MOST,
  SILENT_SECONDS_MOST,
  SILENT_WITHIN_SECONDS,
  SUPPRESSION_SECONDS_MOST,
} from '../../core/suppressions.ts'
import { type Condition, conditions, type RowLock } from './condition.ts'
import { onceByPerson } from './conditions-around.ts'
import { activePerson, releasingPerson, SEVERITY_ORDER } from './conditions-decide.ts'
import type { Dialect } from './dialect.ts'

const DAY_SECONDS = 86_400
const DAYS_MOST = SUPPRESSION_SECONDS_MOST / DAY_SECONDS
const CRITICAL_DAYS_MOST = CRITICAL_SUPPRESSION_SECONDS_MOST / DAY_SECONDS

/** Does the row hold now? */
const holds = (d: Dialect, row: string): string => `${row}.ended_at IS NULL AND ${row}.expires_at > ${d.now}`

/** Whoever suppresses on a target waits for the other: two at once would make one that is longer than either says. */
export const SUPPRESSION_LOCKS: readonly RowLock[] = [
  {
    table: 'suppressions',
    event: 'insert',
    select: 'SELECT COUNT(*) INTO v_locked FROM targets WHERE target_id = NEW.target_id FOR UPDATE',
  },
]

/** Of an issue that an instrument reported: its own fingerprint, target and severity. A person's wish is not one. */
const ofItsIssue = (d: Dialect): string =>
  `EXISTS (SELECT 1 FROM detected_issues i JOIN detection_events e ON e.event_id = i.first_occurrence_event_id WHERE i.issue_id = NEW.issue_id AND i.issue_fingerprint = NEW.issue_fingerprint AND i.target_id = NEW.target_id AND i.severity = NEW.severity AND e.detection_source <> 'MANUAL'${d.share})`

const ends = (d: Dialect): string =>
  `NEW.expires_at > ${d.now} AND NEW.expires_at <= ${d.plus(d.now, DAYS_MOST, 'DAY')} AND (NEW.severity <> 'CRITICAL' OR NEW.expires_at <= ${d.plus(d.now, CRITICAL_DAYS_MOST, 'DAY')})`

const onlyOne = (d: Dialect): string =>
  `NOT EXISTS (SELECT 1 FROM suppressions s WHERE s.issue_fingerprint = NEW.issue_fingerprint AND s.target_id = NEW.target_id AND ${holds(d, 's')}${d.share})`

/** What is CRITICAL is silenced by who may let things go on. */
const byRight = (d: Dialect): string =>
  `NEW.severity <> 'CRITICAL' OR ${releasingPerson('NEW.suppressed_by')(d)}`

/**
 * Anybody else silences a condition for so much of a longer time, whoever of them said it each time, and whether it was
 * heard in between. Only one holds at a time (GOV-117), so their times add up.
 */
const notForEver = (d: Dialect): string => {
  const from = d.plus(d.now, -SILENT_WITHIN_SECONDS / DAY_SECONDS, 'DAY')
  const begun = `CASE WHEN s.suppressed_at < ${from} THEN ${from} ELSE s.suppressed_at END`
  const over = 'COALESCE(s.ended_at, s.expires_at)'
  const past = `(SELECT COALESCE(SUM(${d.seconds(begun, over)}), 0) FROM suppressions s WHERE s.issue_fingerprint = NEW.issue_fingerprint AND s.target_id = NEW.target_id AND ${over} > ${from} AND NOT ${releasingPerson('s.suppressed_by')(d)}${d.share})`
  return `${releasingPerson('NEW.suppressed_by')(d)} OR ${past} + ${d.seconds(d.now, 'NEW.expires_at')} <= ${SILENT_SECONDS_MOST}`
}

const unchanged = (d: Dialect, ...columns: readonly string[]): string =>
  columns.map((column) => d.same(`NEW.${column}`, `OLD.${column}`)).join(' AND ')

/** One more, while it holds, by a newer event over the limit of what is suppressed. */
const counted = (d: Dialect): string =>
  `(${unchanged(d, 'held_count', 'last_held_event_id')}) OR (NEW.held_count = OLD.held_count + 1 AND NEW.last_held_event_id > COALESCE(OLD.last_held_event_id, 0) AND ${holds(d, 'OLD')} AND EXISTS (SELECT 1 FROM detection_events e WHERE e.event_id = NEW.last_held_event_id AND e.issue_fingerprint = NEW.issue_fingerprint AND e.target_id = NEW.target_id AND e.event_kind = 'BREACH'${d.share}))`

const notSuppressed = (d: Dialect): string =>
  `NOT EXISTS (SELECT 1 FROM suppressions s WHERE s.issue_fingerprint = NEW.issue_fingerprint AND s.target_id = NEW.target_id AND ${holds(d, 's')} AND ${SEVERITY_ORDER('s')} >= ${SEVERITY_ORDER('NEW')}${d.share})`

/** Conditions of suppressions, and of issues that would open under one. */
export const SUPPRESSION_CONDITIONS: readonly Condition[] = [
  ...conditions('suppressions', 'insert', [
    ['GOV-065', activePerson('NEW.suppressed_by')],
    ['GOV-063', () => 'NEW.ended_by IS NULL AND NEW.ended_at IS NULL'],
    ['GOV-115', ofItsIssue],
    ['GOV-116', ends],
    ['GOV-117', onlyOne],
    ['GOV-134', byRight],
    ['GOV-135', notForEver],
    ['GOV-118', () => 'NEW.held_count = 0 AND NEW.last_held_event_id IS NULL'],
  ]),
  ...conditions('suppressions', 'update', [
    ['GOV-063', onceByPerson('ended_by')],
    ['GOV-116', (d) => `${unchanged(d, 'ended_by')} OR OLD.expires_at > ${d.now}`],
    ['GOV-118', counted],
  ]),
  ...conditions('detected_issues', 'insert', [['GOV-119', notSuppressed]]),
]
