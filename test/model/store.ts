/**
 * The store's transactions, each one atomic step: guarded as its triggers and the WHERE of its statement guard
 * it (src/store/schema/conditions-*.ts, src/store/ports/executions.ts), with the same consequences
 * (src/store/schema/consequences.ts). Null: refused, and nothing changed.
 */
import type { IssueState } from '../../src/core/lifecycle.ts'
import { type Bounded, holds } from './guards.ts'
import {
  after,
  type Decision,
  issueIndex,
  type Owner,
  type Run,
  type State,
  type Verdict,
  type Vote,
} from './state.ts'

/** A vote that does not say no. */
export const isYes = (vote: Vote): boolean => vote.kind !== 'DECLINED'
const isOpen = (run: Run): boolean => run.status === 'QUEUED' || run.status === 'IN_PROGRESS'

/** Every yes consented to the undo plan. */
export const undoConsented = (decision: Decision): boolean =>
  decision.votes.filter(isYes).every((vote) => vote.undo)

/** The vote that says APPROVED. */
export const carrying = (decision: Decision): Vote | undefined =>
  decision.votes.find((vote) => vote.kind === 'APPROVED')

/** GOV-041 without its times. */
const approved = (decision: Decision): boolean => {
  const vote = carrying(decision)
  return decision.status === 'APPROVED' && vote !== undefined && !vote.otherPlan
}

/** The times of GOV-041, and that the voter is active. */
const inForce = (state: State, decision: Decision): boolean => {
  const vote = carrying(decision)
  return !decision.over && vote?.over !== true && (vote === undefined || !state.inactive[vote.person])
}

/** GOV-042. */
function hasQuorum(state: State, model: Bounded, decision: Decision): boolean {
  if (model.risk !== 'HIGH') return true
  const persons = decision.votes.filter((v) => isYes(v) && !v.over && !state.inactive[v.person])
  return new Set(persons.map((vote) => vote.person)).size >= 2
}

/** Moves the issue if it is in one of `from`, as the AFTER triggers do. */
function move(next: State, decision: number, from: readonly IssueState[], to: IssueState): void {
  const index = issueIndex(next, decision)
  if (from.includes(next.issues[index]!)) next.issues[index] = to
}

/** INSERT INTO admin_approvals. */
export function insertVote(state: State, model: Bounded, at: number, vote: Vote): State | null {
  const decision = state.decisions[at]!
  const earlier = decision.votes.some(
    (v) => v.kind === 'CONDITIONAL_APPROVAL' && v.person !== vote.person && !v.over,
  )
  const needsEarlier = vote.kind === 'APPROVED' && model.risk === 'HIGH'
  const allowed =
    decision.status !== 'NONE' &&
    holds(model, 'vote-digest', !vote.otherPlan) &&
    holds(model, 'vote-pending', decision.status === 'PENDING_APPROVAL') &&
    holds(model, 'vote-in-time', !decision.over) &&
    holds(model, 'vote-active', !state.inactive[vote.person]) &&
    holds(
      model,
      'vote-once',
      decision.votes.every((v) => v.person !== vote.person),
    ) &&
    holds(model, 'vote-second', !needsEarlier || earlier)
  // One row a status, so that a switched-off guard cannot make the model endless.
  if (!allowed || decision.votes.length >= 3) return null
  return after(state, (next) => {
    const changed = next.decisions[at]!
    changed.votes.push(vote)
    if (vote.kind === 'CONDITIONAL_APPROVAL') return
    changed.status = vote.kind
    move(next, at, ['DECISION_MADE'], vote.kind)
  })
}

type Ending = Exclude<Decision['ending'], 'none'>

function mayEnd(decision: Decision, model: Bounded, ending: Ending): boolean {
  const unused = holds(model, 'end-unused', !decision.used)
  const waiting = decision.status === 'PENDING_APPROVAL' || decision.status === 'APPROVED'
  const runOut = decision.over || carrying(decision)?.over === true
  switch (ending) {
    case 'EXPIRED':
      return waiting && unused && runOut
    case 'CANCELLED':
      return waiting && unused
    case 'REVOKED':
      return decision.status === 'APPROVED' && unused
    default:
      return decision.status === 'DECLINED' && decision.ending === 'none'
  }
}

/** INSERT INTO decision_endings. VOIDED guards and moves as EXPIRED does and has no caller that races. */
export function insertEnding(state: State, model: Bounded, at: number, ending: Ending): State | null {
  if (!mayEnd(state.decisions[at]!, model, ending)) return null
  return after(state, (next) => {
    const decision = next.decisions[at]!
    decision.ending = ending
    if (ending === 'EXPIRED') decision.status = 'EXPIRED'
    if (ending === 'CANCELLED' || ending === 'REVOKED') decision.status = 'CANCELLED'
    if (ending === 'EXPIRED' || ending === 'REVOKED') {
      move(next, at, ['DECISION_MADE', 'APPROVED'], 'UNDER_ANALYSIS')
    }
    if (ending === 'CANCELLED') move(next, at, ['DECISION_MADE', 'APPROVED'], 'CANCELLED')
    if (ending === 'ASK_OTHER') move(next, at, ['DECLINED'], 'UNDER_ANALYSIS')
    if (ending === 'CLOSE') move(next, at, ['DECLINED'], 'CLOSED')
  })
}

