/** Attacks on the records of recovery: forged counts, attempts out of turn, healings nobody verified, words that rest on nothing. */
import { type Cells, fromNow, literal } from '../support/literals.ts'
import { DAY, type Running, type Scene, sha } from '../support/scene.ts'
import { type Attack, attack } from './attack.ts'
import { without } from './without.ts'

const TASKS = 'recovery_tasks'
const EXPLANATIONS = 'recovery_explanations'
const ATTEMPTS = 'recovery_attempts'
const COUNTERS = 'workspace_recoveries'
const MASKED = 'Table shop.orders does not exist'
/** What a role writes, and how. */
type Write = readonly [what: string, sql: (s: Scene) => Promise<string>]

const DENIED = { sqlite: 'GOV-007', family: 'grant' } as const
const OTHERS = ['observe', 'serve', 'act', 'learn', 'auditor', 'retention'] as const

/** A failure with its task. */
interface Task {
  readonly patternId: number
  readonly taskId: number
  readonly signature: string
}

async function failure(s: Scene): Promise<Omit<Task, 'taskId'>> {
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

const taskRow = (patternId: number, over: Cells = {}): Cells => ({
  pattern_id: patternId,
  last_failure_type: 'TABLE_NOT_FOUND',
  ...over,
})

async function task(s: Scene): Promise<Task> {
  const of = await failure(s)
  return { ...of, taskId: await s.add(TASKS, taskRow(of.patternId), 'task_id') }
}

const wordsRow = ({ taskId, signature }: Task, over: Cells = {}): Cells => ({
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

const tryRow = ({ taskId }: Task, over: Cells = {}): Cells => ({
  task_id: taskId,
  attempt_number: 1,
  recovery_strategy: 'IMMEDIATE',
  reasoning: 'the guard repeats it',
  evidence: '{}',
  ...over,
})

/** A failure that was explained, by default as one the client answers. */
async function explained(s: Scene, over: Cells = { recovery_strategy: 'IMMEDIATE' }): Promise<Task> {
  const of = await task(s)
  await s.add(EXPLANATIONS, wordsRow(of, over))
  return of
}

const end = ({ taskId }: Task, success: number, number = 1): string =>
  `UPDATE ${ATTEMPTS} SET success = ${success} WHERE task_id = ${taskId} AND attempt_number = ${number}`

/** A failure with one attempt that is not ended. */
async function tried(s: Scene): Promise<Task> {
  const of = await explained(s)
  await s.add(ATTEMPTS, tryRow(of))
  return of
}

/** A failure with an attempt that has ended, and a newer one. */
async function triedTwice(s: Scene, success: number): Promise<Task> {
  const of = await tried(s)
  await s.owner.run(end(of, success))
  await s.add(ATTEMPTS, tryRow(of, { attempt_number: 2 }))
  return of
}

const HEALS = { recovery_strategy: 'SELF_HEALING' } as const

/** A failure that a decision of the ordinary loop is to heal, with the run of that decision. */
async function healing(s: Scene, run: (s: Scene) => Promise<Running>): Promise<Task> {
  const of = await explained(s, HEALS)
  const { decisionId } = await run(s)
  await s.add(ATTEMPTS, tryRow(of, { ...HEALS, decision_id: decisionId }))
  return of
}

const ago = (s: Scene, days: number): string => literal(fromNow(-days * DAY), s.store.dialect)

/** The failure itself, last seen so many days ago, as only the owner can make it. */
async function forgotten(s: Scene, of: Task, days: number): Promise<Task> {
  await without(s, 'failure_patterns_before_update', [
    `UPDATE failure_patterns SET first_seen_at = ${ago(s, days)}, last_seen_at = ${ago(s, days)} WHERE pattern_id = ${of.patternId}`,
  ])
  return of
}

/** Attempts or explanations of a task, written so many days ago. */
async function aged(s: Scene, of: Task, days: number): Promise<Task> {
  await without(s, `${ATTEMPTS}_before_update`, [
    `UPDATE ${ATTEMPTS} SET started_at = ${ago(s, days)} WHERE task_id = ${of.taskId}`,
    `UPDATE ${ATTEMPTS} SET ended_at = ${ago(s, days)} WHERE task_id = ${of.taskId} AND success IS NOT NULL`,
  ])
  await without(s, `${EXPLANATIONS}_before_update`, [
    `UPDATE ${EXPLANATIONS} SET created_at = ${ago(s, days)} WHERE task_id = ${of.taskId}`,
  ])
  return of
}

const set = (table: string, { taskId }: Task, what: string): string =>
  `UPDATE ${table} SET ${what} WHERE task_id = ${taskId}`
const drop = (table: string, { taskId }: Task, more = ''): string =>
  `DELETE FROM ${table} WHERE task_id = ${taskId}${more}`

const TASK_ATTACKS: readonly Attack[] = [
  attack('a task of a failure', 'reason', 'allowed', async (s) =>
    s.sql(TASKS, taskRow((await failure(s)).patternId)),
  ),
  attack('a second task of one failure', 'reason', { sqlite: ['key', 'GOV-006'], family: 'key' }, async (s) =>
    s.sql(TASKS, taskRow((await task(s)).patternId)),
  ),
  attack('a task of another type than its failure', 'reason', 'GOV-120', async (s) =>
    s.sql(TASKS, taskRow((await failure(s)).patternId, { last_failure_type: 'DEADLOCK' })),
  ),
  attack('a task of a failure that is not there', 'reason', 'GOV-120', (s) => s.sql(TASKS, taskRow(999_999))),
  attack('a task that begins tried', 'owner', 'GOV-120', async (s) =>
    s.sql(TASKS, taskRow((await failure(s)).patternId, { recovery_count: 7 })),
  ),
  attack('the analyst raises a count', 'reason', { sqlite: 'GOV-121', family: 'grant' }, async (s) =>
    set(TASKS, await tried(s), `recovery_count = 2, last_recovery_attempt_at = ${s.now}`),
  ),
  attack('the owner raises a count', 'owner', 'GOV-121', async (s) =>
    set(TASKS, await tried(s), `recovery_count = 2, last_recovery_attempt_at = ${s.now}`),
  ),
  attack('the owner sets a count back', 'owner', 'GOV-121', async (s) =>
    set(TASKS, await tried(s), 'recovery_count = 0'),
  ),
  attack('the owner changes the type of a task', 'owner', 'GOV-016', async (s) =>
    set(TASKS, await task(s), "last_failure_type = 'DEADLOCK'"),
  ),
  attack('a person switches recovery off', 'serve', 'allowed', async (s) =>
    set(TASKS, await task(s), "auto_recovery_enabled = 0, set_by = 'dave'"),
  ),
  attack('somebody who may release nothing switches it on', 'serve', 'GOV-066', async (s) => {
    const of = await task(s)
    await s.owner.run(set(TASKS, of, "auto_recovery_enabled = 0, set_by = 'dave'"))
    return set(TASKS, of, 'auto_recovery_enabled = 1')
  }),
  attack('the program switches it off', 'serve', 'GOV-065', async (s) =>
    set(TASKS, await task(s), "auto_recovery_enabled = 0, set_by = 'dbmedic'"),
  ),
  attack('the analyst switches it', 'reason', { sqlite: 'GOV-007', family: 'grant' }, async (s) =>
    set(TASKS, await task(s), "auto_recovery_enabled = 0, set_by = 'bob'"),
  ),
  attack(
    'the analyst raises what a workspace succeeded in',
    'reason',
    { sqlite: 'weakness:W6', family: 'grant' },
    async (s) => {
      await tried(s)
      return `UPDATE ${COUNTERS} SET successful_recoveries = successful_recoveries + 1 WHERE successful_recoveries < total_recovery_attempts`
    },
  ),
  attack('the owner raises it by two', 'owner', 'GOV-121', async (s) => {
    await tried(s)
    return `UPDATE ${COUNTERS} SET total_recovery_attempts = total_recovery_attempts + 2`
  }),
  attack('the owner lowers what was tried', 'owner', 'GOV-121', async (s) => {
    await tried(s)
    return `UPDATE ${COUNTERS} SET total_recovery_attempts = 0`
  }),
  attack('a look in an hour', 'reason', 'GOV-121', async (s) => {
    await task(s)
    return `UPDATE ${COUNTERS} SET last_recovery_check_at = ${literal(fromNow(DAY / 24), s.store.dialect)}`
  }),
  attack('a look now', 'reason', 'allowed', async (s) => {
    await task(s)
    return `UPDATE ${COUNTERS} SET last_recovery_check_at = ${s.now}`
  }),
  attack('the owner removes the counters', 'owner', 'GOV-127', () => `DELETE FROM ${COUNTERS}`),
]

const ATTEMPT_ATTACKS: readonly Attack[] = [
  attack('an attempt, its end, and the next', 'reason', 'allowed', async (s) => {
    const of = await explained(s)
    return [s.sql(ATTEMPTS, tryRow(of)), end(of, 1), s.sql(ATTEMPTS, tryRow(of, { attempt_number: 2 }))]
  }),
  attack('an attempt that leaves a gap', 'reason', 'GOV-122', async (s) =>
    s.sql(ATTEMPTS, tryRow(await explained(s), { attempt_number: 2 })),
  ),
  attack('an attempt of a number that was', 'reason', 'GOV-122', async (s) => {
    const of = await tried(s)
    await s.owner.run(end(of, 0))
    return s.sql(ATTEMPTS, tryRow(of))
  }),
  attack('an attempt while one is open', 'reason', 'GOV-122', async (s) =>
    s.sql(ATTEMPTS, tryRow(await tried(s), { attempt_number: 2 })),
  ),
  attack('an attempt of a task that is not there', 'reason', 'GOV-122', (s) =>
    s.sql(ATTEMPTS, tryRow({ taskId: 999_999, patternId: 0, signature: '' })),
  ),
  attack('an attempt nobody explained', 'reason', 'GOV-123', async (s) =>
    s.sql(ATTEMPTS, tryRow(await task(s))),
  ),
  attack('an attempt of another strategy than was explained', 'reason', 'GOV-123', async (s) =>
    s.sql(ATTEMPTS, tryRow(await explained(s), { recovery_strategy: 'PREVENTIVE' })),
  ),
  attack('an attempt of the strategy of an earlier explanation', 'reason', 'GOV-123', async (s) => {
    const of = await explained(s)
    await s.add(EXPLANATIONS, wordsRow(of, { explanation_number: 2, basis_digest: sha('two') }))
    return s.sql(ATTEMPTS, tryRow(of))
  }),
  attack('a failure that is handed to a person, unexplained', 'reason', 'allowed', async (s) =>
    s.sql(ATTEMPTS, tryRow(await task(s), { recovery_strategy: 'ESCALATE' })),
  ),
  attack('an attempt while recovery is switched off', 'reason', 'GOV-124', async (s) => {
    const of = await explained(s)
    await s.owner.run(set(TASKS, of, "auto_recovery_enabled = 0, set_by = 'bob'"))
    return s.sql(ATTEMPTS, tryRow(of))
  }),
  attack('a third healing within 30 days', 'reason', 'GOV-124', async (s) => {
    const of = await healing(s, (scene) => scene.running())
    await s.owner.run(end(of, 0))
    const again = { ...HEALS, decision_id: (await s.proposed()).decisionId }
    await s.add(ATTEMPTS, tryRow(of, { ...again, attempt_number: 2 }))
    await s.owner.run(end(of, 0, 2))
    const third = { ...HEALS, decision_id: (await s.proposed()).decisionId }
    return s.sql(ATTEMPTS, tryRow(of, { ...third, attempt_number: 3 }))
  }),
  attack('a healing without a decision', 'reason', 'check', async (s) =>
    s.sql(ATTEMPTS, tryRow(await explained(s, HEALS), HEALS)),
  ),
  attack('a repetition that claims a decision', 'reason', 'check', async (s) =>
    s.sql(ATTEMPTS, tryRow(await explained(s), { decision_id: (await s.proposed()).decisionId })),
  ),
  attack(
    'one decision for two failures',
    'reason',
    { sqlite: ['key', 'GOV-006'], family: 'key' },
    async (s) => {
      const { decisionId } = await s.proposed()
      const one = { ...HEALS, decision_id: decisionId }
      await s.add(ATTEMPTS, tryRow(await explained(s, HEALS), one))
      return s.sql(ATTEMPTS, tryRow(await explained(s, HEALS), one))
    },
  ),
  attack('an attempt that begins as a success', 'owner', 'GOV-125', async (s) =>
    s.sql(ATTEMPTS, tryRow(await explained(s), { success: 1 })),
  ),
  attack('a success where the run is not verified', 'reason', 'GOV-125', async (s) =>
    end(await healing(s, (scene) => scene.running()), 1),
  ),
  attack('a success where nothing got better', 'reason', 'GOV-125', async (s) =>
    end(await healing(s, (scene) => scene.judged('no_effect')), 1),
  ),
  attack('a success that was verified', 'reason', 'allowed', async (s) =>
    end(await healing(s, (scene) => scene.judged('improved')), 1),
  ),
  attack('a failure turned into a success', 'reason', 'GOV-125', async (s) => {
    const of = await tried(s)
    await s.owner.run(end(of, 0))
    return end(of, 1)
  }),
  attack('an end taken back', 'owner', 'GOV-125', async (s) => {
    const of = await tried(s)
    await s.owner.run(end(of, 0))
    return set(ATTEMPTS, of, 'success = NULL')
  }),
  attack(
    'an attempt whose reasons are rewritten',
    'reason',
    { sqlite: 'GOV-016', family: 'grant' },
    async (s) => set(ATTEMPTS, await tried(s), "reasoning = 'better ones'"),
  ),
  attack('an attempt that ended when it says', 'owner', { sqlite: 'GOV-005' }, async (s) =>
    set(ATTEMPTS, await tried(s), `success = 0, ended_at = ${ago(s, 1)}`),
  ),
]

const WORD_ATTACKS: readonly Attack[] = [
  attack('an explanation, and another of another basis', 'reason', 'allowed', async (s) => {
    const of = await task(s)
    return [
      s.sql(EXPLANATIONS, wordsRow(of)),
      s.sql(EXPLANATIONS, wordsRow(of, { explanation_number: 2, basis_digest: sha('two') })),
    ]
  }),
  attack('the same explanation once more', 'reason', 'GOV-126', async (s) =>
    s.sql(EXPLANATIONS, wordsRow(await explained(s), { explanation_number: 2 })),
  ),
  attack('an explanation that leaves a gap', 'reason', 'GOV-126', async (s) =>
    s.sql(EXPLANATIONS, wordsRow(await task(s), { explanation_number: 3 })),
  ),
  attack('an explanation of another failure', 'reason', 'GOV-128', async (s) =>
    s.sql(EXPLANATIONS, {
      ...wordsRow(await task(s)),
      evidence: wordsRow(await task(s))['evidence'] ?? null,
    }),
  ),
  attack('an explanation that rests on nothing', 'reason', 'GOV-128', async (s) =>
    s.sql(EXPLANATIONS, wordsRow(await task(s), { evidence: '[]' })),
  ),
  attack('an explanation of a strategy that is none', 'reason', 'check', async (s) =>
    s.sql(EXPLANATIONS, wordsRow(await task(s), { recovery_strategy: 'IMMEDIATE_FIX' })),
  ),
  attack('the analyst rewrites an explanation', 'reason', { sqlite: 'GOV-010', family: 'grant' }, async (s) =>
    set(EXPLANATIONS, await explained(s), "root_cause = 'x'"),
  ),
  attack('the owner rewrites one', 'owner', 'GOV-010', async (s) =>
    set(EXPLANATIONS, await explained(s), "root_cause = 'x'"),
  ),
]

const WRITES: readonly [Write, ...Write[]] = [
  ['makes a task', async (s) => s.sql(TASKS, taskRow((await failure(s)).patternId))],
  ['records an attempt', async (s) => s.sql(ATTEMPTS, tryRow(await explained(s)))],
  ['explains a failure', async (s) => s.sql(EXPLANATIONS, wordsRow(await task(s)))],
]

const END_ATTACKS: readonly Attack[] = [
  attack('retention removes all of a failure that may go', 'retention', 'allowed', async (s) => {
    const of = await forgotten(s, await triedTwice(s, 0), 91)
    return [drop(ATTEMPTS, of), drop(EXPLANATIONS, of), drop(TASKS, of)]
  }),
  attack('retention removes a task whose failure stays', 'retention', 'GOV-127', async (s) =>
    drop(TASKS, await task(s)),
  ),
  attack('retention removes the newest explanation', 'retention', 'GOV-127', async (s) =>
    drop(EXPLANATIONS, await aged(s, await explained(s), 400)),
  ),
  attack(
    'retention removes an explanation that was replaced 91 days ago',
    'retention',
    'allowed',
    async (s) => {
      const of = await explained(s)
      await s.add(EXPLANATIONS, wordsRow(of, { explanation_number: 2, basis_digest: sha('two') }))
      return drop(EXPLANATIONS, await aged(s, of, 91), ' AND explanation_number = 1')
    },
  ),
  attack('retention removes a success of 91 days', 'retention', 'allowed', async (s) =>
    drop(ATTEMPTS, await aged(s, await triedTwice(s, 1), 91), ' AND attempt_number = 1'),
  ),
  attack('retention removes a success of 89 days', 'retention', 'GOV-127', async (s) =>
    drop(ATTEMPTS, await aged(s, await triedTwice(s, 1), 89), ' AND attempt_number = 1'),
  ),
  attack('retention removes what failed 91 days ago', 'retention', 'GOV-127', async (s) =>
    drop(ATTEMPTS, await aged(s, await triedTwice(s, 0), 91), ' AND attempt_number = 1'),
  ),
  attack('retention removes the newest attempt', 'retention', 'GOV-127', async (s) =>
    drop(ATTEMPTS, await aged(s, await triedTwice(s, 0), 400), ' AND attempt_number = 2'),
  ),
  attack('the owner removes an explanation', 'owner', 'GOV-127', async (s) =>
    drop(EXPLANATIONS, await explained(s)),
  ),
  attack('serve empties the attempts', 'serve', { family: 'grant' }, () => `TRUNCATE TABLE ${ATTEMPTS}`),
  // Each role at one of the tables; that none has a grant on any is asked of the server (accounts.test.ts).
  ...OTHERS.map((role, at) => {
    const [what, sql] = WRITES[at % WRITES.length] ?? WRITES[0]
    return attack(`${role} ${what}`, role, DENIED, sql)
  }),
  ...(['reason', 'serve', 'act'] as const).map((role) =>
    attack(`${role} removes an explanation`, role, DENIED, async (s) =>
      drop(EXPLANATIONS, await forgotten(s, await explained(s), 91)),
    ),
  ),
]

/** Attacks on recovery. */
export const RECOVERY_ATTACKS: readonly Attack[] = [
  ...TASK_ATTACKS,
  ...ATTEMPT_ATTACKS,
  ...WORD_ATTACKS,
  ...END_ATTACKS,
]
