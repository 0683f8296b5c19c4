import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { candidate, ISSUE, NOW } from '../../../test/support/analysis-scene.ts'
import { PROPOSAL } from '../../../test/support/bindings.ts'
import { sha256 } from '../../../test/support/pipeline-rows.ts'
import type { Action } from '../../core/action.ts'
import { refusal } from '../../core/errors.ts'
import type {
  Analysis,
  Decision,
  Hypothesis,
  PredefinedAction,
  ProposedAction,
  Target,
} from '../../core/nouns.ts'
import type { ParameterSchema } from '../../core/parameters.ts'
import type { Binding } from '../../core/plan.ts'
import { toMs } from '../../core/time.ts'
import { DECISION_VALIDITY_SECONDS, type DecideInput, decideIssue, type Preview } from './decide-issue.ts'

const preview: Preview = { proposal: PROPOSAL, instanceUid: 'uid-1', epoch: '2026-11-01T00:00:00.000000Z' }
const action = (id: string, bindsConnection = false): Action<ParameterSchema, never> =>
  ({ id, version: 1, risk: 'MEDIUM', bindsConnection }) as Action<ParameterSchema, never>
const row = (actionName: string, change: Partial<PredefinedAction> = {}): PredefinedAction =>
  ({
    actionId: 3,
    actionName,
    riskLevel: 'MEDIUM',
    actionEnabled: true,
    definitionDigest: 'a'.repeat(64),
    ...change,
  }) as PredefinedAction

const hypothesis = (
  candidates: readonly ProposedAction[],
  lostBecause: string | null = null,
): Hypothesis => ({
  rootCauseCode: 'MISSING_INDEX',
  hypothesis: 'no index',
  confidence: 0.9,
  lostBecause,
  evidenceIds: [],
  candidates,
})

function decide(candidates: readonly ProposedAction[], change: Partial<DecideInput> = {}) {
  const previewed: string[] = []
  const decided = decideIssue({
    issue: ISSUE,
    analysis: {
      analysisId: 2,
      confidenceScore: 0.9,
      evidence: [],
      competingHypotheses: [hypothesis([candidate('mysql/never')], 'it lost'), hypothesis(candidates)],
    } as unknown as Analysis,
    target: { targetId: 1, targetName: 'shop', engine: 'mysql' } as Target,
    earlier: [],
    actionOf: action,
    mirrored: row,
    preview: async (c) => {
      previewed.push(c.actionId)
      return preview
    },
    sha256,
    now: NOW,
    proposedBy: 'dbmedic',
    log: () => undefined,
    ...change,
  })
  return decided.then((d) => ({ ...d, previewed }))
}
const bindingOf = (decision: { readonly bindingText: string } | null): Binding =>
  JSON.parse(decision?.bindingText ?? 'null') as Binding

const first = candidate('mysql/create-index')
const second = candidate('mysql/analyze-table')

/** An earlier decision on a candidate, in a status. */
const earlier = (c: ProposedAction, decisionStatus: Decision['decisionStatus']): Decision =>
  ({
    decisionStatus,
    bindingText: JSON.stringify({ action: { name: c.actionId }, parameters: c.params }),
  }) as Decision

describe('a decision', () => {
  test('is the first candidate of the named hypothesis that can be rendered, and no other is previewed', async () => {
    const { decision, previewed, refused } = await decide([first, second])
    assert.deepEqual(previewed, ['mysql/create-index'])
    assert.deepEqual(refused, [])
    assert.deepEqual(
      [
        decision?.recommendedActionId,
        decision?.riskLevel,
        decision?.confidenceBasedScore,
        decision?.decisionRationale,
      ],
      [3, 'MEDIUM', 0.9, 'it helps'],
    )
    assert.equal(decision?.planDigest, sha256(decision?.bindingText ?? ''))
  })

  test('binds the target’s identity, the definition, the evidence and the expiry', async () => {
    const { decision } = await decide([first])
    const binding = bindingOf(decision)
    assert.deepEqual(binding.target, {
      id: 1,
      name: 'shop',
      engine: 'mysql',
      instanceUid: 'uid-1',
      epoch: null,
    })
    assert.equal(binding.action.definitionDigest, 'a'.repeat(64))
    assert.equal(binding.evidenceDigest, sha256('[]'))
    assert.equal(binding.expiresAt, decision?.expiresAt)
    assert.equal((toMs(binding.expiresAt) - toMs(NOW)) / 1000, DECISION_VALIDITY_SECONDS.ordinary)
  })

  test('about a connection binds the server’s life too and holds half an hour', async () => {
    const { decision } = await decide([first], { actionOf: (id) => action(id, true) })
    const binding = bindingOf(decision)
    assert.equal(binding.target.epoch, preview.epoch)
    assert.equal((toMs(binding.expiresAt) - toMs(NOW)) / 1000, DECISION_VALIDITY_SECONDS.connection)
  })
})

