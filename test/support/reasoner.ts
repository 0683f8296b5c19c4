/** An analyst over a store of the tests: one rule that proposes to analyze a table, and an observer that answers meanwhile. */
import type { Action } from '../../src/core/action.ts'
import type { Diagnosis } from '../../src/core/diagnosis.ts'
import type { LogLine } from '../../src/core/log.ts'
import type { ProposedAction } from '../../src/core/nouns.ts'
import type { ParameterSchema } from '../../src/core/parameters.ts'
import type { ReasonPort } from '../../src/core/store-ports.ts'
import { answerRequests } from '../../src/pipeline/detect/index.ts'
import { Reasoner } from '../../src/pipeline/reason-role.ts'
import { claim } from './analysis-scene.ts'
import { PROPOSAL } from './bindings.ts'
import { ACTIONS, INSTANCE, sha256, type World } from './pipeline-rows.ts'

/** What the rule proposes to do it with. */
export const PARAMS = { table: { schema: 'shop', table: 'orders' }, rows: 5 }
/** What the rule proposes. */
export const CANDIDATE: ProposedAction = {
  actionId: 'mysql/analyze-table',
  params: PARAMS,
  why: 'it helps',
  affectedSeries: [],
}

/** It always proposes. */
export const RULE: Diagnosis<never> = {
  id: 'mysql/stale-statistics',
  version: 1,
  engine: 'mysql',
  title: 'test',
  rootCause: 'STALE_STATISTICS',
  categories: ['STATISTICS'],
  needs: () => [],
  test: () => ({
    outcome: 'supported',
    hypothesis: 'the statistics are old',
    recommendation: 'Renew them.',
    claims: [claim('the statistics are ten days old')],
    weights: [],
    candidates: [CANDIDATE],
    affectingQueries: [],
  }),
}

/** The actions of the tests. */
export const actionOf = (id: string): Action<ParameterSchema, never> | null => {
  const row = ACTIONS.find((a) => a.actionName === id)
  if (row === undefined) return null
  return {
    id,
    version: 1,
    risk: row.riskLevel,
    bindsConnection: false,
    issueCategories: ['STATISTICS'],
  } as unknown as Action<ParameterSchema, never>
}

/** What an observer would say to a preview: the plan of the action for these parameters. */
const previewOf = (params: { readonly [name: string]: unknown }) => ({
  known: true,
  at: '2026-11-21T10:00:00.000000Z',
  source: 'test',
  value: {
    instanceUid: INSTANCE,
    epoch: '2026-11-01T00:00:00.000000Z',
    proposal: { ...PROPOSAL, actionName: params.actionId, parameters: params.given },
  },
})

/** The analyst, and what it logs. */
export function makeReasoner(
  world: World,
  change: Partial<ReasonPort> = {},
  diagnoses: readonly Diagnosis<never>[] = [RULE],
) {
  const lines: LogLine[] = []
  const made = new Reasoner({
    port: { ...world.store.reason, ...change },
    lease: { owner: 'analyst', seconds: 15 },
    diagnosesOf: () => diagnoses,
    actionOf,
    sha256,
    model: null,
    opening: { breaches: 3, ofWindows: 5, recurrenceDays: 30 },
    history: { currentSeconds: 60, baselineSeconds: 7200, minimumCalls: 30 },
    abstainBelow: 0.6,
    settings: {},
    answerTimeoutMs: 30_000,
    version: '1',
    signal: new AbortController().signal,
    log: (line) => void lines.push(line),
  })
  return { made, lines }
}

/** One turn, with an observer that answers meanwhile. */
export async function turnOf(world: World, analyst: Reasoner): Promise<boolean> {
  const { observe } = world.store
  const lease = { owner: 'observer', seconds: 60 }
  await observe.leaseTargets(lease, 10)
  let ended = false
  const answering = (async () => {
    while (!ended) {
      await answerRequests(observe, {
        lease,
        most: 10,
        log: () => undefined,
        answer: async (r) => previewOf(r.question.params) as never,
      })
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  })()
  try {
    return await analyst.turn()
  } finally {
    ended = true
    await answering
  }
}
