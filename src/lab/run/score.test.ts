import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Story } from '../../app/index.ts'
import type { CapabilityReport } from '../../core/observer.ts'
import { expectFile, faultFile, type Scenario, workloadFile } from '../scenario/shape.ts'
import type { Followed } from './follow-issue.ts'
import { type ScoreInput, score } from './score.ts'

const EXPECT = {
  issues: [
    {
      category: 'LOCK_CONTENTION',
      resource: 'orders',
      rootCause: 'IDLE_BLOCKER',
      action: 'mysql/kill-idle-transaction',
      risk: 'HIGH',
      binds: 'forgetful',
      verdict: 'improved',
    },
  ],
  alongside: [{ category: 'QUERY_PERFORMANCE', why: 'it is slow because it waits' }],
  traps: [{ action: 'mysql/kill-query', why: 'the blocker runs no statement' }],
}

const scenario = (expect: unknown = EXPECT, control = false): Scenario => ({
  name: 'idle-writer',
  seed: 1,
  drawn: {},
  setup: '',
  accounts: '',
  workload: workloadFile.parse({}),
  fault: faultFile.parse({
    title: 'an application forgets a transaction',
    number: control ? null : 3,
    control,
  }),
  expect: expectFile.parse(expect),
  remedy: null,
  oracle: null,
})

interface Seen {
  readonly category?: string
  readonly resource?: string
  readonly cause?: string
  readonly actions?: readonly string[]
}

let issueId = 0
function story({
  category = 'LOCK_CONTENTION',
  resource = 'shop.orders',
  cause,
  actions = [],
}: Seen = {}): Story {
  issueId += 1
  return {
    issue: { issueId, issueCategory: category, affectedResourceName: resource, ruleId: 'mysql/lock-wait' },
    analyses: [{ rootCauseCode: cause ?? 'IDLE_BLOCKER' }],
    decisions: actions.map((name) => ({ binding: { action: { name } } })),
  } as unknown as Story
}

function followed(of: Story, change: Partial<Followed> = {}): Followed {
  return {
    expected: scenario().expect.issues[0],
    issue: of.issue,
    eventAfterMs: 1_500,
    explainedAfterMs: 3_000,
    decidedAfterMs: 3_100,
    analysis: { analysisStatus: 'COMPLETED', rootCauseCode: 'IDLE_BLOCKER', confidenceScore: 0.98 },
    decision: { riskLevel: 'HIGH' },
    actionName: 'mysql/kill-idle-transaction',
    connectionId: '17',
    problem: null,
    ran: { fromMs: 1, toMs: 2 },
    verdict: {
      verdict: 'improved',
      improvementPercent: 99,
      intervalLowPercent: 98,
      intervalHighPercent: 99.5,
    },
    ...change,
  } as unknown as Followed
}

/** What failed of a run that went right but for `change` and `issue`. */
function failed(change: Partial<ScoreInput> = {}, issue: Partial<Followed> = {}): readonly string[] {
  const own = story({ actions: ['mysql/kill-idle-transaction'] })
  return score({
    scenario: scenario(),
    early: [],
    followed: [followed(own, issue)],
    stories: [own, ...(change.stories ?? [])],
    effect: null,
    refusedBecause: null,
    capabilities: change.capabilities ?? [],
    connectionsOf: (name) => new Set(name === 'forgetful' ? ['17'] : []),
    ...(change.early === undefined ? {} : { early: change.early }),
    ...(change.scenario === undefined ? {} : { scenario: change.scenario }),
    ...(change.refusedBecause === undefined ? {} : { refusedBecause: change.refusedBecause }),
  })
    .filter((check) => !check.ok)
    .map((check) => check.what)
}

