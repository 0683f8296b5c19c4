/**
 * The turn of an executor process that settles runs nobody works on any more (reconcile.ts): it lists them,
 * adopts one, asks the target, writes the end. It judges by what it read when it listed the run.
 */
import type { Step } from './explore.ts'
import type { Bounded } from './guards.ts'
import { after, type Owner, RESTING, type Run, type Settler, type State } from './state.ts'
import { adoptRun, finishRun } from './store.ts'
import { spend } from './world-steps.ts'

const goTo = (state: State, p: 0 | 1, change: Partial<Settler>): State =>
  after(state, (next) => void Object.assign(next.processes[p].settler, change))

/** How long a run has been QUEUED is not compared: it may be found abandoned at once. */
function isAbandoned(run: Run): boolean {
  if (run.status === 'IN_PROGRESS') return !run.leased
  return run.status === 'QUEUED' && (run.owner === 'nobody' || !run.leased)
}

/**
 * Ends the connection a run was made on (KILL): whatever its executor would still send on it is refused by the
 * target, and a statement it still works on is cut off.
 */
export function endConnection(state: State, at: number): State {
  return after(state, (next) => {
    const run = next.runs[at]!
    if (run.statement === 'running') run.statement = 'failed'
    for (const { runner } of next.processes) if (runner.run === at) runner.broken = true
  })
}

/** One settling turn that may take a step. */
interface Turn {
  readonly state: State
  readonly model: Bounded
  readonly p: 0 | 1
  readonly settler: Settler
  readonly push: (what: string, to: State | null, kind?: Step<State>['kind']) => void
}

const rest = (from: State, p: 0 | 1): State =>
  after(from, (next) => {
    next.processes[p].settler = { ...RESTING }
  })

const lost = (from: State, p: 0 | 1): State | null => {
  const spent = spend(from, 'losses', () => {})
  return spent === null ? null : rest(spent, p)
}

const nameOf = ({ state, settler }: Turn): string => {
  const run = state.runs[settler.run]
  return run === undefined ? 'nothing' : `the ${run.purpose} of decision ${run.decision}`
}

function finds({ state, p, push }: Turn): void {
  state.runs.forEach((each, at) => {
    if (!isAbandoned(each)) return
    const saw = { sawQueued: each.status === 'QUEUED', sawOpened: each.opened, sawClosed: each.closed }
    push(
      `finds the ${each.purpose} of decision ${each.decision} abandoned (${each.status})`,
      goTo(state, p, { at: 'found', run: at, ...saw }),
    )
  })
}

function adopts(turn: Turn): void {
  const { state, model, p, settler, push } = turn
  const owner: Owner = model.off.has('settle-own-name') ? `process ${p}` : `settler ${p}`
  const adopted = adoptRun(state, model, settler.run, owner)
  if (adopted === null) {
    push(`cannot adopt ${nameOf(turn)}`, rest(state, p))
    return
  }
  push(`adopts ${nameOf(turn)}`, goTo(adopted, p, { at: 'adopted' }))
  push('does not hear that it adopted', lost(adopted, p), 'choice')
}

/** Asks the target what became of the run. It is not asked where nothing was recorded as sent. */
function asks({ state, model, p, settler, push }: Turn): void {
  const run = state.runs[settler.run]!
  const concludes = (from: State, outcome: Run['outcome']): State => goTo(from, p, { at: 'asked', outcome })
  if (settler.sawQueued || !settler.sawOpened || model.off.has('settle-by-steps')) {
    push('finds that nothing was sent: REFUSED', concludes(state, 'REFUSED'))
    return
  }
  const unknown = spend(state, 'losses', () => {})
  if (unknown !== null) push('cannot reach the target: UNKNOWN', concludes(unknown, 'UNKNOWN'), 'choice')
  if (unknown !== null) push('cannot reach the target and looks again later', rest(unknown, p), 'choice')
  const outcome = run.statement === 'done' ? 'SUCCESS' : 'FAILED'
  if (state.replaced) {
    push('finds another server: UNKNOWN', concludes(state, 'UNKNOWN'))
  } else if (model.off.has('settle-fences')) {
    push('asks the target', concludes(state, run.statement === 'done' ? 'SUCCESS' : 'UNKNOWN'))
  } else {
    const ended = concludes(endConnection(state, settler.run), outcome)
    push(`ends the connection of the run and finds: ${outcome}`, ended)
    if (run.statement === 'running') push('waits: the target still works on the statement', rest(state, p))
  }
}

function sendsAgain(turn: Turn): void {
  const { state, model, p, settler, push } = turn
  if (!model.off.has('settle-never-sends')) return
  const again = after(goTo(state, p, { at: 'asked', outcome: 'UNKNOWN' }), (next) => {
    next.runs[settler.run]!.statement = 'running'
    next.runs[settler.run]!.sent += 1
  })
  push(`SENDS the statement of ${nameOf(turn)} again`, again)
}

function ends(turn: Turn): void {
  const { state, model, p, settler, push } = turn
  const end = { outcome: settler.outcome, opened: settler.sawOpened, closed: settler.sawClosed }
  const finished = finishRun(state, model, settler.run, end)
  const what = finished === null ? 'cannot end' : 'ends'
  push(`${what} ${nameOf(turn)}: ${settler.outcome}`, rest(finished ?? state, p))
  push(`cannot write the end of ${nameOf(turn)}`, lost(state, p), 'choice')
}

/** What the settling turn of process `p` may do. */
export function settlerSteps(state: State, model: Bounded, p: 0 | 1, steps: Step<State>[]): void {
  const { settler } = state.processes[p]
  const turn: Turn = {
    state,
    model,
    p,
    settler,
    push: (what, to, kind = 'progress') => {
      if (to !== null) steps.push({ label: `settler ${p} ${what}`, to, kind })
    },
  }
  switch (settler.at) {
    case 'idle':
      finds(turn)
      break
    case 'found':
      adopts(turn)
      break
    case 'adopted':
      asks(turn)
      sendsAgain(turn)
      break
    case 'asked':
      ends(turn)
      break
  }
}
