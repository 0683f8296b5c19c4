/** Rows of recovery for attacks on it: failures explained, tried, healed, switched off, as the roles would write them. */
import { type Cells, fromNow, literal } from '../support/literals.ts'
import { DAY, type Running, type Scene, sha, type Wish } from '../support/scene.ts'
import { without } from './without.ts'

export const TASKS = 'recovery_tasks'
export const EXPLANATIONS = 'recovery_explanations'
export const ATTEMPTS = 'recovery_attempts'
export const COUNTERS = 'workspace_recoveries'
export const SWITCHES = 'recovery_switches'
export const MASKED = 'Table shop.orders does not exist'

export const DENIED = { sqlite: 'GOV-007', family: 'grant' } as const

/** A failure with its task. */
export interface Task {
  readonly patternId: number
  readonly taskId: number
  readonly signature: string
}

export async function failure(s: Scene): Promise<Omit<Task, 'taskId'>> {
  const signature = sha(`failure ${s.next()}`)
  const patternId = await s.add(
    'failure_patterns',
    {
      workspace_id: 1,
      signature,
      engine: 'mariadb',
      error_code: '1146',
      failure_type: 'TABLE_NOT_FOUND',
      masked_message: MASKED,
      message_digest: sha(MASKED),
    },
    'pattern_id',
  )
  return { patternId, signature }
}

export const taskRow = (patternId: number, over: Cells = {}): Cells => ({
  pattern_id: patternId,
  last_failure_type: 'TABLE_NOT_FOUND',
  ...over,
})

export async function task(s: Scene): Promise<Task> {
  const of = await failure(s)
  return { ...of, taskId: await s.add(TASKS, taskRow(of.patternId), 'task_id') }
}

export const wordsRow = ({ taskId, signature }: Task, over: Cells = {}): Cells => ({
  task_id: taskId,
  explanation_number: 1,
  failure_summary: 'The table is not there.',
  root_cause: 'A migration has not run.',
  retry_decision: 'Trying again does not help.',
  severity_level: 'WARNING',
  recovery_strategy: 'SELF_HEALING',
  explainer: 'rules',
  knowledge_id: 'mysql/no-such-table',
  basis_digest: sha('one'),
  evidence: `[{"kind":"failure","signature":"${signature}"}]`,
  ...over,
})

export const tryRow = ({ taskId }: Task, over: Cells = {}): Cells => ({
  task_id: taskId,
  attempt_number: 1,
  recovery_strategy: 'IMMEDIATE',
  reasoning: 'the guard repeats it',
  evidence: '{}',
  ...over,
})

/** A failure that was explained, by default as one the client answers. */
export async function explained(s: Scene, over: Cells = { recovery_strategy: 'IMMEDIATE' }): Promise<Task> {
  const of = await task(s)
  await s.add(EXPLANATIONS, wordsRow(of, over))
  return of
}

export const end = ({ taskId }: Task, success: number, number = 1): string =>
  `UPDATE ${ATTEMPTS} SET success = ${success} WHERE task_id = ${taskId} AND attempt_number = ${number}`

/** A failure with one attempt that is not ended. */
export async function tried(s: Scene): Promise<Task> {
  const of = await explained(s)
  await s.add(ATTEMPTS, tryRow(of))
  return of
}

/** A failure with an attempt that has ended, and a newer one. */
export async function triedTwice(s: Scene, success: number): Promise<Task> {
  const of = await tried(s)
  await s.owner.run(end(of, success))
  await s.add(ATTEMPTS, tryRow(of, { attempt_number: 2 }))
  return of
}

export const HEALS = { recovery_strategy: 'SELF_HEALING' } as const

/** A failure that a decision of the ordinary loop is to heal, with the run of that decision. */
export async function healing(s: Scene, run: (s: Scene, wish: Wish) => Promise<Running>): Promise<Task> {
  const of = await explained(s, HEALS)
  const { decisionId } = await run(s, { failure: of.signature })
  await s.add(ATTEMPTS, tryRow(of, { ...HEALS, decision_id: decisionId }))
  return of
}

/** A failure that was healed twice, without success. */
export async function healedTwice(s: Scene): Promise<Task> {
  const of = await healing(s, (scene, wish) => scene.running(wish))
  await s.owner.run(end(of, 0))
  const { decisionId } = await s.running({ failure: of.signature })
  await s.add(ATTEMPTS, tryRow(of, { ...HEALS, decision_id: decisionId, attempt_number: 2 }))
  await s.owner.run(end(of, 0, 2))
  return of
}

export const switchRow = ({ taskId }: Task, over: Cells = {}): Cells => ({
  task_id: taskId,
  is_on: 0,
  reason: 'we know of it',
  set_by: 'dave',
  ...over,
})

/** A failure that a person switched off. */
export async function switchedOff(s: Scene, of: Task): Promise<Task> {
  await s.add(SWITCHES, switchRow(of))
  return of
}

/** The INSERT of a decision the program proposes on an issue of the failure. */
export async function decidedOn(s: Scene, { signature }: Task, wish: Wish = {}): Promise<string> {
  const analysed = await s.analysed({}, wish.target, signature)
  return s.sql('recovery_decisions', await s.decisionRow(analysed, wish))
}

/** The failure of an escalation that names an issue, and the statement that ends it as a success. */
export async function handedOver(s: Scene, issueId: number): Promise<string> {
  const of = await task(s)
  const evidence = `{"issueId":${issueId}}`
  await s.add(ATTEMPTS, tryRow(of, { recovery_strategy: 'ESCALATE', evidence }))
  return end(of, 1)
}

export const ago = (s: Scene, days: number): string => literal(fromNow(-days * DAY), s.store.dialect)

/** The failure itself, last seen so many days ago, as only the owner can make it. */
export async function forgotten(s: Scene, of: Task, days: number): Promise<Task> {
  await without(s, 'failure_patterns_before_update', [
    `UPDATE failure_patterns SET first_seen_at = ${ago(s, days)}, last_seen_at = ${ago(s, days)} WHERE pattern_id = ${of.patternId}`,
  ])
  return of
}

/** Attempts or explanations of a task, written so many days ago. */
export async function aged(s: Scene, of: Task, days: number): Promise<Task> {
  await without(s, `${ATTEMPTS}_before_update`, [
    `UPDATE ${ATTEMPTS} SET started_at = ${ago(s, days)} WHERE task_id = ${of.taskId}`,
    `UPDATE ${ATTEMPTS} SET ended_at = ${ago(s, days)} WHERE task_id = ${of.taskId} AND success IS NOT NULL`,
  ])
  await without(s, `${EXPLANATIONS}_before_update`, [
    `UPDATE ${EXPLANATIONS} SET created_at = ${ago(s, days)} WHERE task_id = ${of.taskId}`,
  ])
  return of
}

export const set = (table: string, { taskId }: Task, what: string): string =>
  `UPDATE ${table} SET ${what} WHERE task_id = ${taskId}`
export const drop = (table: string, { taskId }: Task, more = ''): string =>
  `DELETE FROM ${table} WHERE task_id = ${taskId}${more}`
