/** What the triggers lean on: session guard, chain append, event digest, the role of a session, and views. */
import { TRANSITIONS } from '../../core/lifecycle.ts'
import { ACCOUNT_ROLES } from './access.ts'
import { CLEANUP_PROCEDURE } from './cleanup-procedure.ts'
import { MYSQL_EVENT_LINE } from './conditions-around.ts'
import { DIALECTS, type DialectName, sqliteDialect } from './dialect.ts'
import { refusalText } from './rules.ts'

const signal = (rule: Parameters<typeof refusalText>[0]): string =>
  `SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '${refusalText(rule)}';`

const OPEN = 'CREATE DEFINER = CURRENT_USER'

/** Routines of the MySQL family. Nobody but the definer may run those that run as the definer, unless grants.ts says so. */
export const MYSQL_ROUTINES: readonly {
  readonly kind: 'PROCEDURE' | 'FUNCTION'
  readonly name: string
  readonly create: string
}[] = [
  {
    kind: 'PROCEDURE',
    name: 'guard_session',
    create: `${OPEN} PROCEDURE guard_session()
  SQL SECURITY DEFINER
BEGIN
  -- A routine always sees the sql_mode it was created under, so strictness cannot be tested here: the CHECKs
  -- refuse what a session without strict mode would store instead of an error.
  IF @@session.foreign_key_checks <> 1 OR @@session.unique_checks <> 1 THEN
    ${signal('GOV-001')}
  END IF;
  -- MariaDB only; MySQL has no switch for CHECK and reads the next lines as a comment.
  /*M!100200 IF @@session.check_constraint_checks <> 1 THEN
    ${signal('GOV-002')}
  END IF; */
  IF @@session.time_zone <> '+00:00' THEN
    ${signal('GOV-004')}
  END IF;
END`,
  },
  {
    kind: 'FUNCTION',
    name: 'dbm_session_role',
    create: `${OPEN} FUNCTION dbm_session_role() RETURNS VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin
  NOT DETERMINISTIC NO SQL SQL SECURITY DEFINER
BEGIN
  -- Accounts are named <prefix>_<role>; USER() is the session's own login even inside a definer's routine.
  DECLARE v_role VARCHAR(200) CHARACTER SET utf8mb4;
  SET v_role = SUBSTRING_INDEX(SUBSTRING_INDEX(USER(), '@', 1), '_', -1);
  IF LOCATE('_', SUBSTRING_INDEX(USER(), '@', 1)) > 0 AND v_role IN (${ACCOUNT_ROLES.map((role) => `'${role}'`).join(', ')}) THEN
    RETURN v_role;
  END IF;
  RETURN '';
END`,
  },
  {
    kind: 'FUNCTION',
    name: 'dbm_events_digest',
    create: `${OPEN} FUNCTION dbm_events_digest(p_first BIGINT UNSIGNED, p_last BIGINT UNSIGNED)
  RETURNS CHAR(64) CHARACTER SET ascii COLLATE ascii_bin
  NOT DETERMINISTIC READS SQL DATA SQL SECURITY DEFINER
BEGIN
  -- A loop, because GROUP_CONCAT is cut at a length the session chooses. At most 1000 events a batch.
  DECLARE v_done INT DEFAULT 0;
  DECLARE v_count INT DEFAULT 0;
  DECLARE v_line TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE v_text LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL;
  DECLARE v_lines CURSOR FOR
    SELECT ${MYSQL_EVENT_LINE}
    FROM detection_events e WHERE e.event_id BETWEEN p_first AND p_last ORDER BY e.event_id LIMIT 1001;
  DECLARE CONTINUE HANDLER FOR NOT FOUND SET v_done = 1;
  OPEN v_lines;
  collect: LOOP
    FETCH v_lines INTO v_line;
    IF v_done = 1 OR v_count > 1000 THEN
      LEAVE collect;
    END IF;
    SET v_count = v_count + 1;
    SET v_text = IF(v_text IS NULL, v_line, CONCAT(v_text, '\\n', v_line));
  END LOOP;
  CLOSE v_lines;
  RETURN CONVERT(SHA2(v_text, 256) USING ascii);
END`,
  },
  {
    kind: 'PROCEDURE',
    name: 'audit_append',
    create: `${OPEN} PROCEDURE audit_append(IN p_entry LONGTEXT CHARACTER SET utf8mb4)
  SQL SECURITY DEFINER
BEGIN
  -- The head row is locked until commit, so links never fork. SYSDATE, because SET timestamp forges NOW().
  DECLARE v_seq BIGINT UNSIGNED;
  DECLARE v_prev CHAR(64) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_text LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  SELECT last_seq + 1, last_hash INTO v_seq, v_prev FROM audit_head WHERE head_id = 1 FOR UPDATE;
  SET v_text = CONCAT('{"seq":', v_seq, ',"at":"', DATE_FORMAT(SYSDATE(6), '%Y-%m-%dT%H:%i:%s.%fZ'),
    '","actor":', JSON_QUOTE(CONVERT(USER() USING utf8mb4)), ',"entry":', p_entry, '}');
  INSERT INTO audit_log (seq, canonical, prev_hash, row_hash)
    VALUES (v_seq, v_text, v_prev, SHA2(CONCAT(v_prev, ':', v_text), 256));
  UPDATE audit_head SET last_seq = v_seq, last_hash = SHA2(CONCAT(v_prev, ':', v_text), 256) WHERE head_id = 1;
END`,
  },
  CLEANUP_PROCEDURE,
]

