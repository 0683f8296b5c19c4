/**
 * What the two executor processes do: each runs one decision at a time (src/pipeline/execute/executor.ts,
 * runner.ts), keeps its lease, and settles what others left behind (reconcile.ts). Between two places of a
 * runner lies one step, so that whatever can come between a check and an act does.
 */
import type { Step } from './explore.ts'
import { type Bounded, holds } from './guards.ts'
import { settlerSteps } from './settler-steps.ts'
import { after, IDLE, RESTING, type Run, type Runner, type State } from './state.ts'
import {
  carrying,
  consentStands,
  finishRun,
  insertRun,
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
  after(state, (next) => void (next.processes[p].runner = { ...IDLE }))

const push = ({ steps, name }: Actor, what: string, to: State | null): void => {
  if (to !== null) steps.push({ label: `${name} ${what}`, to, kind: 'progress' })
}

const mishap = ({ steps, name }: Actor, what: string, to: State | null): void => {
  if (to !== null) steps.push({ label: `${name} ${what}`, to, kind: 'choice' })
}

/** A store write: done and answered, done and the answer lost, or not done. */
function write(
  actor: Actor,
  what: string,
  to: {
    readonly committed: State | null
    readonly then: Partial<Runner>
    readonly refused: State
    readonly lost: (state: State) => State
  },
): void {
  const { committed, then, refused, lost } = to
  const { state, p } = actor
  if (committed === null) return push(actor, `${what}: refused`, refused)
  push(actor, what, goTo(committed, p, then))
  mishap(actor, `${what}: done, but the answer is lost`, lose(committed, lost))
  mishap(actor, `${what}: the store does not answer`, lose(state, lost))
}

const lose = (state: State, lost: (state: State) => State): State | null => {
  const spent = spend(state, 'losses', () => {})
  return spent === null ? null : lost(spent)
}

/** What `runnable` lists. */
function listed(state: State, model: Bounded, decision: number, purpose: Run['purpose']): boolean {
  const own = state.runs.filter((run) => run.decision === decision)
  const row = state.decisions[decision]!
  if (carrying(row) === undefined) return false
  const unrun = own.every((run) => run.purpose !== purpose)
  const due =
    purpose === 'DO'
      ? !row.used && consentStands(state, model, { decision, purpose })
      : undoConsented(row) && row.verdict === 'regressed' && !state.halted
  return holds(model, 'list', row.status === 'APPROVED' && unrun && due)
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
  const committed = insertRun(state, model, { decision, purpose })
  write(actor, `queues the ${purpose} of decision ${decision}`, {
    committed,
    then: { at: 'queued', run: state.runs.length },
    refused: rest(state, p),
    lost: (s) => rest(s, p),
  })
}

/**
 * Connects, asks who answers, and judges the votes as verify-consent.ts reads them at this moment; not the
 * halts, which only the store looks at again.
 */
function connects(actor: Actor): void {
  const { state, model, p, runner } = actor
  const server = state.replaced ? 'other' : 'approved'
  const row = state.decisions[runner.decision]!
  const noHalt = state.halted ? after(state, (next) => void (next.halted = false)) : state
  const enough = consentStands(noHalt, model, runner) && row.votes.every((vote) => !vote.otherPlan)
  const same = holds(model, 'check-identity', server === 'approved')
  const go = holds(model, 'check-votes', enough) && same
  const at = go ? 'consented' : 'refusing'
  const what = go ? 'votes and server as approved' : 'votes or server not as approved'
  push(actor, `connects and finds ${what}`, goTo(state, p, { at, server, broken: false }))
  mishap(actor, 'cannot reach the target', lose(state, (s) => goTo(s, p, { at: 'refusing' })))
}

/** The DO plan is rendered again on this connection; the undo plan is taken as it was approved. */
function rechecks(actor: Actor): void {
  const { state, model, p, runner } = actor
  const altered = state.decisions[runner.decision]!.altered
  const same = runner.purpose === 'UNDO' || holds(model, 'check-objects', !altered)
  const go = same && !runner.broken
  const sawAltered = altered && runner.purpose === 'DO'
  const to = go
    ? goTo(state, p, { at: 'checked', sawAltered, alteredSince: false })
    : goTo(state, p, { at: 'refusing' })
  push(actor, go ? 'finds plan and object as approved' : 'finds plan or object changed', to)
}

function starts(actor: Actor): void {
  const { state, model, p, runner } = actor
  const started = startRun(state, model, runner.run, `process ${p}`)
  if (model.off.has('start-first')) push(actor, 'does not wait for the start', goTo(state, p, { at: 'recorded' }))
  if (started === 'not mine') return push(actor, 'cannot start: another has the run', rest(state, p))
  write(actor, 'starts the run', {
    committed: started,
    then: { at: 'started' },
    refused: goTo(state, p, { at: 'refusing' }),
    lost: (s) => goTo(s, p, { at: 'refusing' }),
  })
}

function records(actor: Actor): void {
  const { state, model, p, runner } = actor
  if (runner.lost) return push(actor, 'stops: its lease is lost', rest(state, p))
  if (model.off.has('record-first')) push(actor, 'records nothing', goTo(state, p, { at: 'recorded' }))
  write(actor, 'records the statement it is about to send', {
    committed: recordOpened(state, model, runner.run, `process ${p}`),
    then: { at: 'recorded' },
    refused: rest(state, p),
    lost: (s) => rest(s, p),
  })
}

/** The target receives the statement. */
export function deliver(next: State, at: number): void {
  const run = next.runs[at]!
  run.statement = 'running'
  run.sent += 1
}

function sends(actor: Actor): void {
  const { state, p, runner } = actor
  if (runner.broken) return push(actor, 'sends on a broken connection', goTo(state, p, { at: 'uncertain' }))
  const to = after(state, (next) => {
    deliver(next, runner.run)
    next.processes[p].runner.at = 'sending'
  })
  push(actor, `SENDS the statement of the ${runner.purpose} of decision ${runner.decision}`, to)
}

/** Reads the answer, if it comes, and records it. */
function awaits(actor: Actor): void {
  const { state, model, p, runner } = actor
  const { statement } = state.runs[runner.run]!
  if (runner.broken) return push(actor, 'loses the connection', goTo(state, p, { at: 'uncertain' }))
  mishap(actor, 'loses the connection', lose(state, (s) => goTo(s, p, { at: 'uncertain' })))
  if (statement === 'running') return
  write(actor, 'reads the answer and records it', {
    committed: recordClosed(state, model, runner.run, `process ${p}`),
    then: { at: 'closed' },
    refused: rest(state, p),
    lost: (s) => rest(s, p),
  })
}

/** judge-run.ts: in doubt UNKNOWN. */
function concludes(actor: Actor): void {
  const { state, model, p, runner } = actor
  if (runner.lost) return push(actor, 'leaves the run to whoever takes it over', rest(state, p))
  const { statement } = state.runs[runner.run]!
  const answered = runner.at === 'closed'
  if (!answered && model.off.has('never-again')) {
    push(actor, 'tries the statement again', goTo(state, p, { at: 'recorded', broken: false }))
  }
  const seen = statement === 'done' && (answered || !state.replaced)
  const outcome = seen ? 'SUCCESS' : answered ? 'FAILED' : 'UNKNOWN'
  push(actor, `judges the run: ${outcome}`, goTo(state, p, { at: 'judged', outcome }))
  const unknown = lose(state, (s) => goTo(s, p, { at: 'judged', outcome: 'UNKNOWN' }))
  if (outcome === 'SUCCESS') mishap(actor, 'cannot ask the target how it ended', unknown)
}

function finishes(actor: Actor, outcome: Run['outcome']): void {
  const { state, model, p, runner } = actor
  const run = state.runs[runner.run]!
  const refusing = outcome === 'REFUSED'
  const known = { opened: !refusing && run.opened, closed: !refusing && run.closed }
  const committed = finishRun(state, model, runner.run, { outcome, ...known })
  if (committed === null) return push(actor, `writes the end ${outcome}: refused`, rest(state, p))
  push(actor, `writes the end ${outcome}`, rest(committed, p))
  mishap(actor, 'cannot write the end', lose(state, (s) => rest(s, p)))
}

/** Renews; what matters is when it finds the lease gone: it then cancels what runs, in time or too late. */
function keepsLease(actor: Actor): void {
  const { state, model, p, runner } = actor
  const working = ['started', 'recorded', 'sending', 'uncertain', 'closed', 'judged']
  if (!working.includes(runner.at) || runner.lost || model.off.has('stop-when-lost')) return
  const run = state.runs[runner.run]!
  if (run.owner === `process ${p}` && run.leased && run.status === 'IN_PROGRESS') return
  push(actor, 'notices that its lease is lost', goTo(state, p, { lost: true }))
  if (runner.at !== 'sending' || run.statement !== 'running') return
  const cancelled = after(state, (next) => {
    next.processes[p].runner.lost = true
    next.runs[runner.run]!.statement = 'failed'
  })
  push(actor, 'notices that its lease is lost and cancels the statement', cancelled)
}

const MOVES: Readonly<Record<Runner['at'], (actor: Actor) => void>> = {
  idle: chooses,
  clear: queues,
  queued: connects,
  consented: rechecks,
  checked: starts,
  started: records,
  recorded: sends,
  sending: awaits,
  uncertain: concludes,
  closed: concludes,
  judged: (actor) => finishes(actor, actor.runner.outcome),
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
    crashes(actor)
    if (model.leases) settlerSteps(state, model, p, steps)
  }
  return steps
}
