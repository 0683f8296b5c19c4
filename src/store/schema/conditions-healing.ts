/**
 * Conditions on healing failures: which decisions are of which failure, when nothing more is proposed for one, and who
 * switches that. An issue is of a failure by the signature that its first event names; events an issue refers to stay.
 */
import { type Condition, conditions, type Effect } from './condition.ts'
import { activePerson, releasingPerson } from './conditions-decide.ts'
import { forgotten } from './conditions-failures.ts'
import type { Dialect } from './dialect.ts'

/** Healings of one failure on one target within `HEALED_DAYS` after which only a person goes on (ADR 0013). */
export const HEALED_MOST = 2
/** What counts as coming back, days. */
export const HEALED_DAYS = 30

/** Rows of an issue `i` that a failure opened, with the task `k` of that failure. `on` joins it to what stands before it. */
export const TASK_OF_ISSUE = (d: Dialect, on = ''): string =>
  `detected_issues i${on} JOIN detection_events e ON e.event_id = i.first_occurrence_event_id JOIN targets g ON g.target_id = i.target_id JOIN failure_patterns p ON p.workspace_id = g.workspace_id AND p.signature = ${d.jsonText('e.raw_context', '$.key')} JOIN recovery_tasks k ON k.pattern_id = p.pattern_id`
/** The issue `i` is of a failure. */
export const IS_FAILURE = "i.affected_resource_type = 'failure'"

/** The failure of a task was healed on a target as often as it may be. Both are SQL. */
export const healedTooOften = (d: Dialect, task: string, target: string): string =>
  `(SELECT COUNT(*) FROM recovery_attempts a JOIN recovery_decisions o ON o.decision_id = a.decision_id WHERE a.task_id = ${task} AND o.target_id = ${target} AND a.started_at > ${d.plus(d.now, -HEALED_DAYS, 'DAY')}) >= ${HEALED_MOST}`

/** Nothing is proposed for the issue by itself: it is of a failure that a person switched off, or that came back twice. */
const isBarred = (d: Dialect, issue: string): string =>
  `EXISTS (SELECT 1 FROM ${TASK_OF_ISSUE(d)} WHERE i.issue_id = ${issue} AND ${IS_FAILURE} AND (k.auto_recovery_enabled = 0 OR ${healedTooOften(d, 'k.task_id', 'i.target_id')})${d.share})`

/** The tables that an analysis asked the catalog for, as rows `c`. Names are compared without case: most servers do. */
const askedFor = (d: Dialect): { readonly rows: string; readonly schema: string; readonly table: string } => {
  const part = (name: string): string => `lower(c.value ->> '$.recheck.params.${name}')`
  return d.name === 'sqlite'
    ? {
        rows: `json_each(n.evidence) c WHERE c.value ->> '$.recheck.kind' = 'table'`,
        schema: part('schema'),
        table: part('table'),
      }
    : {
        rows: `JSON_TABLE(n.evidence, '$[*]' COLUMNS (kind VARCHAR(64) PATH '$.recheck.kind', of_schema VARCHAR(64) PATH '$.recheck.params.schema', of_table VARCHAR(64) PATH '$.recheck.params.table')) c WHERE c.kind = 'table'`,
        schema: binary('c.of_schema'),
        table: binary('c.of_table'),
      }
}
const binary = (text: string): string => `CONVERT(LOWER(${text}) USING utf8mb4) COLLATE utf8mb4_bin`

/** The analysis `n` asked for the table that the failure `p` misses, or misses a column of; without its database, for one of that name. */
const asksForItsTable = (d: Dialect): string => {
  const { rows, schema, table } = askedFor(d)
  const [object, full] =
    d.name === 'sqlite'
      ? ['lower(p.object_name)', `${schema} || '.' || ${table}`]
      : [binary('p.object_name'), `CONCAT(${schema}, '.', ${table})`]
  const length = d.name === 'sqlite' ? 'length' : 'CHAR_LENGTH'
  const begins = (name: string): string =>
    d.name === 'sqlite'
      ? `substr(${object}, 1, length(${name}) + 1) = ${name} || '.'`
      : `SUBSTR(${object}, 1, ${length}(${name}) + 1) = CONCAT(${name}, '.')`
  return `EXISTS (SELECT 1 FROM ${rows} AND ((p.failure_type = 'TABLE_NOT_FOUND' AND ${object} IN (${full}, ${table})) OR (p.failure_type = 'COLUMN_NOT_FOUND' AND (${begins(full)} OR ${begins(table)}))))`
}

/**
 * Rows of a failure `p` with its task `k` that is switched off, was met on the target of the issue `i` (or nobody said where),
 * and is what that issue is about though the server's own instruments opened it: the same table is missing, by the issue's
 * analysis `n`; every call of the same statement fails; the statement that was stopped is the slow one; the same server has
 * no connection left.
 */