/** The insertable view SQLite's triggers append to the chain through. */
export const SQLITE_AUDIT_VIEW: readonly string[] = [
  'CREATE VIEW IF NOT EXISTS audit_append AS SELECT NULL AS entry WHERE FALSE',
  `CREATE TRIGGER IF NOT EXISTS audit_append_instead_of_insert INSTEAD OF INSERT ON audit_append
BEGIN
  INSERT INTO audit_log (seq, canonical, prev_hash, row_hash)
    SELECT n.seq, n.canonical, n.prev_hash, dbm_sha256(n.prev_hash || ':' || n.canonical)
    FROM (SELECT h.last_seq + 1 AS seq, h.last_hash AS prev_hash,
        '{"seq":' || (h.last_seq + 1) || ',"at":"' || ${sqliteDialect.now} || '","actor":' ||
          json_quote(dbm_role()) || ',"entry":' || NEW.entry || '}' AS canonical
      FROM audit_head h WHERE h.head_id = 1) n;
END`,
]

/** The specification's column of executions, as a view: the newest verdict of each run. */
const POST_EXECUTION_METRICS = `VIEW post_execution_metrics AS
SELECT v.execution_id, v.verification_id, v.verdict, v.metric_name, v.metric_unit, v.metric_before, v.metric_after,
  v.improvement_percent, v.interval_low_percent, v.interval_high_percent, v.details, v.assessed_by, v.verified_at
FROM execution_verifications v
WHERE v.verification_id = (SELECT MAX(w.verification_id) FROM execution_verifications w WHERE w.execution_id = v.execution_id)`

/** How recovery fares, a row a workspace: what is on record, what is explained, what was tried and what came of it. */
const RECOVERY_HEALTH = `VIEW recovery_system_health_summary AS
SELECT w.workspace_id, w.workspace_name,
  (SELECT COUNT(*) FROM failure_patterns p WHERE p.workspace_id = w.workspace_id) AS failure_kinds,
  (SELECT COUNT(*) FROM recovery_tasks t JOIN failure_patterns p ON p.pattern_id = t.pattern_id
    WHERE p.workspace_id = w.workspace_id
      AND EXISTS (SELECT 1 FROM recovery_explanations e WHERE e.task_id = t.task_id)) AS explained_kinds,
  (SELECT COUNT(*) FROM recovery_tasks t JOIN failure_patterns p ON p.pattern_id = t.pattern_id
    WHERE p.workspace_id = w.workspace_id AND t.auto_recovery_enabled = 0) AS switched_off_kinds,
  (SELECT COUNT(*) FROM recovery_attempts a JOIN recovery_tasks t ON t.task_id = a.task_id
    JOIN failure_patterns p ON p.pattern_id = t.pattern_id
    WHERE p.workspace_id = w.workspace_id AND a.success IS NULL) AS open_attempts,
  COALESCE(r.total_recovery_attempts, 0) AS total_recovery_attempts,
  COALESCE(r.successful_recoveries, 0) AS successful_recoveries,
  r.last_recovery_check_at
FROM workspaces w LEFT JOIN workspace_recoveries r ON r.workspace_id = w.workspace_id`