describe('a run passes only if', () => {
  test('everything expected came about', () => assert.deepEqual(failed(), []))

  test('the issue was found', () =>
    assert.ok(failed({}, { issue: null, analysis: null }).includes('LOCK_CONTENTION found')))

  test('the root cause named first is the right one, and named rather than abstained from', () => {
    const other = { analysisStatus: 'COMPLETED', rootCauseCode: 'LONG_BLOCKER', confidenceScore: 0.9 }
    const unsure = {
      analysisStatus: 'ABSTAINED',
      rootCauseCode: 'IDLE_BLOCKER',
      confidenceScore: 0.4,
      rootCauseHypothesis: '',
      recommendationSummary: '',
    }
    for (const analysis of [other, unsure])
      assert.deepEqual(failed({}, { analysis: analysis as never }), [
        'LOCK_CONTENTION root cause IDLE_BLOCKER',
      ])
  })

  test('the action is the right one, of the right risk, about the right connection', () => {
    assert.deepEqual(failed({}, { actionName: 'mysql/kill-query' }), [
      'LOCK_CONTENTION proposed mysql/kill-idle-transaction',
    ])
    assert.deepEqual(failed({}, { decision: { riskLevel: 'LOW' } as never }), ['LOCK_CONTENTION risk HIGH'])
    assert.deepEqual(failed({}, { connectionId: '18' }), [
      'LOCK_CONTENTION action is about session forgetful',
    ])
  })

  test('the verdict is the expected one', () =>
    assert.deepEqual(failed({}, { verdict: null }), ['LOCK_CONTENTION verdict improved']))

  test('nothing was found before the fault', () =>
    assert.deepEqual(failed({ early: [story()] }), ['no issue before the fault']))

  test('no issue but the expected ones and stated symptoms was opened', () => {
    assert.deepEqual(failed({ stories: [story({ category: 'QUERY_PERFORMANCE' })] }), [])
    assert.deepEqual(failed({ stories: [story({ category: 'MEMORY' })] }), [
      'no other issue, nothing else proposed',
    ])
  })

  test('nothing was proposed for a symptom', () =>
    assert.deepEqual(
      failed({ stories: [story({ category: 'QUERY_PERFORMANCE', actions: ['mysql/create-index'] })] }),
      ['no other issue, nothing else proposed'],
    ))

  test('no trap was fallen into, for whatever issue', () =>
    assert.deepEqual(failed({ stories: [story({ actions: ['mysql/kill-query'] })] }), [
      'trap avoided: mysql/kill-query (the blocker runs no statement)',
    ]))

  test('what must be refused was, and for that reason', () => {
    const refused = { action: 'mysql/drop-index', params: {}, because: 'hidden' }
    const wanting = scenario({ ...EXPECT, refused })
    assert.deepEqual(failed({ scenario: wanting }), ['mysql/drop-index refused'])
    assert.deepEqual(failed({ scenario: wanting, refusedBecause: 'no such table' }), [
      'mysql/drop-index refused',
    ])
    assert.deepEqual(failed({ scenario: wanting, refusedBecause: 'it is not Hidden yet' }), [])
  })

  test('a gap was said to be one, with what follows and what gives it back', () => {
    const wanting = scenario({ ...EXPECT, gaps: ['slow-log'] })
    const said = (part: Partial<CapabilityReport>): readonly CapabilityReport[] => [
      { id: 'slow-log', available: false, found: 'OFF', consequence: 'no plans', remedy: ['SET'], ...part },
    ]
    const missed = ['says that it lacks slow-log, and what gives it']
    assert.deepEqual(failed({ scenario: wanting, capabilities: said({}) }), [])
    assert.deepEqual(failed({ scenario: wanting }), missed)
    assert.deepEqual(failed({ scenario: wanting, capabilities: said({ available: true }) }), missed)
    assert.deepEqual(failed({ scenario: wanting, capabilities: said({ remedy: [] }) }), missed)
  })

  test('an effect that is expected was measured', () => {
    const effect = { measure: 'latency', of: 'x', reference: { mariadb: '', mysql: '' } }
    assert.deepEqual(failed({ scenario: scenario({ ...EXPECT, effect }) }), ['effect on latency of x'])
  })
})

describe('a control', () => {
  const SYMPTOM = {
    category: 'QUERY_PERFORMANCE',
    resource: 'all statements',
    why: 'others take the processors',
  }
  const isHealthy = (expect: unknown, ...early: readonly Story[]): boolean => {
    const checks = score({
      scenario: scenario(expect, true),
      early,
      followed: [],
      stories: [],
      effect: null,
      refusedBecause: null,
      capabilities: [],
      connectionsOf: () => new Set(),
    })
    assert.deepEqual(
      checks.map((c) => c.what),
      ['no issue on a healthy server'],
    )
    return checks.every((c) => c.ok)
  }

  test('fails by any issue, whatever became of it', () => {
    assert.ok(isHealthy({ issues: [] }))
    assert.ok(!isHealthy({ issues: [] }, story()))
  })

  test('passes with the symptom it states, and with no other, and nothing may be proposed for it', () => {
    const expect = { issues: [], alongside: [SYMPTOM] }
    const all = { category: 'QUERY_PERFORMANCE', resource: 'all statements' }
    const one = { category: 'QUERY_PERFORMANCE', resource: 'select ?' }
    assert.ok(isHealthy(expect, story(all)))
    assert.ok(!isHealthy(expect, story(all), story(one)))
    assert.ok(!isHealthy(expect, story({ ...all, actions: ['mysql/analyze-table'] })))
  })
})
