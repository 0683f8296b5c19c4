/**
 * What people and programs may try on a store, well-behaved or not, in any order. An act takes numbers and
 * picks its rows by them; what the store says to it is part of the history, not of the test.
 */
import { whyNoConsent } from '../../../src/app/verify-consent.ts'
import { DbmedicError } from '../../../src/core/errors.ts'
import { ISSUE_STATES, TRANSITIONS } from '../../../src/core/lifecycle.ts'
import type { Approval, Decision, Execution, Issue } from '../../../src/core/nouns.ts'
import type { ExecutionPurpose, Verdict } from '../../../src/core/vocabulary.ts'
import {
  ACTIONS,
  after,
  makeIssue,
  newAnalysis,
  newDecision,
  newGrant,
  newLesson,
  newVerdict,
  newVote,
  setActive,
  sha256,
  step,
  type TestPerson,
  type World,
} from '../pipeline-rows.ts'
import { tryRaw } from './raw-sql.ts'
import { prune, sample } from './samples.ts'
import type { Stage, Act as StageAct } from './stage.ts'
import { performVerb } from './verbs.ts'

/** One act of a history. */
export type Act = StageAct<ActKind>

const pick = <T>(list: readonly T[], at: number): T | undefined => list[at % Math.max(1, list.length)]
const people = (w: World): readonly TestPerson[] => [w.anna, w.bert, w.carl]
const owner = (at: number): string => `executor-${at % 3}`
const oldest = <T>(rows: readonly T[]): readonly T[] => rows.toReversed()

// Most acts fall on a row they fit, so that histories come far; every eighth falls on any row.
const anyRow = (at: number): boolean => at % 8 === 7
async function issueAt(
  w: World,
  at: number,
  states: readonly Issue['issueStatus'][],
): Promise<Issue | undefined> {
  return pick(await w.store.read.issues({ limit: 20, ...(anyRow(at) ? {} : { states }) }), at)
}
async function decisionAt(
  w: World,
  at: number,
  status?: Decision['decisionStatus'],
): Promise<Decision | undefined> {
  const fitting = anyRow(at) || status === undefined ? {} : { status }
  return pick(await w.store.read.decisions({ limit: 20, ...fitting }), at)
}
async function executionAt(
  w: World,
  at: number,
  status: Execution['executionStatus'],
): Promise<Execution | undefined> {
  const rows = await w.store.read.executions({ limit: 20 })
  return pick(anyRow(at) ? rows : rows.filter((row) => row.executionStatus === status), at)
}

/** Far or near enough to run out before the history ends. */
async function moment(w: World, at: number): Promise<string> {
  return after(await w.store.read.now(), at % 5 === 4 ? 0.02 : 1000)
}