/** Views anybody who reads the pipeline may read, in the order in which they are made. */
export const VIEWS: readonly { readonly name: string; readonly about: string; readonly view: string }[] = [
  { name: 'post_execution_metrics', about: 'the newest verdict of each run', view: POST_EXECUTION_METRICS },
  {
    name: 'recovery_system_health_summary',
    about: 'how recovery fares in each workspace',
    view: RECOVERY_HEALTH,
  },
]

const ZERO_HASH = '0'.repeat(64)

/** Rows the store needs before its triggers exist. Each statement changes nothing when run again. */
export function seeds(dialect: DialectName): string[] {
  const dual = dialect === 'mysql' ? ' FROM DUAL' : ''
  const { now } = DIALECTS[dialect]
  const rowUnless = (table: string, columns: string, values: string, key: string): string =>
    `INSERT INTO ${table} (${columns})\n  SELECT ${values}${dual} WHERE NOT EXISTS (SELECT 1 FROM ${table} x WHERE ${key})`
  const transitions = TRANSITIONS.map(
    (t) =>
      `SELECT '${t.entity}' AS entity, '${t.from}' AS from_state, '${t.to}' AS to_state, '${t.by}' AS moved_by`,
  )
  return [
    `INSERT INTO state_transitions (entity, from_state, to_state, moved_by)\n  SELECT n.entity, n.from_state, n.to_state, n.moved_by FROM (\n    ${transitions.join('\n    UNION ALL ')}) n\n  WHERE NOT EXISTS (SELECT 1 FROM state_transitions t WHERE t.entity = n.entity AND t.from_state = n.from_state AND t.to_state = n.to_state)`,
    rowUnless('audit_head', 'head_id, last_seq, last_hash', `1, 0, '${ZERO_HASH}'`, 'x.head_id = 1'),
    rowUnless(
      'workspaces',
      'workspace_id, workspace_name, created_at',
      `1, 'default', ${now}`,
      'x.workspace_id = 1',
    ),
    rowUnless(
      'persons',
      'person_id, display_name, created_at',
      `1, 'dbmedic (the program)', ${now}`,
      'x.person_id = 1',
    ),
    rowUnless(
      'users',
      'user_id, person_id, is_active, is_approver, is_admin, created_at',
      `'dbmedic', 1, 0, 0, 0, ${now}`,
      "x.user_id = 'dbmedic'",
    ),
    ...retentionSeeds(dialect),
  ]
}

/** The two things that are pruned; nobody adds a third. */
export function retentionSeeds(dialect: DialectName): string[] {
  const dual = dialect === 'mysql' ? ' FROM DUAL' : ''
  return ['samples', 'events'].map(
    (task) =>
      `INSERT INTO retention_tasks (task_name, removed_rows)\n  SELECT '${task}', 0${dual} WHERE NOT EXISTS (SELECT 1 FROM retention_tasks x WHERE x.task_name = '${task}')`,
  )
}

/** Version 0 of the calibrators: raw confidence is taken as it is. */
export function calibratorSeed(dialect: DialectName): string[] {
  const dual = dialect === 'mysql' ? ' FROM DUAL' : ''
  const insert = `INSERT INTO calibrators (calibrator_version, method, coefficients, records, fitted_at)\n  SELECT 0, 'identity', '{}', 0, ${DIALECTS[dialect].now}${dual} WHERE NOT EXISTS (SELECT 1 FROM calibrators x WHERE x.calibrator_version = 0)`
  if (dialect === 'sqlite') return [insert]
  return ["SET SESSION sql_mode = CONCAT(@@sql_mode, ',NO_AUTO_VALUE_ON_ZERO')", insert]
}
