/** Failures with explanations and attempts of any age, for tests of what grows, what is told of it and what may go. */
import { without } from '../attacks/without.ts'
import { fromNow, literal } from './literals.ts'
import { DAY, type Scene, sha } from './scene.ts'

/** One failure and its task. */
export interface Recorded {
  readonly patternId: number
  readonly taskId: number
}

/** Adds a failure that clients repeat, with its task. */
export async function recorded(scene: Scene): Promise<Recorded> {
  const signature = sha(`recorded ${scene.next()}`)
  const masked = 'Deadlock found'
  const kind = { engine: 'mariadb', error_code: '1213', failure_type: 'DEADLOCK', masked_message: masked }
  const patternId = await scene.add(
    'failure_patterns',
    { workspace_id: 1, signature, ...kind, message_digest: sha(masked) },
    'pattern_id',
  )
  const ofTask = { pattern_id: patternId, last_failure_type: kind.failure_type }
  const taskId = await scene.add('recovery_tasks', ofTask, 'task_id')
  await explained(scene, { patternId, taskId }, 1)
  return { patternId, taskId }
}

/** Adds the explanation of that number. */
export async function explained(
  scene: Scene,
  { patternId, taskId }: Recorded,
  number: number,
): Promise<void> {
  const signature = await scene.value(
    `SELECT signature FROM failure_patterns WHERE pattern_id = ${patternId}`,
  )
  await scene.add('recovery_explanations', {
    task_id: taskId,
    explanation_number: number,
    failure_summary: 'Two transactions waited for each other.',
    root_cause: 'They lock in another order.',
    retry_decision: 'The client repeats it.',
    severity_level: 'WARNING',
    recovery_strategy: 'IMMEDIATE',
    explainer: 'rules',
    basis_digest: sha(`basis ${number}`),
    evidence: `[{"kind":"failure","signature":"${signature}"}]`,
  })
}

/** Adds an attempt that ended so. */
export async function tried(
  scene: Scene,
  { taskId }: Recorded,
  attempt: { readonly number: number; readonly success: 0 | 1 | null },
): Promise<void> {
  const { number, success } = attempt
  await scene.add('recovery_attempts', {
    task_id: taskId,
    attempt_number: number,
    recovery_strategy: 'IMMEDIATE',
    reasoning: 'guards repeated it',
    evidence: '[]',
  })
  if (success !== null)
    await scene.owner.run(
      `UPDATE recovery_attempts SET success = ${success} WHERE task_id = ${taskId} AND attempt_number = ${number}`,
    )
}

/** Makes rows so many days old; only whoever owns the schema can. */
export async function aged(
  scene: Scene,
  of: { readonly table: string; readonly column: string; readonly where: string },
  days: number,
): Promise<void> {
  const at = literal(fromNow(-days * DAY), scene.store.dialect)
  await without(scene, `${of.table}_before_update`, [
    `UPDATE ${of.table} SET ${of.column} = ${at} WHERE ${of.where}`,
  ])
}
