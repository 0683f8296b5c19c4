/**
 * Every guard the model honours, with the rule of the store or the place in the code it stands for. Each can
 * be switched off, to show that the properties can fail and which guards they rest on.
 */
import type { RuleId } from '../../src/store/schema/rules.ts'

/** A guard of the real system. */
export interface Guard {
  readonly what: string
  /** The store rule, if the store judges. */
  readonly rule?: RuleId
  /** The file it is in, from the root of the repository. */
  readonly file: string
}

const DECIDE = 'src/store/schema/conditions-decide.ts'
const ACT = 'src/store/schema/conditions-act.ts'
const TABLES = 'src/store/schema/tables-pipeline.ts'
const RUNS = 'src/store/ports/executions.ts'
const EXECUTE = 'src/pipeline/execute'

/** The guards, by name. */
export const GUARDS = {
  'vote-digest': { rule: 'GOV-030', file: DECIDE, what: 'a vote names the digest of the decision' },
  'vote-pending': { rule: 'GOV-031', file: DECIDE, what: 'votes only while the decision waits for them' },
  'vote-in-time': { rule: 'GOV-032', file: DECIDE, what: 'no vote after the decision’s validity' },
  'vote-active': { rule: 'GOV-037', file: DECIDE, what: 'the voter is an active approver' },
  'vote-once': { rule: 'GOV-036', file: DECIDE, what: 'a person votes once on a decision' },
  'vote-second': {
    rule: 'GOV-035',
    file: DECIDE,
    what: 'HIGH: another person’s conditional yes comes first',
  },
  'end-unused': { rule: 'GOV-054', file: DECIDE, what: 'a decision ends only while no run is queued' },
  'propose-in-turn': {
    rule: 'GOV-029',
    file: DECIDE,
    what: 'a further decision only when its issue waits for one',
  },
  'queue-approved': {
    rule: 'GOV-041',
    file: ACT,
    what: 'queue: decision and vote say APPROVED, same digest',
  },
  'queue-valid': { rule: 'GOV-041', file: ACT, what: 'queue: neither has run out, the voter is active' },
  'queue-quorum': { rule: 'GOV-042', file: ACT, what: 'queue: HIGH has two persons with valid yes' },
  'queue-grant': { rule: 'GOV-061', file: ACT, what: 'queue: the grant is not revoked' },
  'queue-halt': { rule: 'GOV-070', file: ACT, what: 'queue: no halt' },
  'queue-undo': { rule: 'GOV-049', file: ACT, what: 'queue: UNDO consented by all, DO ended and regressed' },
  'queue-once': { rule: 'GOV-043', file: TABLES, what: 'queue: unique (approval_id, purpose)' },
  'queue-alone': { rule: 'GOV-071', file: ACT, what: 'queue: no other open run on the target' },
  'start-approved': {
    rule: 'GOV-041',
    file: ACT,
    what: 'start: decision and vote say APPROVED, same digest',
  },
  'start-valid': { rule: 'GOV-041', file: ACT, what: 'start: neither has run out, the voter is active' },
  'start-quorum': { rule: 'GOV-042', file: ACT, what: 'start: HIGH has two persons with valid yes' },
  'start-grant': { rule: 'GOV-061', file: ACT, what: 'start: the grant is not revoked' },
  'start-halt': { rule: 'GOV-070', file: ACT, what: 'start: no halt' },
  'start-queued': { rule: 'GOV-023', file: RUNS, what: 'start: only from QUEUED' },
  'start-lease': { rule: 'GOV-046', file: RUNS, what: 'start: the lease is free or the caller’s' },
  'record-lease': {
    rule: 'GOV-046',
    file: RUNS,
    what: 'a step about to be sent needs the caller’s unexpired lease',
  },
  'record-running': { rule: 'GOV-044', file: RUNS, what: 'steps are recorded only while IN_PROGRESS' },
  'steps-kept': { rule: 'GOV-045', file: ACT, what: 'no recorded step is dropped or rewritten' },
  'adopt-free': { rule: 'GOV-046', file: RUNS, what: 'adoption only of a lease that has run out' },
  'adopted-only-checks': { rule: 'GOV-045', file: ACT, what: 'no further statement once adopted_at is set' },
  'finish-open': { rule: 'GOV-044', file: RUNS, what: 'an ended run never changes' },
  'complete-leased': { rule: 'GOV-048', file: ACT, what: 'COMPLETED needs an unexpired lease' },
  'verdict-ended': { rule: 'GOV-052', file: ACT, what: 'a verdict only on a run that ended and ran' },
  'verdict-once': { rule: 'GOV-053', file: ACT, what: 'the first decided verdict stands' },
  list: { file: 'src/store/ports/runnable.ts', what: 'the list of what may run leaves out what may not' },
  gate: { file: `${EXECUTE}/gates.ts`, what: 'wait for a halt or another run before queueing' },
  'check-votes': { file: 'src/app/verify-consent.ts', what: 'the executor judges the votes itself' },
  'check-identity': { file: `${EXECUTE}/check-approved.ts`, what: 'the approved server answers' },
  'check-objects': {
    file: 'src/core/proposal.ts',
    what: 'plan and objects are rendered again and equal the approved',
  },
  'check-effect': {
    file: `${EXECUTE}/check-approved.ts`,
    what: 'an undo: what it takes back is as the run left it',
  },
  'end-former-first': {
    file: `${EXECUTE}/clear-the-way.ts`,
    what: 'connections of runs that ended UNKNOWN are ended before another run starts',
  },
  'start-first': { file: `${EXECUTE}/executor.ts`, what: 'nothing is sent before the run is IN_PROGRESS' },
  'record-first': { file: `${EXECUTE}/runner.ts`, what: 'each step is recorded before it is sent' },
  'never-again': { file: `${EXECUTE}/runner.ts`, what: 'a step whose answer is lost is not sent again' },
  'stop-when-lost': { file: `${EXECUTE}/keep-run.ts`, what: 'an executor that lost its lease stops' },
  'settle-fences': {
    file: `${EXECUTE}/ask-abandoned.ts`,
    what: 'the connection of an abandoned run is ended before it is judged',
  },
  'settle-never-sends': { file: `${EXECUTE}/reconcile.ts`, what: 'who adopts a run sends nothing' },
  'settle-by-steps': {
    file: `${EXECUTE}/reconcile.ts`,
    what: 'REFUSED only if no statement was recorded',
  },
  'settle-own-name': {
    file: `${EXECUTE}/reconcile.ts`,
    what: 'settling holds leases under a name of its own, not the process’s',
  },
} as const satisfies Record<string, Guard>