const ACTS = {
  open: async ({ world, prefix }, act) => {
    await makeIssue(world, `${prefix}-${act.a % 3}`)
  },

  move: async ({ world }, act) => {
    const issue = await issueAt(world, act.a, ISSUE_STATES)
    if (issue === undefined) return
    const mine = TRANSITIONS.filter(
      (t) => t.entity === 'issue' && t.by === 'reason' && t.from === issue.issueStatus,
    )
    const legal = pick(mine, act.b)
    const wild = act.c % 4 === 0 || legal === undefined
    const from = wild ? (pick(ISSUE_STATES, act.b) ?? 'DETECTED') : (legal.from as Issue['issueStatus'])
    const to = wild ? (pick(ISSUE_STATES, act.c) ?? 'CLOSED') : (legal.to as Issue['issueStatus'])
    await world.store.reason.moveIssue(issue.issueId, from, to)
  },

  decide: async ({ world }, act) => {
    const issue = await issueAt(world, act.a, ['DETECTED', 'UNDER_ANALYSIS', 'AWAITING_DECISION'])
    if (issue === undefined) return
    const { reason, read } = world.store
    await reason.moveIssue(issue.issueId, 'DETECTED', 'UNDER_ANALYSIS')
    if ((await read.issue(issue.issueId))?.issueStatus === 'UNDER_ANALYSIS') {
      await reason.insertAnalysis(newAnalysis(issue.issueId))
      await reason.moveIssue(issue.issueId, 'UNDER_ANALYSIS', 'AWAITING_DECISION')
    }
    const [analysis] = await read.analyses(issue.issueId)
    if (analysis === undefined) return
    const action = pick(ACTIONS, act.b)
    await reason.insertDecision(
      await newDecision(world, analysis.analysisId, {
        action: action?.actionName ?? 'mysql/analyze-table',
        undo: act.c % 3 !== 0,
        validSeconds: act.c % 7 === 6 ? 0.02 : 1500,
      }),
    )
  },

  vote: async ({ world }, act) => {
    const decision = await decisionAt(world, act.a, 'PENDING_APPROVAL')
    const person = pick(people(world), act.b)
    if (decision === undefined || person === undefined) return
    const conditional = decision.riskLevel === 'HIGH' && act.c % 2 === 0
    const hasUndo = decision.bindingText.includes('"undo":{"plan"')
    const vote = await newVote(world, decision, person, {
      status: act.c % 9 === 8 ? 'DECLINED' : conditional ? 'CONDITIONAL_APPROVAL' : 'APPROVED',
      conditions: { undoPreconsented: act.c % 3 !== 0 && (hasUndo || act.c % 7 === 0) },
      expiresAt: await moment(world, act.c),
      ...(act.c % 11 === 10 ? { change: { planDigest: sha256('another') } } : {}),
    })
    await world.store.serve.insertApproval(vote)
  },

  grant: async ({ world }, act) => {
    const person = pick(people(world), act.a)
    if (person === undefined) return
    await world.store.serve.grantStanding(
      await newGrant(world, person, { maximumUses: 1 + (act.b % 2), validUntil: await moment(world, act.c) }),
    )
  },

  voteByGrant: async ({ world }, act) => {
    const decision = await decisionAt(world, act.a, 'PENDING_APPROVAL')
    const grant = pick(await world.store.read.standingApprovals(), act.b)
    if (decision === undefined || grant === undefined) return
    const person = people(world).find((each) => each.userName === grant.grantedBy)
    if (person === undefined) return
    const vote = await newVote(world, decision, person, { expiresAt: grant.validUntil })
    await world.store.serve.insertApproval({
      ...vote,
      standingApprovalId: grant.standingApprovalId,
      authenticationMethod: 'standing',
      signature: grant.signature,
    })
  },

  revoke: async ({ world }, act) => {
    const grant = pick(await world.store.read.standingApprovals(), act.a)
    if (grant !== undefined) await world.store.serve.revokeStanding(grant.standingApprovalId, 'carl')
  },

  queue: async ({ world }, act) => {
    const runnable = pick(await world.store.act.runnable(20), act.a)
    if (runnable !== undefined) await world.store.act.queueExecution(runnable, owner(act.b))
  },

  // Not asked what may run: any vote, any purpose, as a broken or bought executor would.
  queueAnything: async ({ world }, act) => {
    const decision = await decisionAt(world, act.a)
    if (decision === undefined) return
    const votes = await world.store.read.approvals(decision.decisionId)
    const approval: Approval | undefined = pick(votes, act.b)
    const issue = await world.store.read.issue(decision.issueId)
    if (approval === undefined || issue === null) return
    const purpose: ExecutionPurpose = act.c % 2 === 0 ? 'DO' : 'UNDO'
    const other = act.c % 5 === 4 ? await decisionAt(world, act.c) : decision
    await world.store.act.queueExecution(
      { decision: other ?? decision, approval, votes, issue, purpose },
      owner(act.b),
    )
  },

  // As the executor does: signatures are checked before anything is sent, and what is in doubt is refused.
  start: async ({ world, sent }, act) => {
    const execution = await executionAt(world, act.a, 'QUEUED')
    if (execution === undefined) return
    if (execution.executionStatus === 'QUEUED' && (await consentProblem(world, execution)) !== null) {
      await world.store.act.finishExecution(execution.executionId, owner(act.b), REFUSED)
      return
    }
    const lease = { owner: owner(act.b), seconds: 60 }
    if (await world.store.act.startExecution(execution.executionId, lease, { mean_ms: act.c })) {
      sent.set(execution.executionId, (sent.get(execution.executionId) ?? 0) + 1)
    }
  },

  record: async ({ world }, act) => {
    const execution = await executionAt(world, act.a, 'IN_PROGRESS')
    if (execution === undefined) return
    const at = await world.store.read.now()
    const ended = execution.steps.map((each) => ({ ...each, endedAt: each.endedAt ?? at, ok: true }))
    const steps = act.b % 2 === 0 ? ended : [...execution.steps, step(execution.steps.length, at, false)]
    await world.store.act.recordSteps(execution.executionId, owner(act.c), steps)
  },

  finish: async ({ world }, act) => {
    const execution = await executionAt(world, act.a, 'IN_PROGRESS')
    if (execution === undefined) return
    const completed = act.b % 3 !== 0
    await world.store.act.finishExecution(execution.executionId, execution.leaseOwner ?? '', {
      status: completed ? 'COMPLETED' : 'FAILED',
      outcome: completed ? 'SUCCESS' : act.c % 2 === 0 ? 'UNKNOWN' : 'REFUSED',
      steps: execution.steps,
      durationMs: act.c,
      affectedRows: 0,
      errors: null,
    })
  },

  // Lets every lease run out, as an hour would.
  passTime: async ({ session }) => {
    const executor = await session('act')
    await executor.run(
      `UPDATE action_executions SET lease_expires_at = ${executor.dialect === 'sqlite' ? "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')" : 'SYSDATE(6)'} WHERE lease_owner IS NOT NULL AND execution_status IN ('QUEUED', 'IN_PROGRESS')`,
    )
  },

  adopt: async ({ world }, act) => {
    const [first, ...others] = await world.store.act.abandoned(20)
    const execution =
      act.b % 4 === 0 ? await executionAt(world, act.a, 'IN_PROGRESS') : (pick(others, act.a) ?? first)
    if (execution === undefined) return
    await world.store.act.adoptExecution(execution.executionId, { owner: owner(act.c), seconds: 60 })
  },

  judge: async ({ world }, act) => {
    const waiting = pick(await world.store.act.unverified(20), act.a)
    const execution = act.c % 5 === 4 ? await executionAt(world, act.a, 'COMPLETED') : waiting?.execution
    if (execution === undefined) return
    const verdicts: readonly Verdict[] = ['improved', 'regressed', 'no_effect', 'undecided']
    const verdict = newVerdict(execution.executionId, pick(verdicts, act.b) ?? 'undecided')
    if (act.c % 3 === 2) await world.store.serve.settleVerification({ ...verdict, assessedBy: 'bert' })
    else await world.store.act.insertVerification(verdict)
  },

  end: async ({ world }, act) => {
    const decision = await decisionAt(world, act.a)
    if (decision === undefined) return
    const { serve, reason, act: executor } = world.store
    const endings = ['CANCELLED', 'REVOKED', 'ASK_OTHER', 'CLOSE'] as const
    if (act.b % 6 === 4) await reason.endDecision(decision.decisionId, 'EXPIRED', 'its time was over')
    else if (act.b % 6 === 5) await executor.voidDecision(decision.decisionId, 'it changed')
    else await serve.endDecision(decision.decisionId, pick(endings, act.b) ?? 'CLOSE', 'because', 'anna')
  },

  expire: async ({ world }) => {
    for (const decision of await world.store.reason.overdueDecisions(20)) {
      await world.store.reason.endDecision(decision.decisionId, 'EXPIRED', 'its time was over')
    }
  },

  halt: async ({ world }, act) => {
    const halts = oldest(await world.store.read.halts())
    const halt = halts[0]
    if (halt !== undefined) return world.store.serve.liftHalt(halt.haltId, 'bert')
    const all = act.a % 2 === 0
    const scope = all ? 'ALL' : 'ACTION'
    await world.store.serve.halt({ scope, key: all ? '' : 'mysql/analyze-table', reason: 'stop', by: 'carl' })
  },

  // Every sixth for longer than may be.
  suppress: async ({ world }, act) => {
    const { read, serve } = world.store
    const by = pick(people(world), act.b)?.userName ?? 'anna'
    const holding = pick((await read.suppressions({ active: true, after: null, limit: 20 })).rows, act.a)
    if (holding !== undefined && act.c % 2 === 0) {
      await serve.endSuppression(holding.suppressionId, by)
      return
    }
    const issue = await issueAt(world, act.a, ['RESOLVED', 'CLOSED', 'CANCELLED'])
    const seconds = act.c % 6 === 5 ? 100 * 86_400 : 600
    if (issue !== undefined)
      await serve.suppress({ issueId: issue.issueId, seconds, reason: 'it is known', by })
  },

  hold: async ({ world }, act) => {
    const { read, reason } = world.store
    const holding = pick((await read.suppressions({ after: null, limit: 20 })).rows, act.a)
    const event = pick(await read.events({ limit: 20 }), act.b)
    if (holding !== undefined && event !== undefined)
      await reason.countHeld(holding.suppressionId, event.eventId)
  },

  switchUser: async ({ world }, act) => {
    const person = pick([world.bert, world.carl], act.a)
    if (person !== undefined) await setActive(world, person.userName, act.b % 3 !== 0)
  },

  switchAction: async ({ world }, act) => {
    const action = pick(ACTIONS, act.a)
    if (action !== undefined)
      await world.store.serve.setActionEnabled(action.actionName, act.b % 3 !== 0, 'anna')
  },

  learn: async ({ world }, act) => {
    const due = pick(await world.store.learn.unlearned(20), act.a)
    if (due === undefined) return
    const lessonId = await world.store.learn.insertLesson(newLesson(due))
    const review = { issueResolved: act.b % 2 === 0, wouldApproveAgain: true, assessedBy: 'anna' }
    if (act.c % 2 === 0) await world.store.serve.reviewLesson(lessonId, review)
  },

  sample: async (stage, act) => {
    await sample(stage, act)
  },

  prune: async (stage, act) => {
    await prune(stage, act)
  },
} as const satisfies Record<string, (stage: Stage, act: Act) => Promise<void>>

