/**
 * What the two executor processes do: each runs one decision at a time (src/pipeline/execute/executor.ts,
 * runner.ts), keeps its lease, and settles what others left behind (reconcile.ts). Between two places of a
 * runner lies one step, so that whatever can come between a check and an act does.
 */
import type { Step } from './explore.ts'
import { type Bounded, holds } from './guards.ts'
import { endConnection, settlerSteps } from './settler-steps.ts'
import { after, IDLE, RESTING, type Run, type Runner, type State } from './state.ts'
import {
  adoptRun,
  carrying,
  finishRun,
  insertRun,
  isYes,
  recordClosed,
  recordOpened,
  startRun,
  undoConsented,
} from './store.ts'
import { spend } from './world-steps.ts'

type Steps = Step<State>[]
type Index = 0 | 1

/** One process that may take a step. */
interface Actor {
  readonly state: State
  readonly model: Bounded
  readonly p: Index
  readonly runner: Runner
  readonly steps: Steps
  readonly name: string
}

const goTo = (state: State, p: Index, change: Partial<Runner>): State =>
  after(state, (next) => void Object.assign(next.processes[p].runner, change))

/** The task is over; its connection is closed. */
const rest = (state: State, p: Index): State =>
  after(state, (next) => {
    next.processes[p].runner = { ...IDLE }
  })

const push = ({ steps, name }: Actor, what: string, to: State | null): void => {
  if (to !== null) steps.push({ label: `${name} ${what}`, to, kind: 'progress' })
}

const mishap = ({ steps, name }: Actor, what: string, to: State | null): void => {
  if (to !== null) steps.push({ label: `${name} ${what}`, to, kind: 'choice' })
}

/** A message, an answer or a connection is lost. */
const lose = (state: State, lost: (state: State) => State): State | null => {
  const spent = spend(state, 'losses', () => {})
  return spent === null ? null : lost(spent)
}

/** What `runnable` lists (src/store/ports/runnable.ts). */
function listed(state: State, model: Bounded, decision: number, purpose: Run['purpose']): boolean {
  const own = state.runs.filter((run) => run.decision === decision)
  const row = state.decisions[decision]!
  if (carrying(row) === undefined) return false
  const inTime = !row.over && row.votes.every((vote) => !isYes(vote) || !vote.over)
  const due =
    purpose === 'DO'
      ? !row.used && inTime && !state.grantRevoked
      : undoConsented(row) && row.verdict === 'regressed' && own.some((run) => run.status === 'COMPLETED')
  const unrun = own.every((run) => run.purpose !== purpose)
  return holds(model, 'list', row.status === 'APPROVED' && unrun && due && !state.halted)
}

/** What the executor itself judges of the votes (src/app/verify-consent.ts). */
function votesCarry(state: State, model: Bounded, { decision, purpose }: Runner): boolean {
  const { votes } = state.decisions[decision]!
  const yes = votes.filter(isYes)
  if (yes.length < votes.length || yes.some((vote) => vote.otherPlan)) return false
  const standing = yes.every((vote) => !vote.over && !state.inactive[vote.person]) && !state.grantRevoked
  // Consent to an undo outlasts its voters and its grant.
  const valid = purpose === 'UNDO' ? yes.every((vote) => vote.undo) : standing
  return valid && (model.risk !== 'HIGH' || new Set(yes.map((vote) => vote.person)).size >= 2)
}

/** Lists what may run and looks for reasons to wait; what it read is old by the time it queues. */
function chooses(actor: Actor): void {
  const { state, model, p } = actor
  const busy = state.runs.some((run) => run.status === 'QUEUED' || run.status === 'IN_PROGRESS')
  if (!holds(model, 'gate', !state.halted && !busy)) return
  state.decisions.forEach((_row, decision) => {
    for (const purpose of model.undo ? (['DO', 'UNDO'] as const) : (['DO'] as const)) {
      if (!listed(state, model, decision, purpose)) continue
      const to = goTo(state, p, { at: 'clear', decision, purpose })
      push(actor, `lists the ${purpose} of decision ${decision} and finds no reason to wait`, to)
    }
  })
}