describe('a candidate is passed over', () => {
  const passed = async (change: Partial<DecideInput>): Promise<string> => {
    const onlyFirst = (id: string): boolean => id === first.actionId
    const { decision, refused } = await decide([first, second], change)
    assert.equal(bindingOf(decision).schema, 'dbmedic/binding/1', 'the next one is taken')
    assert.deepEqual(
      refused.map((r) => onlyFirst(r.actionId)),
      [true],
    )
    assert.notEqual(refused[0]?.toProceed, '')
    return refused[0]?.because ?? ''
  }

  test('that this program or this store does not have', async () => {
    assert.match(
      await passed({ actionOf: (id) => (id === first.actionId ? null : action(id)) }),
      /not in the catalogue/,
    )
    assert.match(
      await passed({ mirrored: (id) => (id === first.actionId ? null : row(id)) }),
      /not in the catalogue/,
    )
  })

  test('that a person disabled here', async () =>
    assert.match(
      await passed({ mirrored: (id) => row(id, { actionEnabled: id !== first.actionId }) }),
      /disabled here/,
    ))

  test('that cannot be rendered on the live target', async () => {
    const gone = refusal('DBM_PARAM_INVALID', { parameter: 'table', action: 'a', problem: 'no such table' })
    assert.match(
      await passed({ preview: async (c) => (c.actionId === first.actionId ? gone : preview) }),
      /no such table/,
    )
  })

  for (const met of [false, 'unknown'] as const) {
    test(`whose precondition is ${met}`, async () => {
      const preconditions = [{ id: 'X7', met, found: 'no space', toProceed: 'Free some.' }]
      const unmet = { ...preview, proposal: { ...PROPOSAL, preconditions } }
      assert.match(
        await passed({ preview: async (c) => (c.actionId === first.actionId ? unmet : preview) }),
        /X7.*no space/,
      )
    })
  }

  for (const status of ['APPROVED', 'DECLINED', 'PENDING_APPROVAL'] as const) {
    test(`that was ${status} in this issue before`, async () =>
      assert.match(await passed({ earlier: [earlier(first, status)] }), /already decided on/))
  }
})

describe('a candidate is proposed again', () => {
  for (const status of ['EXPIRED', 'CANCELLED'] as const) {
    test(`where its decision was ${status}: nobody said no`, async () =>
      assert.deepEqual((await decide([first], { earlier: [earlier(first, status)] })).refused, []))
  }

  test('where the parameters are others, whatever order they come in', async () => {
    const given = { ...first, params: { a: 1, b: 2 } }
    const other = { ...first, params: { a: 1, b: 3 } }
    const same = { ...first, params: { b: 2, a: 1 } }
    assert.equal((await decide([given], { earlier: [earlier(other, 'DECLINED')] })).refused.length, 0)
    assert.equal((await decide([given], { earlier: [earlier(same, 'DECLINED')] })).refused.length, 1)
  })
})

describe('there is no decision', () => {
  test('where the named hypothesis has no candidate: it is advice', async () =>
    assert.deepEqual(await decide([]), { decision: null, refused: [], previewed: [] }))

  test('where none can be proposed: each says why', async () => {
    const { decision, refused } = await decide([first, second], { actionOf: () => null })
    assert.equal(decision, null)
    assert.deepEqual(
      refused.map((r) => r.actionId),
      [first.actionId, second.actionId],
    )
  })

  test('of hypotheses that lost', async () => {
    const analysis = { evidence: [], competingHypotheses: [hypothesis([first], 'below the threshold')] }
    assert.equal((await decide([], { analysis: analysis as unknown as Analysis })).decision, null)
  })
})
