/** The model as a system to explore, and the scenarios: what may happen, and how often. */

import { executorSteps } from './executor-steps.ts'
import type { System } from './explore.ts'
import type { Bounded, GuardId } from './guards.ts'
import { keyOf } from './key.ts'
import { brokenBy, isSettled, windowsOf } from './properties.ts'
import { type Decision, IDLE, NO_DECISION, RESTING, type State, type Vote } from './state.ts'
import { worldSteps } from './world-steps.ts'

const NOTHING: Bounded = {
  risk: 'LOW',
  executors: 2,
  decisions: 1,
  sameIssue: false,
  undo: false,
  standing: false,
  wrongVotes: false,
  endings: false,
  consented: false,
  leases: true,
  crashes: 0,
  losses: 0,
  alterations: 0,
  replacements: 0,
  halts: 0,
  deactivations: 0,
  off: new Set(),
}

/** What each scenario lets happen. Together they hold everything the model knows. */
export const SCENARIOS = {
  votes: {
    ...NOTHING,
    risk: 'HIGH',
    executors: 1,
    endings: true,
    wrongVotes: true,
    deactivations: 1,
    halts: 1,
  },
  deaths: { ...NOTHING, crashes: 1 },
  'lost answers': { ...NOTHING, losses: 1 },
  changes: {
    ...NOTHING,
    executors: 1,
    standing: true,
    alterations: 1,
    replacements: 1,
    halts: 1,
    crashes: 1,
  },
  undo: { ...NOTHING, executors: 1, undo: true, alterations: 1, halts: 1 },
  'undo race': { ...NOTHING, undo: true, leases: false, deactivations: 1 },
  'two decisions': { ...NOTHING, decisions: 2, leases: false },
  'two statements': {
    ...NOTHING,
    executors: 1,
    decisions: 2,
    consented: true,
    crashes: 1,
    losses: 1,
  },
  superseded: { ...NOTHING, executors: 1, decisions: 2, sameIssue: true, leases: false, endings: true },
  signatures: { ...NOTHING, executors: 1, leases: false, wrongVotes: true, standing: true },
} as const satisfies Record<string, Bounded>

/** Name of a scenario. */
export type ScenarioName = keyof typeof SCENARIOS

/** The scenarios with more of everything: minutes and some gigabytes, not seconds. */
export const WIDE: Readonly<Record<ScenarioName, Bounded>> = {
  votes: { ...SCENARIOS.votes, executors: 2, losses: 1 },
  deaths: { ...SCENARIOS.deaths, crashes: 2 },
  'lost answers': { ...SCENARIOS['lost answers'], losses: 2, crashes: 1 },
  changes: { ...SCENARIOS.changes, executors: 2 },
  undo: { ...SCENARIOS.undo, crashes: 1, losses: 1 },
  'undo race': { ...SCENARIOS['undo race'], leases: true, crashes: 1 },
  'two decisions': { ...SCENARIOS['two decisions'], leases: true },
  'two statements': SCENARIOS['two statements'],
  superseded: { ...SCENARIOS.superseded, leases: true },
  signatures: { ...SCENARIOS.signatures, executors: 2, leases: true, losses: 1 },
}

/** The scenario with some guards switched off. */
export const without = (model: Bounded, ...off: readonly GuardId[]): Bounded => ({
  ...model,
  off: new Set(off),
})

const CONSENT: Vote = { person: 0, kind: 'APPROVED', undo: false, over: false, otherPlan: false }

function initial(model: Bounded): State {
  const first: Decision = model.consented
    ? { ...NO_DECISION, status: 'APPROVED', votes: [CONSENT] }
    : { ...NO_DECISION, status: 'PENDING_APPROVAL' }
  const later = model.sameIssue ? NO_DECISION : first
  const process = { runner: IDLE, settler: RESTING }
  const issue = model.consented ? 'APPROVED' : 'DECISION_MADE'
  return {
    decisions: model.decisions === 2 ? [first, later] : [first],
    issues: model.decisions === 2 && !model.sameIssue ? [issue, issue] : [issue],
    runs: [],
    processes: [process, process],
    halted: false,
    inactive: [false, false],
    grantRevoked: false,
    replaced: false,
    left: {
      crashes: model.crashes,
      losses: model.losses,
      alterations: model.alterations,
      replacements: model.replacements,
      halts: model.halts,
      deactivations: model.deactivations,
      revocations: model.standing ? 1 : 0,
    },
  }
}

/** The model under these bounds. */
export function protocol(model: Bounded): System<State> {
  return {
    initial: initial(model),
    key: keyOf,
    steps: (state) => [...worldSteps(state, model), ...executorSteps(state, model)],
    breaks: brokenBy,
    settled: isSettled,
    notes: windowsOf,
  }
}
