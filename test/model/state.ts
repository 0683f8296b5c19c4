/**
 * What the model of consent and execution remembers: the store's rows as far as they decide anything, the
 * target, and where each executor process stands. Fields marked "ghost" exist only so that a property can be
 * stated; no step looks at them.
 */
import type { DecisionState, ExecutionState, IssueState } from '../../src/core/lifecycle.ts'

/** One row of admin_approvals. */
export interface Vote {
  person: 0 | 1
  kind: 'CONDITIONAL_APPROVAL' | 'APPROVED' | 'DECLINED'
  /** Consents to the undo plan. */
  undo: boolean
  /** Its validity has passed. */
  over: boolean
  /** Signed for the text of another plan. */
  otherPlan: boolean
}

/** One row of recovery_decisions; with its approval, because one decision has one carrying vote at most. */
export interface Decision {
  status: 'NONE' | DecisionState
  used: boolean
  over: boolean
  votes: Vote[]
  /** Why it ended. */
  ending: 'none' | 'EXPIRED' | 'CANCELLED' | 'REVOKED' | 'ASK_OTHER' | 'CLOSE'
  /** The object is not the one that was approved: a person, or another run, changed it. */
  altered: boolean
  /** Newest verdict on its DO run. */
  verdict: Verdict
  /** Ghost: the first verdict other than `undecided`. */
  firstVerdict: Verdict
}

/** A row of execution_verifications, or none. */
export type Verdict = 'none' | 'undecided' | 'improved' | 'no_effect' | 'regressed'

/** Who holds a lease: an executor process, its settling turn, or a process that is no more. */
export type Owner = 'nobody' | 'process 0' | 'process 1' | 'settler 0' | 'settler 1' | 'dead'

/** One row of action_executions, and what its statement did on the target. */
export interface Run {
  decision: number
  purpose: 'DO' | 'UNDO'
  status: ExecutionState
  outcome: 'none' | 'SUCCESS' | 'FAILED' | 'REFUSED' | 'UNKNOWN'
  owner: Owner
  /** The lease has not run out. */
  leased: boolean
  /** Statement recorded as about to be sent, and as answered. */
  opened: boolean
  closed: boolean
  /** `adopted_at` is set. */
  adopted: boolean
  /** The statement on the target. */
  statement: 'unsent' | 'running' | 'done' | 'failed'
  /** Ghosts: consent stood when the store let it start; times sent; a settler took it while IN_PROGRESS. */
  consented: boolean
  sent: number
  settling: boolean
}

/** Where the task that executes one decision stands; between two places lies one atomic step. */
export type Place =
  | 'idle'
  | 'clear'
  | 'queued'
  | 'consented'
  | 'checked'
  | 'alone'
  | 'started'
  | 'recorded'
  | 'sending'
  | 'uncertain'
  | 'closed'
  | 'judged'
  | 'refusing'

/** The task in a process that executes one decision, with its connection to the target. */
export interface Runner {
  at: Place
  decision: number
  purpose: 'DO' | 'UNDO'
  /** Index of its run; -1 before it is queued. */
  run: number
  /** The server its connection reaches: the approved one or another. */
  server: 'approved' | 'other'
  broken: boolean
  /** The lease keeper has seen that the lease is gone. */
  lost: boolean
  outcome: Run['outcome']
  /** Ghosts: the object was altered when it was checked, or since. */
  sawAltered: boolean
  alteredSince: boolean
}

/** The turn in a process that settles abandoned runs, with what it read when it listed them. */
export interface Settler {
  at: 'idle' | 'found' | 'adopted' | 'asked'
  run: number
  sawQueued: boolean
  sawOpened: boolean
  sawClosed: boolean
  outcome: Run['outcome']
}

/** One executor process. A crash forgets both and the next incarnation is another owner. */
export interface Process {
  runner: Runner
  settler: Settler
}

/** How many more times the world may do what it need not do. */
export interface Left {
  crashes: number
  losses: number
  alterations: number
  replacements: number
  halts: number
  deactivations: number
  revocations: number
}

/** One state of the model. */
export interface State {
  decisions: Decision[]
  /** One issue each decision, or one for all (then each further decision supersedes the one before). */
  issues: IssueState[]
  runs: Run[]
  processes: [Process, Process]
  halted: boolean
  inactive: [boolean, boolean]
  grantRevoked: boolean
  /** Another server answers at the target's address. */
  replaced: boolean
  left: Left
}

/** A runner that does nothing. */
export const IDLE: Runner = {
  at: 'idle',
  decision: 0,
  purpose: 'DO',
  run: -1,
  server: 'approved',
  broken: false,
  lost: false,
  outcome: 'none',
  sawAltered: false,
  alteredSince: false,
}

/** A settler that does nothing. */
export const RESTING: Settler = {
  at: 'idle',
  run: -1,
  sawQueued: false,
  sawOpened: false,
  sawClosed: false,
  outcome: 'none',
}

/** A decision that was not made yet. */
export const NO_DECISION: Decision = {
  status: 'NONE',
  used: false,
  over: false,
  votes: [],
  ending: 'none',
  altered: false,
  verdict: 'none',
  firstVerdict: 'none',
}

const copyProcess = ({ runner, settler }: Process): Process => ({
  runner: { ...runner },
  settler: { ...settler },
})

/** A copy that shares nothing with the original. */
export function copyOf(state: State): State {
  return {
    decisions: state.decisions.map((each) => ({ ...each, votes: each.votes.map((vote) => ({ ...vote })) })),
    issues: state.issues.slice(),
    runs: state.runs.map((run) => ({ ...run })),
    processes: [copyProcess(state.processes[0]), copyProcess(state.processes[1])],
    halted: state.halted,
    inactive: [state.inactive[0], state.inactive[1]],
    grantRevoked: state.grantRevoked,
    replaced: state.replaced,
    left: { ...state.left },
  }
}

/** Changes a copy and gives it back. */
export function after(state: State, change: (next: State) => void): State {
  const next = copyOf(state)
  change(next)
  return next
}

/** The issue of a decision. */
export const issueIndex = (state: State, decision: number): number =>
  state.issues.length === 1 ? 0 : decision
