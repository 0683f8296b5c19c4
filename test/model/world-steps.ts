/**
 * What people, clocks, the analyst and the target do, each as one step. Clocks are not compared: a validity or
 * a lease may run out at any moment after it began, which covers every drift between two clocks.
 */
import type { Step } from './explore.ts'
import type { Bounded } from './guards.ts'
import { after, issueIndex, type Left, type Run, type State, type Vote } from './state.ts'
import { insertDecision, insertEnding, insertVerdict, insertVote } from './store.ts'

type Steps = Step<State>[]

const add = (steps: Steps, label: string, to: State | null, kind: Step<State>['kind'] = 'choice'): void => {
  if (to !== null) steps.push({ label, to, kind })
}

/** Spends one of what the world may still do, if any is left. */
export function spend(state: State, what: keyof Left, change: (next: State) => void): State | null {
  if (state.left[what] === 0) return null
  return after(state, (next) => {
    next.left[what] -= 1
    change(next)
  })
}

/** The votes a person may cast, whether the store takes them or not. */
function ballots(model: Bounded): readonly Omit<Vote, 'person' | 'over'>[] {
  const yes: readonly Vote['kind'][] =
    model.risk === 'HIGH' ? ['CONDITIONAL_APPROVAL', 'APPROVED'] : ['APPROVED']
  const plain = (model.endings ? [...yes, 'DECLINED' as const] : yes).map((kind) => ({
    kind,
    undo: false,
    otherPlan: false,
  }))
  const consenting = model.undo ? yes.map((kind) => ({ kind, undo: true, otherPlan: false })) : []
  const wrong = model.wrongVotes ? yes.map((kind) => ({ kind, undo: false, otherPlan: true })) : []
  return [...plain, ...consenting, ...wrong]
}

function votes(state: State, model: Bounded, at: number, steps: Steps): void {
  for (const person of [0, 1] as const) {
    for (const ballot of ballots(model)) {
      const to = insertVote(state, model, at, { ...ballot, person, over: false })
      const more = `${ballot.undo ? ' and consents to the undo' : ''}${ballot.otherPlan ? ', having signed another plan' : ''}`
      add(steps, `person ${person} votes ${ballot.kind} on decision ${at}${more}`, to)
    }
  }
}

function endings(state: State, model: Bounded, at: number, steps: Steps): void {
  add(steps, `reason ends decision ${at}: EXPIRED`, insertEnding(state, model, at, 'EXPIRED'), 'progress')
  if (!model.endings) return
  for (const ending of ['CANCELLED', 'REVOKED', 'ASK_OTHER', 'CLOSE'] as const) {
    add(steps, `a person ends decision ${at}: ${ending}`, insertEnding(state, model, at, ending))
  }
}

function clocks(state: State, model: Bounded, at: number, steps: Steps): void {
  const decision = state.decisions[at]!
  const waits = decision.status === 'PENDING_APPROVAL' || decision.status === 'APPROVED'
  // Once its DO run has started no rule and no check asks for these times again.
  const begun = state.runs.some((run) => run.decision === at && run.status !== 'QUEUED')
  if (!waits || begun || model.consented) return
  if (!decision.over) {
    const to = after(state, (next) => {
      next.decisions[at]!.over = true
    })
    add(steps, `the validity of decision ${at} runs out`, to, 'progress')
  }
  decision.votes.forEach((vote, v) => {
    if (vote.over) return
    const to = after(state, (next) => {
      next.decisions[at]!.votes[v]!.over = true
    })
    add(steps, `the yes of person ${vote.person} on decision ${at} runs out`, to, 'progress')
  })
}

/** The executors' measurement and a person's word. Stale lists are covered: any completed run may be judged. */
function verdicts(state: State, model: Bounded, at: number, steps: Steps): void {
  const run = state.runs.find((each) => each.decision === at && each.purpose === 'DO')
  const listed = run?.status === 'COMPLETED' || model.off.has('verdict-ended')
  if (!listed || run === undefined) return
  const others = model.undo ? (['no_effect', 'undecided'] as const) : []
  const decided = model.consented ? (['improved'] as const) : (['improved', 'regressed'] as const)
  for (const verdict of [...decided, ...others] as const) {
    const to = insertVerdict(state, model, at, verdict)
    add(steps, `verdict on decision ${at}: ${verdict}`, to, 'progress')
  }
}

