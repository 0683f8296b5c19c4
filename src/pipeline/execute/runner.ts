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
  const changes: Sent[] = []
  const ended = (ending: Ending): RunResult => ({ records, ...ending, ...effectOf(changes) })
  for (const step of [...plan.guards, ...plan.steps]) {
    const before = reasonToStop(hooks)
    if (before !== null) return ended({ end: 'stopped', problem: before })
    const sent = await takeStep(session, step, { hooks, records })
    if (sent.ok && !sent.skipped && step.kind === 'statement') changes.push(sent)
    const ending = endingAt(sent, hooks)
    if (ending !== null) return ended(ending)
  }
  return ended({ end: 'done', problem: null })
}

type Ending = Pick<RunResult, 'end' | 'problem'>

/** Records the step, sends it unless it could not be recorded, and records its answer if one came. */
async function takeStep<Q>(
  session: ActSession<Q>,
  step: Step,
  { hooks, records }: { readonly hooks: RunHooks; readonly records: StepRecord[] },
): Promise<Sent> {
  const record = opened(step, records.length, hooks)
  records.push(record)
  const isRecorded = await hooks.record(records)
  const sent = isRecorded ? await sendOnce(session, step, hooks) : WITHHELD
  records[record.index] = closed(record, sent, hooks)
  if (isRecorded && sent.lostConnection === null) await hooks.record(records)
  return sent
}

/** How the run ends with this step; null if it goes on. */
function endingAt(sent: Sent, hooks: RunHooks): Ending | null {
  if (sent.lostConnection !== null) return { end: 'uncertain', problem: sent.lostConnection }
  const problem = problemOf(sent)
  if (problem === null) return null
  const stop = reasonToStop(hooks) ?? (isWithheld(sent) ? LOST : null)
  if (stop !== null) return { end: 'stopped', problem: `${stop}; ${problem}` }
  return { end: sent.skipped ? 'skipped' : 'failed', problem }
}

/** What the statements that succeeded changed; `affectedRows` is null where none did. */
const effectOf = (changes: readonly Sent[]): Pick<RunResult, 'changed' | 'affectedRows'> => ({
  changed: changes.length,
  affectedRows:
    changes.length === 0 ? null : changes.reduce((sum, { affectedRows }) => sum + (affectedRows ?? 0), 0),
})

const LOST = 'the lease on this execution was lost'

const reasonToStop = (hooks: RunHooks): string | null => (hooks.lost() ? LOST : hooks.halted())

const isWithheld = ({ messages }: Pick<Sent, 'messages'>): boolean =>
  messages.some((m) => m.code === 'WITHHELD')

/** What is wrong with a step that came back; null if nothing is. */
function problemOf(sent: Sent): string | null {
  if (isWithheld(sent)) return 'the next step was not sent'
  const error = sent.messages.find((m) => m.level === 'Error')?.text
  if (sent.skipped && error === undefined)
    return 'the connection, statement or object this step is about is no longer the one approved'
  if (sent.ok) return null
  return error ?? 'the server refused the step'
}

/** Was this step, as recorded, possibly received by the target? */
export const maybeReceived = (record: StepRecord): boolean =>
  !record.messages.some(({ code }) => typeof code === 'string' && NOT_SENT.has(code))

/** Codes of messages that say a step was not sent: no longer allowed, its condition gone, nobody to cancel it in time. */
const NOT_SENT: ReadonlySet<string> = new Set(['WITHHELD', 'SKIPPED', 'UNWATCHED'])

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
