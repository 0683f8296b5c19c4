/**
 * What must never happen, judged on each step from ground truth: no property asks a guard of the model. And
 * what may happen and is counted: the windows that remain.
 */
import { type Entity, isLegalTransition } from '../../src/core/lifecycle.ts'
import type { Step } from './explore.ts'
import type { Run, Runner, State } from './state.ts'

/** The properties, by name. */
export const PROPERTIES = {
  P1: 'nothing is sent without consent that stood when the store let the run start',
  P2: 'at most one DO and one consented UNDO statement is sent for an approval',
  P3: 'nothing is sent to another server, nor for an object that was altered before it was last checked',
  P4: 'at most one run is open on a target',
  P5: 'every change of status is in the lifecycle, and every state can come to an end',
  P6: 'the record is true: REFUSED sent nothing, COMPLETED did something, what was answered stays on record',
  P7: 'a run that was adopted is given leave to send nothing more',
  P8: 'no statement is sent while one of another run is at work on the target',
} as const

/** Name of a property. */
export type PropertyId = keyof typeof PROPERTIES

const isOpen = (run: Run): boolean => run.status === 'QUEUED' || run.status === 'IN_PROGRESS'

/** The run a step sends for, and the runner that sends; null if it sends nothing. */
function sentBy(from: State, to: State): { readonly run: number; readonly runner: Runner | null } | null {
  const run = to.runs.findIndex((each, at) => each.sent > (from.runs[at]?.sent ?? 0))
  if (run < 0) return null
  const sender = from.processes.find(({ runner }) => runner.at === 'recorded' && runner.run === run)
  return { run, runner: sender?.runner ?? null }
}

function brokenBySending(from: State, to: State): PropertyId | null {
  const sent = sentBy(from, to)
  if (sent === null) return null
  const run = to.runs[sent.run]!
  if (!run.consented) return 'P1'
  const same = to.runs.filter((each) => each.decision === run.decision && each.purpose === run.purpose)
  if (same.reduce((sum, each) => sum + each.sent, 0) > 1) return 'P2'
  if (sent.runner?.server === 'other' || sent.runner?.sawAltered === true) return 'P3'
  if (run.outcome === 'REFUSED') return 'P6'
  return from.runs.some((other, at) => at !== sent.run && other.statement === 'running') ? 'P8' : null
}

function isIllegal(entity: Entity, from: string | undefined, to: string): boolean {
  return from !== undefined && from !== 'NONE' && from !== to && !isLegalTransition(entity, from, to)
}

function brokenLifecycle(from: State, to: State): boolean {
  return (
    to.issues.some((issue, at) => isIllegal('issue', from.issues[at], issue)) ||
    to.decisions.some((each, at) => isIllegal('decision', from.decisions[at]?.status, each.status)) ||
    to.runs.some((run, at) => isIllegal('execution', from.runs[at]?.status, run.status))
  )
}

function brokenRecord(from: State, to: State): boolean {
  return to.runs.some((run, at) => {
    const before = from.runs[at]
    const dropped = before !== undefined && ((before.opened && !run.opened) || (before.closed && !run.closed))
    const lies = (run.outcome === 'REFUSED' && run.sent > 0) || (run.status === 'COMPLETED' && run.sent === 0)
    const rewritten = before !== undefined && !isOpen(before) && before.outcome !== run.outcome
    return dropped || lies || rewritten
  })
}

/** The property the step breaks, or null. */
export function brokenBy(from: State, { to }: Step<State>): string | null {
  const broken =
    brokenBySending(from, to) ??
    (to.runs.filter(isOpen).length > 1 ? 'P4' : null) ??
    (brokenLifecycle(from, to) ? 'P5' : null) ??
    (brokenRecord(from, to) ? 'P6' : null) ??
    (to.runs.some((run, at) => from.runs[at]?.settling === true && run.opened && !from.runs[at].opened)
      ? 'P7'
      : null)
  return broken === null ? null : `${broken} ${PROPERTIES[broken]}`
}

/** Ways in which the world may still be other than the check found it. */
export const WINDOWS = {
  W1: 'the object is altered between the last check on the connection and the statement',
  W2: 'a statement is sent though the lease on its run is over, and nobody has settled the run yet',
  W3: 'a statement is sent for a run that was settled already',
  W4: 'a statement is sent while a halt is on that was set after its run had started',
} as const

/** Name of a window. */
export type WindowId = keyof typeof WINDOWS

/** The windows a step goes through. */
export function windowsOf(from: State, { to }: Step<State>): readonly WindowId[] {
  const sent = sentBy(from, to)
  if (sent === null) return []
  const run = from.runs[sent.run]!
  const isOver = !isOpen(run)
  const found: Readonly<Record<WindowId, boolean>> = {
    W1: sent.runner?.alteredSince === true,
    W2: !isOver && (!run.leased || run.settling),
    W3: isOver,
    W4: from.halted,
  }
  return (Object.keys(found) as WindowId[]).filter((name) => found[name])
}

/** Nothing is left to do but what a person may choose: no run open, no task at work, no decision waiting. */
export function isSettled(state: State): boolean {
  const resting = state.processes.every(
    ({ runner, settler }) => runner.at === 'idle' && settler.at === 'idle',
  )
  const decided = state.decisions.every(
    (each) => each.used || (each.status !== 'PENDING_APPROVAL' && each.status !== 'APPROVED'),
  )
  const issues = state.issues.every((each) => each !== 'EXECUTING' && each !== 'VERIFYING')
  return resting && decided && issues && !state.runs.some(isOpen)
}
