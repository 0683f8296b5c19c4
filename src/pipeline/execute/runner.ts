/**
 * Sends the steps of one approved plan, once each, in order, on one connection. Every step is recorded in
 * the store before it is sent and after it returned; a lost lease stops the run at the next safe point.
 */
import type { ActSession } from '../../core/actuator.ts'
import type { Sha256 } from '../../core/canonical.ts'
import type { StepRecord } from '../../core/nouns.ts'
import type { Plan, Step } from '../../core/plan.ts'
import { fromMs } from '../../core/time.ts'

/** What a run needs besides the session. */
export interface RunHooks {
  /** Stores the records so far; false: the lease is lost, stop. */
  readonly record: (steps: readonly StepRecord[]) => Promise<boolean>
  readonly sha256: Sha256
  readonly nowMs: () => number
  /** True once the lease could not be renewed. */
  readonly lost: () => boolean
  /** The stop switch that was set during the run, in words; null while none is. */
  readonly halted: () => string | null
}

/** How far a run got. */
export interface RunResult {
  readonly records: readonly StepRecord[]
  /** `done`: all steps succeeded. `failed`: the server said no. `skipped`: a bound identity was gone.
   * `stopped`: the lease was lost or a stop switch was set, and no step is under way.
   * `uncertain`: the connection broke while a step may have run. */
  readonly end: 'done' | 'failed' | 'skipped' | 'stopped' | 'uncertain'
  readonly problem: string | null
  readonly affectedRows: number | null
  /** Statements (not guards) that succeeded. */
  readonly changed: number
}

/** Runs a plan. Never throws for what the target does. */
export async function runPlan<Q>(session: ActSession<Q>, plan: Plan, hooks: RunHooks): Promise<RunResult> {
  const records: StepRecord[] = []
  let affectedRows: number | null = null
  let changed = 0
  const ended = (end: RunResult['end'], problem: string | null): RunResult => ({
    records,
    end,
    problem,
    affectedRows,
    changed,
  })
  for (const step of [...plan.guards, ...plan.steps]) {
    const before = reasonToStop(hooks)
    if (before !== null) return ended('stopped', before)
    records.push(opened(step, records.length, hooks))
    const isRecorded = await hooks.record(records)
    const sent = isRecorded ? await sendOnce(session, step, hooks) : WITHHELD
    records[records.length - 1] = closed(records[records.length - 1] as StepRecord, sent, hooks)
    if (sent.lostConnection !== null) return ended('uncertain', sent.lostConnection)
    if (sent.ok && !sent.skipped && step.kind === 'statement') {
      changed += 1
      affectedRows = (affectedRows ?? 0) + (sent.affectedRows ?? 0)
    }
    if (isRecorded) await hooks.record(records)
    const problem = problemOf(sent)
    if (problem === null) continue
    const stop = isWithheld(sent) ? (reasonToStop(hooks) ?? LOST) : reasonToStop(hooks)
    if (stop !== null) return ended('stopped', `${stop}; ${problem}`)
    return ended(sent.skipped ? 'skipped' : 'failed', problem)
  }
  return ended('done', null)
}

const LOST = 'the lease on this execution was lost'

const reasonToStop = (hooks: RunHooks): string | null => (hooks.lost() ? LOST : hooks.halted())

const isWithheld = ({ messages }: Pick<Sent, 'messages'>): boolean =>
  messages.some((m) => m.code === 'WITHHELD')

/** What is wrong with a step that came back; null if nothing is. */
function problemOf(sent: Sent): string | null {
  if (isWithheld(sent)) return 'the next step was not sent'
  if (sent.skipped) return 'the connection or statement this plan is about is no longer the one approved'
  if (sent.ok) return null
  return sent.messages.find((m) => m.level === 'Error')?.text ?? 'the server refused the step'
}

/** Was this step, as recorded, possibly received by the target? */
export const maybeReceived = (record: StepRecord): boolean =>
  !isWithheld(record) && !record.messages.some((m) => m.code === 'SKIPPED')

interface Sent {
  readonly ok: boolean
  readonly skipped: boolean
  readonly affectedRows: number | null
  readonly messages: StepRecord['messages']
  readonly lostConnection: string | null
}

const WITHHELD: Sent = {
  ok: true,
  skipped: true,
  affectedRows: null,
  messages: [{ level: 'Warning', code: 'WITHHELD', text: 'not sent: it could not be recorded first' }],
  lostConnection: null,
}

async function sendOnce<Q>(session: ActSession<Q>, step: Step, hooks: RunHooks): Promise<Sent> {
  try {
    const mayGo = (): boolean => reasonToStop(hooks) === null
    return { ...(await session.send(step, mayGo)), lostConnection: null }
  } catch (error) {
    const text = error instanceof Error ? error.message : 'the connection was lost'
    return {
      ok: false,
      skipped: false,
      affectedRows: null,
      messages: [{ level: 'Error', code: 'LOST', text }],
      lostConnection: text,
    }
  }
}

const opened = (step: Step, index: number, hooks: RunHooks): StepRecord => ({
  index,
  kind: step.kind,
  statement: step.text,
  statementDigest: hooks.sha256(step.text),
  startedAt: fromMs(hooks.nowMs()),
  endedAt: null,
  ok: null,
  affectedRows: null,
  messages: [],
})

const closed = (record: StepRecord, sent: Sent, hooks: RunHooks): StepRecord => ({
  ...record,
  endedAt: sent.lostConnection === null ? fromMs(hooks.nowMs()) : null,
  ok: sent.lostConnection === null ? sent.ok && !sent.skipped : null,
  affectedRows: sent.affectedRows,
  messages: sent.messages,
})