/** Name of a guard. */
export type GuardId = keyof typeof GUARDS

/** What is explored, and which guards are switched off. */
export interface Bounded {
  readonly risk: 'LOW' | 'HIGH'
  /** Executor processes that do anything; each runs and settles. */
  readonly executors: 1 | 2
  readonly decisions: 1 | 2
  /** Both decisions belong to one issue: the second supersedes the first. */
  readonly sameIssue: boolean
  /** Plans have an undo plan that votes may consent to. */
  readonly undo: boolean
  /** Votes are carried by a standing approval that may be revoked. */
  readonly standing: boolean
  /** Persons may also sign for another plan’s text. */
  readonly wrongVotes: boolean
  /** Persons may also decline, cancel and revoke. */
  readonly endings: boolean
  /** Every decision begins with the consent it needs, which does not run out: what comes after it is explored. */
  readonly consented: boolean
  /** Leases may run out at any moment; else every executor lives, renews in time and is never slow. */
  readonly leases: boolean
  readonly crashes: number
  readonly losses: number
  readonly alterations: number
  readonly replacements: number
  readonly halts: number
  readonly deactivations: number
  readonly off: ReadonlySet<GuardId>
}

/** The condition, or true where its guard is switched off. */
export const holds = (model: Bounded, guard: GuardId, condition: boolean): boolean =>
  condition || model.off.has(guard)