/** The end of a run of which nothing was sent. */
const REFUSED = {
  status: 'FAILED',
  outcome: 'REFUSED',
  steps: [],
  durationMs: null,
  affectedRows: null,
  errors: 'its votes do not carry it',
} as const

/** What the executor would find wrong with the votes of a run; null: nothing. */
async function consentProblem(world: World, execution: Execution): Promise<string | null> {
  const { read } = world.store
  const decision = await read.decision(execution.decisionId)
  const votes = await read.approvals(execution.decisionId)
  const approval = votes.find((vote) => vote.approvalId === execution.approvalId)
  const issue = decision === null ? null : await read.issue(decision.issueId)
  if (decision === null || approval === undefined || issue === null) return 'its rows cannot be read'
  const analyses = await read.analyses(decision.issueId)
  return whyNoConsent({
    runnable: { decision, approval, votes, issue, purpose: execution.purpose },
    people: await read.people(),
    registrations: await read.registrations(),
    administrators: [world.anna.keyId],
    grants: await read.standingApprovals(),
    analysis: analyses.find((each) => each.analysisId === decision.analysisId) ?? null,
    now: await read.now(),
    sha256,
  })
}

/** What would help an issue in a state on. */
const NEXT: Readonly<Record<Issue['issueStatus'], readonly (keyof typeof ACTS)[]>> = {
  DETECTED: ['decide'],
  UNDER_ANALYSIS: ['decide'],
  AWAITING_DECISION: ['decide'],
  DECISION_MADE: ['vote'],
  APPROVED: ['queue'],
  DECLINED: ['end'],
  EXECUTING: ['start', 'finish'],
  VERIFYING: ['judge', 'queue', 'start', 'finish'],
  RESOLVED: ['open', 'learn'],
  NO_ACTION: ['move'],
  CLOSED: ['open'],
  CANCELLED: ['open'],
}