function queues(actor: Actor): void {
  const { state, model, p, runner } = actor
  const { decision, purpose } = runner
  const what = `queues the ${purpose} of decision ${decision}`
  const committed = insertRun(state, model, { decision, purpose })
  if (committed === null) {
    push(actor, `${what}: refused`, rest(state, p))
    return
  }
  push(actor, what, goTo(committed, p, { at: 'queued', run: state.runs.length }))
  mishap(
    actor,
    `${what}: done, but the answer is lost`,
    lose(committed, (s) => rest(s, p)),
  )
}

/**
 * Connects, asks who answers, and judges the votes as verify-consent.ts reads them at this moment; not the
 * halts, which only the store looks at again.
 */
function connects(actor: Actor): void {
  const { state, model, p, runner } = actor
  const server = state.replaced ? 'other' : 'approved'
  const same = holds(model, 'check-identity', server === 'approved')
  const go = holds(model, 'check-votes', votesCarry(state, model, runner)) && same
  const at = go ? 'consented' : 'refusing'
  const what = go ? 'votes and server as approved' : 'votes or server not as approved'
  push(actor, `connects and finds ${what}`, goTo(state, p, { at, server, broken: false }))
  mishap(
    actor,
    'cannot reach the target',
    lose(state, (s) => goTo(s, p, { at: 'refusing' })),
  )
}

/**
 * The DO plan is rendered again on this connection and compared with the approved one. The undo plan is taken as it
 * was approved, if what it takes back is as the DO left it.
 */
function rechecks(actor: Actor): void {
  const { state, model, p, runner } = actor
  const sawAltered = state.decisions[runner.decision]!.altered
  const guard = runner.purpose === 'DO' ? 'check-objects' : 'check-effect'
  const go = holds(model, guard, !sawAltered) && !runner.broken
  const to = go
    ? goTo(state, p, { at: 'checked', sawAltered, alteredSince: false })
    : goTo(state, p, { at: 'refusing' })
  push(actor, go ? 'finds plan and object as approved' : 'finds plan or object changed', to)
}

/** Runs of which nobody knows how they ended may have a statement at work: their connections are ended first. */
function clearsWay(actor: Actor): void {
  const { state, model, p, runner } = actor
  const unknown = state.runs.flatMap((run, at) => (run.outcome === 'UNKNOWN' ? [at] : []))
  if (unknown.length === 0 || model.off.has('end-former-first')) {
    starts(actor)
    return
  }
  const refusing = goTo(state, p, { at: 'refusing' })
  if (runner.broken) {
    push(actor, 'cannot end the connections of earlier runs', refusing)
    return
  }
  const ended = unknown.reduce(endConnection, state)
  push(actor, 'ends the connections of runs that ended UNKNOWN', goTo(ended, p, { at: 'alone' }))
  mishap(
    actor,
    'cannot end the connections of earlier runs',
    lose(state, (s) => goTo(s, p, { at: 'refusing' })),
  )
}

function starts(actor: Actor): void {
  const { state, model, p, runner } = actor
  const started = startRun(state, model, runner.run, `process ${p}`)
  if (model.off.has('start-first'))
    push(actor, 'does not wait for the start', goTo(state, p, { at: 'recorded' }))
  if (started === 'not mine') {
    push(actor, 'cannot start: another has the run', rest(state, p))
    return
  }
  if (started === null) {
    push(actor, 'starts the run: refused', goTo(state, p, { at: 'refusing' }))
    return
  }
  push(actor, 'starts the run', goTo(started, p, { at: 'started' }))
  mishap(
    actor,
    'starts the run: done, but the answer is lost',
    lose(started, (s) => rest(s, p)),
  )
  const anew = lose(state, (s) => goTo(s, p, { at: 'queued' }))
  mishap(actor, 'starts the run: the store does not answer, so all is proved anew', anew)
}

/** Nothing was sent and nothing will be. */
const STOPPED = { at: 'judged', outcome: 'REFUSED' } as const