/** UPDATE detected_issues to AWAITING_DECISION, then INSERT INTO recovery_decisions. */
export function insertDecision(state: State, model: Bounded, at: number): State | null {
  const issue = state.issues[issueIndex(state, at)]
  const inTurn = holds(model, 'propose-in-turn', issue === 'AWAITING_DECISION')
  if (state.decisions[at]!.status !== 'NONE' || !inTurn) return null
  return after(state, (next) => {
    next.decisions[at]!.status = 'PENDING_APPROVAL'
    move(next, at, ['AWAITING_DECISION'], 'DECISION_MADE')
  })
}

/** What the triggers ask of consent, when a run is queued and again when it starts. */
function consented(
  state: State,
  model: Bounded,
  phase: 'queue' | 'start',
  about: Pick<Run, 'decision' | 'purpose'>,
): boolean {
  const decision = state.decisions[about.decision]!
  const isUndo = about.purpose === 'UNDO'
  return (
    holds(model, `${phase}-approved`, approved(decision)) &&
    holds(model, `${phase}-valid`, isUndo || inForce(state, decision)) &&
    holds(model, `${phase}-grant`, isUndo || !state.grantRevoked) &&
    holds(model, `${phase}-quorum`, isUndo || hasQuorum(state, model, decision)) &&
    holds(model, `${phase}-halt`, !state.halted)
  )
}

/** GOV-049. */
function undoDue(state: State, at: number): boolean {
  const decision = state.decisions[at]!
  const ended = state.runs.some((run) => run.decision === at && run.purpose === 'DO' && !isOpen(run))
  return ended && undoConsented(decision) && decision.verdict === 'regressed'
}

function mayQueue(state: State, model: Bounded, about: Pick<Run, 'decision' | 'purpose'>): boolean {
  const own = state.runs.filter((run) => run.decision === about.decision)
  return (
    carrying(state.decisions[about.decision]!) !== undefined &&
    consented(state, model, 'queue', about) &&
    holds(model, 'queue-undo', about.purpose === 'DO' || undoDue(state, about.decision)) &&
    holds(model, 'queue-alone', !state.runs.some(isOpen)) &&
    holds(
      model,
      'queue-once',
      own.every((run) => run.purpose !== about.purpose),
    )
  )
}

/** INSERT INTO action_executions; the decision's row and the target's are locked before it is judged. */
export function insertRun(
  state: State,
  model: Bounded,
  about: Pick<Run, 'decision' | 'purpose'>,
): State | null {
  // Two runs of one purpose are enough to break a property where they are not refused.
  const same = state.runs.filter((r) => r.decision === about.decision && r.purpose === about.purpose)
  if (same.length >= 2 || !mayQueue(state, model, about)) return null
  return after(state, (next) => {
    next.decisions[about.decision]!.used = true
    if (about.purpose === 'DO') move(next, about.decision, ['APPROVED'], 'EXECUTING')
    next.runs.push({
      ...about,
      status: 'QUEUED',
      outcome: 'none',
      owner: 'nobody',
      leased: false,
      opened: false,
      closed: false,
      adopted: false,
      statement: 'unsent',
      consented: false,
      sent: 0,
      settling: false,
    })
  })
}

/** Is there a later decision of the same issue? */
function isSuperseded(state: State, at: number): boolean {
  const newer = state.decisions[at + 1]
  return state.issues.length === 1 && newer !== undefined && newer.status !== 'NONE'
}

/** Ground truth, not a guard: does consent carry this run at this moment? */
function consentStands(state: State, model: Bounded, run: Pick<Run, 'decision' | 'purpose'>): boolean {
  const decision = state.decisions[run.decision]!
  const yes = decision.votes.filter((vote) => isYes(vote) && !vote.otherPlan)
  if (state.halted || decision.votes.some((vote) => vote.kind === 'DECLINED')) return false
  if (run.purpose === 'UNDO') {
    return yes.length > 0 && yes.every((vote) => vote.undo) && decision.firstVerdict === 'regressed'
  }
  const valid = yes.filter((vote) => !vote.over && !state.inactive[vote.person])
  const persons = new Set(valid.map((vote) => vote.person)).size
  const stands = decision.status === 'APPROVED' && decision.ending === 'none' && !decision.over
  const enough = persons >= (model.risk === 'HIGH' ? 2 : 1)
  return enough && stands && !isSuperseded(state, run.decision) && !state.grantRevoked
}

