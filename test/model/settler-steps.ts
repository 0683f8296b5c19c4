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

function verdictOn(state: State, model: Bounded, settler: Settler): Run['outcome'] {
  const untouched = settler.sawQueued || !settler.sawOpened
  if (untouched || model.off.has('settle-by-steps')) return 'REFUSED'
  return state.runs[settler.run]?.statement === 'done' && !state.replaced ? 'SUCCESS' : 'UNKNOWN'
}

/** What the settling turn of process `p` may do. */
export function settlerSteps(state: State, model: Bounded, p: 0 | 1, steps: Step<State>[]): void {
  const { settler } = state.processes[p]
  const push = (what: string, to: State | null, kind: Step<State>['kind'] = 'progress'): void => {
    if (to !== null) steps.push({ label: `settler ${p} ${what}`, to, kind })
  }
  const owner: Owner = model.off.has('settle-own-name') ? `process ${p}` : `settler ${p}`
  const run = state.runs[settler.run]
  const name = run === undefined ? '' : `the ${run.purpose} of decision ${run.decision}`
  const rest = (from: State): State => after(from, (next) => void (next.processes[p].settler = { ...RESTING }))
  const lost = (from: State): State | null => {
    const spent = spend(from, 'losses', () => {})
    return spent === null ? null : rest(spent)
  }
  if (settler.at === 'idle') {
    state.runs.forEach((each, at) => {
      if (!isAbandoned(each)) return
      const saw = { sawQueued: each.status === 'QUEUED', sawOpened: each.opened, sawClosed: each.closed }
      push(
        `finds the ${each.purpose} of decision ${each.decision} abandoned (${each.status})`,
        goTo(state, p, { at: 'found', run: at, ...saw }),
      )
    })
  } else if (settler.at === 'found') {
    const adopted = adoptRun(state, model, settler.run, owner)
    push(`adopts ${name}`, adopted === null ? null : goTo(adopted, p, { at: 'adopted' }))
    push(`cannot adopt ${name}`, adopted === null ? rest(state) : null)
    push('does not hear that it adopted', adopted === null ? null : lost(adopted), 'choice')
  } else if (settler.at === 'adopted' && run !== undefined) {
    const outcome = verdictOn(state, model, settler)
    push(`finds for ${name}: ${outcome}`, goTo(state, p, { at: 'asked', outcome }))
    if (!model.off.has('settle-never-sends')) return
    const again = after(goTo(state, p, { at: 'asked', outcome }), (next) => {
      next.runs[settler.run]!.statement = 'running'
      next.runs[settler.run]!.sent += 1
    })
    push(`SENDS the statement of ${name} again`, again)
  } else if (run !== undefined) {
    const end = { outcome: settler.outcome, opened: settler.sawOpened, closed: settler.sawClosed }
    const finished = finishRun(state, model, settler.run, end)
    push(
      finished === null ? `cannot end ${name}` : `ends ${name}: ${settler.outcome}`,
      rest(finished ?? state),
    )
    push(`cannot write the end of ${name}`, lost(state), 'choice')
  }
}