export const OFF_OF_THE_SAME = (d: Dialect, issue: string, analysis: string): string =>
  [
    'recovery_switches w JOIN recovery_tasks k ON k.task_id = w.task_id JOIN failure_patterns p ON p.pattern_id = k.pattern_id JOIN failure_sites s ON s.pattern_id = p.pattern_id JOIN targets g ON g.workspace_id = p.workspace_id JOIN detected_issues i ON i.target_id = g.target_id JOIN detection_events e ON e.event_id = i.first_occurrence_event_id JOIN ai_analysis n ON n.analysis_id = ',
    analysis,
    ` WHERE w.is_on = 0 AND k.auto_recovery_enabled = 0 AND i.issue_id = ${issue} AND NOT (${IS_FAILURE}) AND (s.target_id = i.target_id OR s.target_id IS NULL) AND (`,
    [
      `(p.failure_type IN ('TABLE_NOT_FOUND', 'COLUMN_NOT_FOUND') AND n.root_cause_code IN ('UNAPPLIED_MIGRATION', 'TYPO_OR_DROPPED') AND ${asksForItsTable(d)})`,
      `(s.statement_fingerprint = ${d.jsonText('e.raw_context', '$.facts.fingerprintId')} AND (i.issue_category = 'APPLICATION' OR (i.issue_category = 'QUERY_PERFORMANCE' AND p.failure_type = 'STATEMENT_TIMEOUT')))`,
      "(p.failure_type = 'TOO_MANY_CONNECTIONS' AND i.issue_category = 'CONNECTION_EXHAUSTION')",
    ].join(' OR '),
    ')',
  ].join('')

/** Nothing is proposed for the issue by itself though no failure opened it. */
const isOffElsewhere = (d: Dialect, issue: string, analysis: string): string =>
  `EXISTS (SELECT 1 FROM ${OFF_OF_THE_SAME(d, issue, analysis)}${d.share})`

/** The decision is of an issue that the failure opened, and was run. */
export const ofItsFailure = (d: Dialect): string =>
  `EXISTS (SELECT 1 FROM recovery_decisions h JOIN ${TASK_OF_ISSUE(d, ' ON i.issue_id = h.issue_id')} WHERE h.decision_id = NEW.decision_id AND ${IS_FAILURE} AND k.task_id = NEW.task_id${d.share}) AND EXISTS (SELECT 1 FROM action_executions x WHERE x.decision_id = NEW.decision_id AND x.purpose = 'DO'${d.share})`

/** The newest switch of a task says so. */
export const switchedAsSaid = (d: Dialect): string =>
  `(${d.same('NEW.auto_recovery_enabled', 'OLD.auto_recovery_enabled')} AND ${d.same('NEW.set_by', 'OLD.set_by')}) OR EXISTS (SELECT 1 FROM recovery_switches w WHERE w.task_id = NEW.task_id AND w.is_on = NEW.auto_recovery_enabled AND w.set_by = NEW.set_by AND w.switch_id = (SELECT MAX(n.switch_id) FROM recovery_switches n WHERE n.task_id = NEW.task_id))`

/** A column of the decision that is voted on. */
const decided = (column: string): string =>
  `(SELECT o.${column} FROM recovery_decisions o WHERE o.decision_id = NEW.decision_id)`

const failureGoes = (d: Dialect): string =>
  `EXISTS (SELECT 1 FROM recovery_tasks t JOIN failure_patterns p ON p.pattern_id = t.pattern_id WHERE t.task_id = OLD.task_id AND ${forgotten(d, 'p')}${d.share})`

/** Conditions of switches, and of decisions and votes on what is switched off. */
export const SWITCH_CONDITIONS: readonly Condition[] = [
  ...conditions('recovery_switches', 'insert', [
    ['GOV-065', activePerson('NEW.set_by')],
    // Anybody may stop; letting it go on is for those who may release.
    ['GOV-066', (d) => `NEW.is_on = 0 OR ${releasingPerson('NEW.set_by')(d)}`],
    [
      'GOV-138',
      (d) =>
        `EXISTS (SELECT 1 FROM recovery_tasks t WHERE t.task_id = NEW.task_id AND t.auto_recovery_enabled <> NEW.is_on${d.share})`,
    ],
  ]),
  ...conditions('recovery_switches', 'delete', [
    ['GOV-007', (d) => `${d.role} IN ('', 'retention')`],
    ['GOV-127', failureGoes],
  ]),
  // What a person asks for is theirs to answer for; the program proposes nothing, and no grant lets it through.
  ...conditions('recovery_decisions', 'insert', [
    [
      'GOV-136',
      (d) =>
        `NEW.recovery_request_id IS NOT NULL OR NOT (${isBarred(d, 'NEW.issue_id')} OR ${isOffElsewhere(d, 'NEW.issue_id', 'NEW.analysis_id')})`,
    ],
  ]),
  ...conditions('admin_approvals', 'insert', [
    [
      'GOV-136',
      (d) =>
        `NEW.standing_approval_id IS NULL OR NOT (${isBarred(d, decided('issue_id'))} OR ${isOffElsewhere(d, decided('issue_id'), decided('analysis_id'))})`,
    ],
  ]),
]

/** A switch is what its row says. */
export const SWITCH_EFFECTS: readonly Effect[] = [
  {
    table: 'recovery_switches',
    event: 'insert',
    because: 'recovery of the failure is switched',
    statement: () =>
      'UPDATE recovery_tasks SET auto_recovery_enabled = NEW.is_on, set_by = NEW.set_by WHERE task_id = NEW.task_id',
  },
]
