/**
 * How a run ended, from what was sent and from what the target says afterwards. In doubt it says UNKNOWN: a
 * person looks, and nothing is sent again.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ActSession, Actuator, FormerSession } from '../../core/actuator.ts'
import type { StepRecord } from '../../core/nouns.ts'
import type { Runnable } from '../../core/store-ports.ts'
import type { ExecutionOutcome } from '../../core/vocabulary.ts'
import { endFormerRun, endOfTimeMs, KILL_MARGIN_MS } from './former-run.ts'
import { type Found, type PostconditionInput, postcondition } from './postcondition.ts'
import { maybeReceived, type RunResult } from './runner.ts'

/** What a run is judged with. */
export interface JudgeInput<Q> extends PostconditionInput<Q> {
  readonly runnable: Runnable
  readonly session: ActSession<Q>
  /** Opens another session where the run's own was lost. */
  readonly actuator: Actuator<Q>
  /** The run's own connection, so that another one can make sure of its end; null if it is not known. */
  readonly former: FormerSession | null
  readonly nowMs: () => number
  /** True once the lease is lost: whoever takes the run over says how it ended. Default: never. */
  readonly lost?: () => boolean
  /** Default: sleeps. */
  readonly wait?: (ms: number) => Promise<unknown>
}

/** An outcome and the sentence behind it; null where there is nothing to explain. */
export interface Judged {
  readonly outcome: ExecutionOutcome
  readonly because: string | null
}

/** Pauses between looks at a target that went away during a run, ms: a restart takes seconds. */
const PAUSES_MS = [500, 1_000, 2_000, 4_000, 8_000]
/** The pauses after those, while the statement may still be at work, ms. */
const LONG_PAUSE_MS = 8_000

/** SUCCESS means the postcondition was seen to hold, never merely that nothing was thrown. */
export async function judgeRun<Q>(run: RunResult, input: JudgeInput<Q>): Promise<Judged> {
  if (run.end === 'uncertain') return afterLostConnection(run, input)
  if (run.end !== 'done' && run.changed > 0 && input.action.isOneTransaction === true)
    return { outcome: 'FAILED', because: `${run.problem}; nothing of it was committed` }
  if (run.end === 'stopped') return afterStop(run, input)
  if (run.end !== 'done') return afterRefusal(run)
  const after = await postcondition(input, input.session)
  if (after.holds === true) return { outcome: 'SUCCESS', because: null }
  return after.holds === false
    ? { outcome: 'FAILED', because: `every step ran, but the postcondition does not hold: ${after.found}` }
    : { outcome: 'UNKNOWN', because: `the postcondition could not be checked: ${after.found}` }
}

/** It ended at a step that did nothing: what ran before it decides. */
function afterRefusal(run: RunResult): Judged {
  if (run.changed > 0) return { outcome: 'PARTIAL_SUCCESS', because: run.problem }
  return { outcome: run.end === 'skipped' ? 'REFUSED' : 'FAILED', because: run.problem }
}

/** The lease was lost or a stop switch was set. A statement that was cancelled may have ended before the cancel. */
async function afterStop<Q>(run: RunResult, input: JudgeInput<Q>): Promise<Judged> {
  if (!run.records.some((r) => r.kind === 'statement' && maybeReceived(r))) {
    return { outcome: 'REFUSED', because: `${run.problem}; no statement had been sent` }
  }
  return judgeByEffect(run.records, await postcondition(input, input.session), run.problem ?? '')
}

/**
 * The outcome by what is there, of a run that was interrupted and of which nothing is under way any more. A
 * statement whose effect is not there changed nothing: it never arrived, it was refused, or it was rolled back.
 */
export function judgeByEffect(records: readonly StepRecord[], after: Found, because: string): Judged {
  const told = `${because}; found afterwards: ${after.found}`
  if (after.holds === true) return { outcome: 'SUCCESS', because: told }
  if (after.holds === 'unknown') return { outcome: 'UNKNOWN', because: told }
  const changed = records.some((r) => r.kind === 'statement' && r.ok === true && maybeReceived(r))
  return { outcome: changed ? 'PARTIAL_SUCCESS' : 'FAILED', because: told }
}

async function afterLostConnection<Q>(run: RunResult, input: JudgeInput<Q>): Promise<Judged> {
  if (run.changed === 0 && run.records.at(-1)?.kind === 'guard') {
    return { outcome: 'FAILED', because: `${run.problem}; no statement had been sent` }
  }
  return judgeByEffect(partsOf(input.action, run.records), await lookUntilOver(run, input), run.problem ?? '')
}

/** Steps whose effects may be there without those of the others. */
export const partsOf = (
  { isOneTransaction }: { readonly isOneTransaction?: true },
  records: readonly StepRecord[],
): readonly StepRecord[] => (isOneTransaction === true ? [] : records)

/** What one look says; `isFinal`: another look can say no more. */
interface Look extends Found {
  readonly isFinal: boolean
}

/**
 * Looks until nothing of the run can be at work any more, or the time of its statement is over: before that the run
 * is not ended, so that nothing else begins beside it.
 */
async function lookUntilOver<Q>(run: RunResult, input: JudgeInput<Q>): Promise<Found> {
  const { wait = sleep, lost = () => false, nowMs } = input
  const { purpose } = input.runnable
  const untilMs = endOfTimeMs(input.binding, { purpose, steps: run.records }) + KILL_MARGIN_MS
  let look = await lookOnce(input)
  for (const [pause, isLong] of pauses(untilMs - nowMs())) {
    if (look.isFinal || lost() || (isLong && nowMs() > untilMs)) break
    await wait(pause)
    look = await lookOnce(input)
  }
  return look
}

/** The short pauses, then long ones until they come to `forMs` together. */
function pauses(forMs: number): readonly (readonly [ms: number, isLong: boolean])[] {
  const short = PAUSES_MS.map((ms) => [ms, false] as const)
  const left = forMs - PAUSES_MS.reduce((sum, ms) => sum + ms, 0)
  const long = Array.from({ length: Math.max(0, Math.ceil(left / LONG_PAUSE_MS)) }, () => LONG_PAUSE_MS)
  return [...short, ...long.map((ms) => [ms, true] as const)]
}

/** Ends what is left of the run's own connection, then asks. What is not there while it may still come is unknown. */
async function lookOnce<Q>(input: JudgeInput<Q>): Promise<Look> {
  const session = await input.actuator.open().catch(() => null)
  if (session === null)
    return { holds: 'unknown', found: 'the target could not be asked afterwards', isFinal: false }
  try {
    const left = await endFormerRun(session, { ...input, mayEnd: true })
    const after = await postcondition(input, session)
    const holds = after.holds === false && left !== 'over' ? 'unknown' : after.holds
    return { ...after, holds, isFinal: left === 'over' || left === 'unknown' }
  } finally {
    await session.close().catch(() => undefined)
  }
}