/** One step on for some issue, as a healthy installation would make it. */
async function advance(stage: Stage, act: Act): Promise<void> {
  const issue = pick(await stage.world.store.read.issues({ limit: 3 }), act.a)
  const kinds = issue === undefined ? (['open'] as const) : NEXT[issue.issueStatus]
  for (const kind of kinds) await ACTS[kind](stage, { ...act, a: act.a % 3 })
}

/** Every kind of act; `restart` is done by whoever holds the stage. */
export const ACT_KINDS = [
  ...(Object.keys(ACTS) as (keyof typeof ACTS)[]),
  'advance',
  'restart',
  'verb',
  'raw',
] as const
/** A kind of act. */
export type ActKind = (typeof ACT_KINDS)[number]

/** Performs an act. A refusal is an answer; anything else that is thrown is a fault of the store. */
export async function perform(stage: Stage, act: Act): Promise<'done' | 'refused'> {
  const [what, became] = await performed(stage, act)
  stage.count(what, became)
  return became
}

async function performed(stage: Stage, act: Act): Promise<readonly [string, 'done' | 'refused']> {
  if (act.kind === 'verb' || act.kind === 'raw') {
    const [name, became] = await (act.kind === 'verb' ? performVerb : tryRaw)(stage, act)
    return [`${act.kind} ${name}`, became]
  }
  try {
    if (act.kind === 'advance') await advance(stage, act)
    else if (act.kind !== 'restart') await ACTS[act.kind](stage, act)
    return [act.kind, 'done']
  } catch (error) {
    if (error instanceof DbmedicError && ['DBM_STORE_REFUSED', 'DBM_STORE_NO_ROW'].includes(error.code)) {
      return [act.kind, 'refused']
    }
    if (error instanceof Error && error.message === 'the issue did not open') return [act.kind, 'refused']
    throw error
  }
}