/** UPDATE action_executions QUEUED to IN_PROGRESS. 'not mine': no row matched; null: a rule refused. */
export function startRun(state: State, model: Bounded, at: number, owner: Owner): State | 'not mine' | null {
  const run = state.runs[at]!
  const free = run.owner === 'nobody' || !run.leased
  if (!holds(model, 'start-queued', run.status === 'QUEUED')) return 'not mine'
  if (!holds(model, 'start-lease', free || run.owner === owner)) return 'not mine'
  if (!consented(state, model, 'start', run)) return null
  return after(state, (next) => {
    const started = next.runs[at]!
    started.consented = consentStands(state, model, run)
    started.status = 'IN_PROGRESS'
    started.owner = owner
    started.leased = true
  })
}

/** UPDATE of `steps`: the statement is about to be sent. Null: the lease is lost. */
export function recordOpened(state: State, model: Bounded, at: number, owner: Owner): State | null {
  const run = state.runs[at]!
  const allowed =
    holds(model, 'record-running', run.status === 'IN_PROGRESS') &&
    holds(model, 'record-lease', run.owner === owner && run.leased) &&
    holds(model, 'adopted-only-checks', !run.adopted)
  return allowed
    ? after(state, (next) => {
        next.runs[at]!.opened = true
      })
    : null
}

/** UPDATE of `steps`: the statement was answered. Needs the owner, not an unexpired lease. */
export function recordClosed(state: State, model: Bounded, at: number, owner: Owner): State | null {
  const run = state.runs[at]!
  const allowed =
    holds(model, 'record-running', run.status === 'IN_PROGRESS') &&
    holds(model, 'record-lease', run.owner === owner)
  return allowed
    ? after(state, (next) => {
        next.runs[at]!.closed = true
      })
    : null
}

/** UPDATE to the end of a run with the steps the caller knows. */
export function finishRun(
  state: State,
  model: Bounded,
  at: number,
  end: { readonly outcome: Run['outcome']; readonly opened: boolean; readonly closed: boolean },
): State | null {
  const run = state.runs[at]!
  const completed = end.outcome === 'SUCCESS'
  const kept = (!run.opened || end.opened) && (!run.closed || end.closed)
  const allowed =
    holds(model, 'finish-open', isOpen(run)) &&
    holds(model, 'steps-kept', kept) &&
    (!completed || (run.status === 'IN_PROGRESS' && holds(model, 'complete-leased', run.leased)))
  if (!allowed) return null
  return after(state, (next) => {
    Object.assign(next.runs[at]!, { status: completed ? 'COMPLETED' : 'FAILED', outcome: end.outcome })
    Object.assign(next.runs[at]!, { opened: end.opened, closed: end.closed })
    if (run.purpose === 'UNDO') move(next, run.decision, ['EXECUTING', 'VERIFYING'], 'UNDER_ANALYSIS')
    else if (completed) move(next, run.decision, ['EXECUTING'], 'VERIFYING')
    else move(next, run.decision, ['EXECUTING', 'VERIFYING'], 'UNDER_ANALYSIS')
  })
}

/** UPDATE of the lease by whoever settles an abandoned run. */
export function adoptRun(state: State, model: Bounded, at: number, owner: Owner): State | null {
  const run = state.runs[at]!
  if (!isOpen(run) || !holds(model, 'adopt-free', run.owner === 'nobody' || !run.leased)) return null
  return after(state, (next) => {
    const adopted = next.runs[at]!
    // The store knows an adoption by the change of owner.
    if (run.status === 'IN_PROGRESS') {
      adopted.settling = true
      adopted.adopted = run.adopted || run.owner !== owner
    }
    adopted.owner = owner
    adopted.leased = true
  })
}

/** INSERT INTO execution_verifications on the DO run of a decision. */
export function insertVerdict(state: State, model: Bounded, at: number, verdict: Verdict): State | null {
  const decision = state.decisions[at]!
  const ran = state.runs.find((run) => run.decision === at && run.purpose === 'DO')
  if (ran === undefined) return null
  const allowed =
    holds(model, 'verdict-ended', !isOpen(ran) && ran.outcome !== 'REFUSED') &&
    holds(model, 'verdict-once', decision.verdict === 'none' || decision.verdict === 'undecided') &&
    decision.verdict !== verdict
  if (!allowed) return null
  return after(state, (next) => {
    const judged = next.decisions[at]!
    judged.verdict = verdict
    if (verdict !== 'undecided' && judged.firstVerdict === 'none') judged.firstVerdict = verdict
    if (verdict === 'improved') move(next, at, ['VERIFYING'], 'RESOLVED')
    const goesBack = verdict === 'no_effect' || (verdict === 'regressed' && !undoConsented(decision))
    if (goesBack) move(next, at, ['VERIFYING'], 'UNDER_ANALYSIS')
  })
}
