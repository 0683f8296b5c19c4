/**
 * The procedure by which a store of the MySQL family lets go of old records of recovery without our program: for a
 * database administrator's own schedule. It adds no right: it runs as who calls it, and what may go is the triggers' to say.
 */
import { FAILED_DAYS_LEAST, RECOVERY_DAYS_LEAST } from './conditions-recovery.ts'
import { refusalText } from './rules.ts'

/** Rows of each table that go in one call; each goes by itself, so that nobody waits for a lock longer than one row takes. */
const ROWS_MOST = 5_000
/** Longest age that can be asked for, days: what is beyond is a mistake. */
const DAYS_MOST = 36_500

interface Old {
  readonly table: string
  readonly id: string
  readonly number: string
  readonly where: string
  readonly count: string
}

const EXPLANATIONS: Old = {
  table: 'recovery_explanations',
  id: 'explanation_id',
  number: 'explanation_number',
  where: 'r.created_at <= SYSDATE(6) - INTERVAL p_days DAY',
  count: 'v_explanations',
}
const ATTEMPTS: Old = {
  table: 'recovery_attempts',
  id: 'attempt_id',
  number: 'attempt_number',
  where: `r.ended_at <= SYSDATE(6) - INTERVAL IF(r.success = 1, p_days, GREATEST(p_days, ${FAILED_DAYS_LEAST})) DAY`,
  count: 'v_attempts',
}

/** A plain read, which locks nothing; a DELETE with this as its subquery would lock whatever it looks at. */
const cursor = ({ table, id, number, where }: Old): string => `  DECLARE of_${table} CURSOR FOR
    SELECT r.${id} FROM ${table} r
    WHERE ${where}
      AND r.${number} < (SELECT MAX(n.${number}) FROM ${table} n WHERE n.task_id = r.task_id)
    ORDER BY r.${id} LIMIT ${ROWS_MOST};`

const removal = ({ table, id, count }: Old): string => `  SET v_done = FALSE;
  OPEN of_${table};
  in_${table}: LOOP
    FETCH of_${table} INTO v_id;
    IF v_done THEN
      LEAVE in_${table};
    END IF;
    DELETE FROM ${table} WHERE ${id} = v_id;
    SET ${count} = ${count} + ROW_COUNT();
  END LOOP;
  CLOSE of_${table};`

/** `CALL cleanup_old_recovery_data(days)`: gives one row with what went, and whether there may be more. */
export const CLEANUP_PROCEDURE = {
  kind: 'PROCEDURE',
  name: 'cleanup_old_recovery_data',
  create: `CREATE DEFINER = CURRENT_USER PROCEDURE cleanup_old_recovery_data(IN p_days INT)
  MODIFIES SQL DATA SQL SECURITY INVOKER
BEGIN
  -- As the caller: who may not delete here may not by this either, and the triggers ask who it is. Failures stay.
  DECLARE v_id BIGINT UNSIGNED;
  DECLARE v_explanations, v_attempts BIGINT DEFAULT 0;
  DECLARE v_done BOOLEAN DEFAULT FALSE;
${cursor(EXPLANATIONS)}
${cursor(ATTEMPTS)}
  DECLARE CONTINUE HANDLER FOR NOT FOUND SET v_done = TRUE;
  IF (p_days BETWEEN ${RECOVERY_DAYS_LEAST} AND ${DAYS_MOST}) IS NOT TRUE THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '${refusalText('GOV-127')}';
  END IF;
${removal(EXPLANATIONS)}
${removal(ATTEMPTS)}
  SELECT v_explanations AS explanations_removed, v_attempts AS attempts_removed,
    v_explanations >= ${ROWS_MOST} OR v_attempts >= ${ROWS_MOST} AS more_left;
END`,
} as const