/** A later decision of the same issue: the issue was analysed anew, the plan fits the object as it is now. */
function proposals(state: State, model: Bounded, steps: Steps): void {
  if (!model.sameIssue) return
  state.decisions.forEach((decision, at) => {
    if (decision.status !== 'NONE') return
    const index = issueIndex(state, at)
    if (state.issues[index] === 'UNDER_ANALYSIS') {
      const to = after(state, (next) => {
        next.issues[index] = 'AWAITING_DECISION'
      })
      add(steps, 'reason stores a new analysis', to, 'choice')
    }
    add(steps, `reason proposes decision ${at}`, insertDecision(state, model, at))
  })
}

function switches(state: State, model: Bounded, steps: Steps): void {
  if (state.halted) {
    add(
      steps,
      'a person lifts the halt',
      after(state, (next) => {
        next.halted = false
      }),
      'progress',
    )
  } else {
    add(
      steps,
      'a person halts',
      spend(state, 'halts', (next) => {
        next.halted = true
      }),
    )
  }
  const begun = state.runs.length > 0 && state.runs.every((run) => run.status !== 'QUEUED')
  if (begun && state.decisions.every((decision) => decision.used)) return
  for (const person of [0, 1] as const) {
    if (state.inactive[person]) continue
    const to = spend(state, 'deactivations', (next) => {
      next.inactive[person] = true
    })
    add(steps, `an administrator shuts person ${person} out`, to)
  }
  if (!model.standing || state.grantRevoked) return
  const to = spend(state, 'revocations', (next) => {
    next.grantRevoked = true
  })
  add(steps, 'a person revokes the standing approval', to)
}

/** The object of every decision made so far is no longer the one that was approved. */
export function alter(next: State, except: number | null): void {
  next.decisions.forEach((decision, at) => {
    if (decision.status !== 'NONE' && at !== except) decision.altered = true
  })
  for (const { runner } of next.processes) {
    if (runner.at !== 'idle' && runner.decision !== except) runner.alteredSince = true
  }
}

/** A running statement ends, whoever still waits for it. What it changed is another's object, altered. */
function statementEnds(state: State, at: number, run: Run, steps: Steps): void {
  if (run.statement !== 'running') return
  const name = `${run.purpose} of decision ${run.decision}`
  const done = after(state, (next) => {
    next.runs[at]!.statement = 'done'
    alter(next, run.decision)
  })
  add(steps, `the target finishes the statement of the ${name}`, done, 'progress')
  const failed = after(state, (next) => {
    next.runs[at]!.statement = 'failed'
  })
  add(steps, `the target refuses the statement of the ${name}`, failed, 'choice')
}

function target(state: State, model: Bounded, steps: Steps): void {
  add(
    steps,
    'somebody alters the object',
    spend(state, 'alterations', (next) => alter(next, null)),
  )
  const to = spend(state, 'replacements', (next) => {
    next.replaced = true
    for (const { runner } of next.processes) runner.broken = runner.at !== 'idle'
  })
  add(steps, 'another server takes the target’s address', to)
  state.runs.forEach((run, at) => {
    statementEnds(state, at, run, steps)
    if (!model.leases || !run.leased || (run.status !== 'QUEUED' && run.status !== 'IN_PROGRESS')) return
    const expired = after(state, (next) => {
      next.runs[at]!.leased = false
    })
    add(steps, `the lease of the ${run.purpose} of decision ${run.decision} runs out`, expired, 'progress')
  })
}

/** Everything but the executors. */
export function worldSteps(state: State, model: Bounded): Steps {
  const steps: Steps = []
  state.decisions.forEach((_decision, at) => {
    votes(state, model, at, steps)
    endings(state, model, at, steps)
    clocks(state, model, at, steps)
    verdicts(state, model, at, steps)
  })
  proposals(state, model, steps)
  switches(state, model, steps)
  target(state, model, steps)
  return steps
}
