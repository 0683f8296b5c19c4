/**
 * Records, in the analyst's role, what became of healing failures: each run of a decision on an issue that a failure opened
 * is an attempt, a success only if it was verified; what comes back after two of them within 30 days is handed to a person.
 */
import type { CameBack, HealingDesk, HealingRun } from '../core/healing-desk.ts'
import type { Log } from '../core/log.ts'
import { unlessRefused } from './unless-refused.ts'

/** Runs and issues of one turn. */
const PAGE = 50
const REFUSED = 'the store refused a record of healing'

/** Records what is not recorded yet. True if anything was. @throws what the store throws, but for a refusal, which is logged */
export async function recordHealings(desk: HealingDesk, log: Log): Promise<boolean> {
  const begun = new Set<number>()
  let recorded = 0
  const tried = async (taskId: number, record: () => Promise<boolean>): Promise<void> => {
    if (begun.has(taskId)) return
    begun.add(taskId)
    if (await unlessRefused(record, log, { message: REFUSED, of: taskId })) recorded += 1
  }
  for (const { attemptId, resolved } of await desk.endedEscalations(PAGE))
    if (
      await unlessRefused(() => desk.endAttempt(attemptId, resolved), log, {
        message: REFUSED,
        of: attemptId,
      })
    )
      recorded += 1
  for (const run of await desk.healingRuns(PAGE)) {
    const { attemptId, succeeded, waits, taskId } = run
    if (attemptId === null) {
      if (!waits) await tried(taskId, () => desk.beginAttempt(healing(run)))
    } else if (succeeded !== null) await tried(taskId, () => desk.endAttempt(attemptId, succeeded))
  }
  for (const back of await desk.cameBack(PAGE))
    await tried(back.taskId, async () => {
      const isFirst = await desk.beginAttempt(escalation(back))
      if (isFirst)
        log({
          level: 'warn',
          stage: 'recovery',
          message: 'a failure came back after it was healed twice: a person has to go on',
          target: back.targetName,
          issue: back.issueId,
        })
      return isFirst
    })
  return recorded > 0
}

const healing = (run: HealingRun) => ({
  taskId: run.taskId,
  number: run.nextNumber,
  strategy: 'SELF_HEALING' as const,
  decisionId: run.decisionId,
  reasoning: `Decision ${run.decisionId} (${run.actionName}) of issue ${run.issueId} was approved, and run on ${run.targetName}.`,
  evidence: { issueId: run.issueId, decisionId: run.decisionId, executionId: run.executionId },
  success: run.succeeded,
})

function escalation({ taskId, nextNumber, issueId, targetName, healings }: CameBack) {
  const told = healings.map(
    ({ decisionId, success }) =>
      `decision ${decisionId} (${success === true ? 'verified' : 'without success'})`,
  )
  return {
    taskId,
    number: nextNumber,
    strategy: 'ESCALATE' as const,
    decisionId: null,
    reasoning: `It is back on ${targetName} (issue ${issueId}) after ${told.join(' and ')} within 30 days: nothing more is proposed until a person has found out why it comes back.`,
    evidence: { issueId, decisionIds: healings.map(({ decisionId }) => decisionId) },
    success: null,
  }
}