function records(actor: Actor): void {
  const { state, model, p, runner } = actor
  if (runner.lost) {
    push(actor, 'stops: its lease is lost', goTo(state, p, STOPPED))
    return
  }
  if (model.off.has('record-first')) push(actor, 'records nothing', goTo(state, p, { at: 'recorded' }))
  const committed = recordOpened(state, model, runner.run, `process ${p}`)
  if (committed === null) {
    push(actor, 'records the statement: refused', goTo(state, p, { ...STOPPED, lost: true }))
    return
  }
  push(actor, 'records the statement it is about to send', goTo(committed, p, { at: 'recorded' }))
  const unheard = lose(committed, (s) => goTo(s, p, { ...STOPPED, lost: true }))
  mishap(actor, 'records the statement, but the answer comes too late to send it', unheard)
}

/** The target receives the statement. */
function deliver(next: State, at: number): void {
  const run = next.runs[at]!
  run.statement = 'running'
  run.sent += 1
}

function sends(actor: Actor): void {
  const { state, p, runner } = actor
  if (runner.lost) {
    push(actor, 'withholds it: its lease is lost', goTo(state, p, STOPPED))
    return
  }
  if (runner.broken) {
    push(actor, 'sends on a broken connection', goTo(state, p, { at: 'uncertain' }))
    return
  }
  const to = after(state, (next) => {
    deliver(next, runner.run)
    next.processes[p].runner.at = 'sending'
  })
  push(actor, `SENDS the statement of the ${runner.purpose} of decision ${runner.decision}`, to)
}

/** Reads the answer, if it comes, and records it, if the store takes it. */
function awaits(actor: Actor): void {
  const { state, model, p, runner } = actor
  const { statement } = state.runs[runner.run]!
  if (runner.broken) {
    push(actor, 'loses the connection', goTo(state, p, { at: 'uncertain' }))
    return
  }
  mishap(
    actor,
    'loses the connection',
    lose(state, (s) => goTo(s, p, { at: 'uncertain' })),
  )
  if (statement === 'running') return
  const committed = recordClosed(state, model, runner.run, `process ${p}`)
  const unrecorded = goTo(state, p, { at: 'closed', lost: true })
  if (committed === null) {
    push(actor, 'reads the answer, but cannot record it', unrecorded)
    return
  }
  push(actor, 'reads the answer and records it', goTo(committed, p, { at: 'closed' }))
}

/** The answer was read: what it says and what is there decide. */
function concludes(actor: Actor): void {
  const { state, p, runner } = actor
  const outcome = state.runs[runner.run]!.statement === 'done' ? 'SUCCESS' : 'FAILED'
  push(actor, `judges the run: ${outcome}`, goTo(state, p, { at: 'judged', outcome }))
  const unknown = lose(state, (s) => goTo(s, p, { at: 'judged', outcome: 'UNKNOWN' }))
  if (outcome === 'SUCCESS') mishap(actor, 'cannot ask the target how it ended', unknown)
}

/** The answer was lost: the connection is ended from another one, then what is there decides; else UNKNOWN. */
function makesSure(actor: Actor): void {
  const { state, model, p, runner } = actor
  const again = goTo(state, p, { at: 'recorded', broken: false })
  if (model.off.has('never-again')) push(actor, 'tries the statement again', again)
  const unknown = { at: 'judged', outcome: 'UNKNOWN' } as const
  if (state.replaced) {
    push(actor, 'judges the run: UNKNOWN', goTo(state, p, unknown))
    return
  }
  const ended = endConnection(state, runner.run)
  const outcome = ended.runs[runner.run]!.statement === 'done' ? 'SUCCESS' : 'FAILED'
  push(
    actor,
    `ends its old connection and judges the run: ${outcome}`,
    goTo(ended, p, { at: 'judged', outcome }),
  )
  mishap(
    actor,
    'cannot reach the target to ask',
    lose(state, (s) => goTo(s, p, unknown)),
  )
  mishap(
    actor,
    'cannot reach the target and tries again',
    lose(state, (s) => s),
  )
}

