/** Attacks on the records of recovery: forged counts, attempts out of turn, healings nobody verified, words that rest on nothing. */
import { setTimeout } from 'node:timers/promises'
import { fromNow, literal } from '../support/literals.ts'
import { DAY, type Running, type Scene, sha } from '../support/scene.ts'
import { type Attack, attack } from './attack.ts'
import {
  ATTEMPTS,
  aged,
  ago,
  COUNTERS,
  DENIED,
  drop,
  EXPLANATIONS,
  end,
  explained,
  failure,
  forgotten,
  HEALS,
  handedOver,
  healedTwice,
  healing,
  SWITCHES,
  set,
  switchedOff,
  TASKS,
  task,
  taskRow,
  tried,
  triedTwice,
  tryRow,
  wordsRow,
} from './recovery-rows.ts'

/** What a role writes, and how. */
type Write = readonly [what: string, sql: (s: Scene) => Promise<string>]

const OTHERS = ['observe', 'serve', 'act', 'learn', 'auditor', 'retention'] as const

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
  attack('the analyst switches it', 'reason', { sqlite: 'GOV-007', family: 'grant' }, async (s) =>
    set(TASKS, await task(s), "auto_recovery_enabled = 0, set_by = 'bob'"),
  ),
  attack('a switch without its row', 'serve', { sqlite: 'GOV-138', family: 'grant' }, async (s) =>
    set(TASKS, await task(s), "auto_recovery_enabled = 0, set_by = 'bob'"),
  ),
  attack('the owner switches without a row', 'owner', 'GOV-138', async (s) =>
    set(TASKS, await task(s), "auto_recovery_enabled = 0, set_by = 'bob'"),
  ),
  attack('the owner says another switched it', 'owner', 'GOV-138', async (s) =>
    set(TASKS, await switchedOff(s, await task(s)), "set_by = 'bob'"),
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
    s.sql(ATTEMPTS, tryRow(await explained(s), { recovery_strategy: 'AI_POWERED' })),
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
    const of = await switchedOff(s, await explained(s))
    return s.sql(ATTEMPTS, tryRow(of))
  }),
  attack('a third healing within 30 days', 'reason', 'GOV-124', async (s) => {
    const of = await explained(s, HEALS)
    const runs: Running[] = []
    for (let count = 0; count < 3; count += 1) runs.push(await s.running({ failure: of.signature }))
    for (const [at, { decisionId }] of runs.slice(0, 2).entries()) {
      await s.add(ATTEMPTS, tryRow(of, { ...HEALS, decision_id: decisionId, attempt_number: at + 1 }))
      await s.owner.run(end(of, 0, at + 1))
    }
    const third = { ...HEALS, decision_id: runs[2]?.decisionId ?? null }
    return s.sql(ATTEMPTS, tryRow(of, { ...third, attempt_number: 3 }))
  }),
  attack('a third healing, of another target', 'reason', 'allowed', async (s) => {
    const of = await healedTwice(s)
    const { decisionId } = await s.running({ failure: of.signature, target: 2 })
    return s.sql(ATTEMPTS, tryRow(of, { ...HEALS, decision_id: decisionId, attempt_number: 3 }))
  }),
  attack('a healing by a decision of another failure', 'reason', 'GOV-137', async (s) => {
    const { decisionId } = await s.running({ failure: (await explained(s, HEALS)).signature })
    return s.sql(ATTEMPTS, tryRow(await explained(s, HEALS), { ...HEALS, decision_id: decisionId }))
  }),
  attack('a healing by a decision that no failure led to', 'reason', 'GOV-137', async (s) => {
    const { decisionId } = await s.running()
    return s.sql(ATTEMPTS, tryRow(await explained(s, HEALS), { ...HEALS, decision_id: decisionId }))
  }),
  attack('a healing by a decision that was not run', 'reason', 'GOV-137', async (s) => {
    const of = await explained(s, HEALS)
    const { decisionId } = await s.proposed({ failure: of.signature })
    return s.sql(ATTEMPTS, tryRow(of, { ...HEALS, decision_id: decisionId }))
  }),
  attack('a healing without a decision', 'reason', 'check', async (s) =>
    s.sql(ATTEMPTS, tryRow(await explained(s, HEALS), HEALS)),
  ),
  attack('a repetition that claims a decision', 'reason', 'check', async (s) => {
    const of = await explained(s)
    const { decisionId } = await s.running({ failure: of.signature })
    return s.sql(ATTEMPTS, tryRow(of, { decision_id: decisionId }))
  }),
  attack(
    'one decision for two healings',
    'reason',
    { sqlite: ['key', 'GOV-006'], family: 'key' },
    async (s) => {
      const of = await explained(s, HEALS)
      const { decisionId } = await s.running({ failure: of.signature })
      const one = { ...HEALS, decision_id: decisionId }
      await s.add(ATTEMPTS, tryRow(of, one))
      await s.owner.run(end(of, 0))
      return s.sql(ATTEMPTS, tryRow(of, { ...one, attempt_number: 2 }))
    },
  ),
  attack('an attempt that begins as a success', 'owner', 'GOV-125', async (s) =>
    s.sql(ATTEMPTS, tryRow(await explained(s), { success: 1 })),
  ),
  attack('a success where the run is not verified', 'reason', 'GOV-125', async (s) =>
    end(await healing(s, (scene, wish) => scene.running(wish)), 1),
  ),
  attack('a success where nothing got better', 'reason', 'GOV-125', async (s) =>
    end(await healing(s, (scene, wish) => scene.judged('no_effect', wish)), 1),
  ),
  attack('a success that was verified', 'reason', 'allowed', async (s) =>
    end(await healing(s, (scene, wish) => scene.judged('improved', wish)), 1),
  ),
  attack('an escalation that nothing came of is no success', 'reason', 'GOV-125', async (s) =>
    handedOver(s, await s.issue()),
  ),
  attack('an escalation that names no issue is no success', 'reason', 'GOV-125', async (s) => {
    const of = await task(s)
    await s.add(ATTEMPTS, tryRow(of, { recovery_strategy: 'ESCALATE' }))
    return end(of, 1)
  }),
  attack('an escalation whose issue was resolved before it', 'reason', 'GOV-125', async (s) => {
    const { issueId } = await s.judged('improved')
    await setTimeout(10)
    return handedOver(s, issueId)
  }),
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
    await switchedOff(s, of)
    return [drop(ATTEMPTS, of), drop(EXPLANATIONS, of), drop(SWITCHES, of), drop(TASKS, of)]
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
