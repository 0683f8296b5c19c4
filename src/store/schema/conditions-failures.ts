/** Conditions on what applications report: counts that only grow, places with a bound, and when rows may go. */
import { FAILURE_SITES_MOST } from '../../core/failure-patterns.ts'
import { type Condition, conditions, type RowLock } from './condition.ts'
import type { Dialect } from './dialect.ts'

/** Patterns stay this long after they were last seen, days. */
const PATTERN_DAYS_LEAST = 90
/** Patterns seen this often stay for good: what comes back is worth its history. */
const PATTERN_KEPT_FROM = 10
/** Records of batches stay this long, days; who sends again does so every five minutes. */
const BATCH_DAYS_LEAST = 2

/** By the store's clock, give or take the time between a statement and its trigger. */
const justNow = (d: Dialect): string =>
  `NEW.last_seen_at <= ${d.now} AND NEW.last_seen_at > ${d.plus(d.now, -1, 'MINUTE')}`

const grows = (d: Dialect): string => `NEW.occurrence_count > OLD.occurrence_count AND ${justNow(d)}`

/** Seen so rarely, and not for so long, that the pattern may go. */
export const forgotten = (d: Dialect, row: string): string =>
  `${row}.occurrence_count < ${PATTERN_KEPT_FROM} AND ${d.plus(`COALESCE(${row}.last_seen_at, ${row}.first_seen_at)`, PATTERN_DAYS_LEAST, 'DAY')} <= ${d.now}`

const byServe = (d: Dialect): string => `${d.role} IN ('', 'serve')`
const byRetention = (d: Dialect): string => `${d.role} IN ('', 'retention')`

/** Whoever adds a place waits for the other: the trigger after it counts in the pattern's row. */
export const FAILURE_LOCKS: readonly RowLock[] = [
  {
    table: 'failure_sites',
    event: 'insert',
    select:
      'SELECT COUNT(*) INTO v_locked FROM failure_patterns WHERE pattern_id = NEW.pattern_id FOR UPDATE',
  },
]

/** Conditions of the tables of failures. */
export const FAILURE_CONDITIONS: readonly Condition[] = [
  ...conditions('failure_patterns', 'insert', [
    ['GOV-111', () => 'NEW.occurrence_count = 0 AND NEW.last_seen_at IS NULL'],
  ]),
  ...conditions('failure_patterns', 'update', [
    // The triggers of the places run as the role that wrote the place.
    ['GOV-007', byServe],
    ['GOV-111', grows],
  ]),
  ...conditions('failure_patterns', 'delete', [
    ['GOV-007', byRetention],
    ['GOV-112', (d) => forgotten(d, 'OLD')],
  ]),
  ...conditions('failure_sites', 'insert', [
    ['GOV-111', (d) => `NEW.occurrence_count > 0 AND NEW.longest_ms >= 0 AND ${justNow(d)}`],
    [
      'GOV-114',
      () =>
        `(SELECT COUNT(*) FROM failure_sites s WHERE s.pattern_id = NEW.pattern_id) < ${FAILURE_SITES_MOST}`,
    ],
  ]),
  ...conditions('failure_sites', 'update', [
    ['GOV-111', (d) => `${grows(d)} AND NEW.longest_ms >= OLD.longest_ms`],
  ]),
  ...conditions('failure_sites', 'delete', [
    ['GOV-007', byRetention],
    [
      'GOV-112',
      (d) =>
        `EXISTS (SELECT 1 FROM failure_patterns p WHERE p.pattern_id = OLD.pattern_id AND ${forgotten(d, 'p')}${d.share})`,
    ],
  ]),
  ...conditions('failure_batches', 'delete', [
    ['GOV-007', byServe],
    ['GOV-113', (d) => `${d.plus('OLD.received_at', BATCH_DAYS_LEAST, 'DAY')} <= ${d.now}`],
  ]),
]