/** A run whose lease was lost is taken again before its end is written, or left to whoever has it. */
function ends(actor: Actor): void {
  const { state, model, p, runner } = actor
  if (!runner.lost) {
    finishes(actor, runner.outcome)
    return
  }
  const taken = adoptRun(state, model, runner.run, `process ${p}`)
  if (taken === null) {
    push(actor, 'leaves the run to whoever has it', rest(state, p))
    return
  }
  push(actor, 'takes the run again', goTo(taken, p, { lost: false }))
}

function finishes(actor: Actor, outcome: Run['outcome']): void {
  const { state, model, p, runner } = actor
  const run = state.runs[runner.run]!
  const refusing = outcome === 'REFUSED'
  const known = { opened: !refusing && run.opened, closed: !refusing && run.closed }
  const committed = finishRun(state, model, runner.run, { outcome, ...known })
  if (committed === null) {
    push(actor, `writes the end ${outcome}: refused`, rest(state, p))
    return
  }
  push(actor, `writes the end ${outcome}`, rest(committed, p))
  mishap(
    actor,
    'cannot write the end',
    lose(state, (s) => rest(s, p)),
  )
}

const cancelled = (state: State, at: number): State =>
  after(state, (next) => {
    next.runs[at]!.statement = 'failed'
  })

const KEPT: readonly Runner['at'][] = ['started', 'recorded', 'sending', 'closed', 'judged']

/**
 * What the keeper does besides renewing: it finds the lease gone, by the store's word or by its own clock, and
 * cancels what runs, in time or too late.
 */
function keepsLease(actor: Actor): void {
  const { state, model, p, runner } = actor
  const run = state.runs[runner.run]
  if (run === undefined || runner.lost || !KEPT.includes(runner.at)) return
  const held = run.owner === `process ${p}` && run.leased && run.status === 'IN_PROGRESS'
  if (held || model.off.has('stop-when-lost')) return
  const lost = goTo(state, p, { lost: true })
  push(actor, 'notices that its lease is lost', lost)
  if (runner.at !== 'sending' || run.statement !== 'running') return
  push(actor, 'notices that its lease is lost and cancels', cancelled(lost, runner.run))
}

/** The keeper sees a halt: nothing more goes, and what runs is cancelled. */
function seesHalt(actor: Actor): void {
  const { state, p, runner } = actor
  if (!state.halted) return
  if (runner.at === 'started' || runner.at === 'recorded') {
    push(actor, 'sees the halt', goTo(state, p, STOPPED))
  }
  if (runner.at !== 'sending' || state.runs[runner.run]?.statement !== 'running') return
  push(actor, 'sees the halt and cancels', cancelled(state, runner.run))
}

const MOVES: Readonly<Record<Runner['at'], (actor: Actor) => void>> = {
  idle: chooses,
  clear: queues,
  queued: connects,
  consented: rechecks,
  checked: clearsWay,
  alone: starts,
  started: records,
  recorded: sends,
  sending: awaits,
  uncertain: makesSure,
  closed: concludes,
  judged: ends,
  refusing: (actor) => finishes(actor, 'REFUSED'),
}

/** The process dies at this very point; its statement may run on, its leases belong to nobody alive. */
function crashes(actor: Actor): void {
  const { state, p, runner } = actor
  const { settler } = state.processes[p]
  // Without a run or a lease of its own a death leaves nothing behind.
  if (runner.run < 0 && settler.at !== 'adopted' && settler.at !== 'asked') return
  const to = spend(state, 'crashes', (next) => {
    next.processes[p] = { runner: { ...IDLE }, settler: { ...RESTING } }
    for (const run of next.runs) {
      if (run.owner === `process ${p}` || run.owner === `settler ${p}`) run.owner = 'dead'
    }
  })
  mishap(actor, `dies (its task was: ${runner.at})`, to)
}

/** Everything both processes may do. */
export function executorSteps(state: State, model: Bounded): Steps {
  const steps: Steps = []
  for (const p of model.executors === 2 ? ([0, 1] as const) : ([0] as const)) {
    const actor: Actor = { state, model, p, runner: state.processes[p].runner, steps, name: `executor ${p}` }
    MOVES[actor.runner.at](actor)
    keepsLease(actor)
    seesHalt(actor)
    crashes(actor)
    if (model.leases) settlerSteps(state, model, p, steps)
  }
  return steps
}
