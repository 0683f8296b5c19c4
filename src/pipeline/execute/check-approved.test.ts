import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { actScene, IDENTITY, PLAN, type SceneOptions } from '../../../test/support/act-scene.ts'
import { FORECAST } from '../../../test/support/bindings.ts'
import { sha256 } from '../../../test/support/pipeline-rows.ts'
import type { Action } from '../../core/action.ts'
import { canonicalJson } from '../../core/canonical.ts'
import { refusal } from '../../core/errors.ts'
import type { Identity, Reading } from '../../core/observer.ts'
import type { ParameterSchema } from '../../core/parameters.ts'
import type { Runnable } from '../../core/store-ports.ts'
import { type CheckInput, checkApproved } from './check-approved.ts'

const reading = (change: Partial<Identity> = {}): Reading<Identity> => ({
  known: true,
  value: { ...IDENTITY, ...change },
  at: '2026-11-21T10:00:00.000000Z',
  source: 'test',
})

/** Checks the scene's decision after `change` was made to what the check sees. */
async function check(
  change: (
    input: CheckInput<never>,
    action: Action<ParameterSchema, never>,
  ) => Partial<CheckInput<never>> = () => ({}),
  options: SceneOptions = {},
) {
  const { input, runnable, session, action } = actScene(options)
  const whole: CheckInput<never> = { ...input, runnable, session, identity: reading() }
  return checkApproved({ ...whole, ...change(whole, action) })
}
const decided = (runnable: Runnable, change: Partial<Runnable['decision']>): Runnable => ({
  ...runnable,
  decision: { ...runnable.decision, ...change },
})
/** The same approval on another text, with digests that fit it. */
const rewritten = (runnable: Runnable, text: string): Runnable => ({
  ...decided(runnable, { bindingText: text, planDigest: sha256(text) }),
  approval: { ...runnable.approval, planDigest: sha256(text) },
})
const acting = (action: Action<ParameterSchema, never>, change: Partial<Action<ParameterSchema, never>>) => ({
  actionOf: () => ({ ...action, ...change }),
})

test('an approved plan that is still the same may be sent, exactly as it was approved', async () => {
  const checked = await check()
  assert.ok('plan' in checked)
  assert.deepEqual(checked.plan, PLAN)
})

test('an undo sends the approved undo plan and renders nothing again', async () => {
  const checked = await check(
    (_i, action) =>
      acting(action, {
        render: async () => {
          throw new Error('must not be rendered')
        },
      }),
    { purpose: 'UNDO' },
  )
  assert.ok('plan' in checked)
  assert.deepEqual(
    checked.plan.steps.map((s) => s.text),
    ['BACK'],
  )
})

type Change = Parameters<typeof check>[0]
const REFUSALS: readonly (readonly [string, RegExp, Change, SceneOptions?])[] = [
  [
    'a stored plan whose text was changed',
    /does not have the digest/,
    ({ runnable }) => ({
      runnable: decided(runnable, { bindingText: runnable.decision.bindingText.replace('ONE', 'DROP') }),
    }),
  ],
  [
    'a decision whose digest is another than the approved one',
    /does not have the digest/,
    ({ runnable }) => ({
      runnable: { ...runnable, approval: { ...runnable.approval, planDigest: 'f'.repeat(64) } },
    }),
  ],
  [
    'a plan with a member written twice',
    /not in its canonical form/,
    ({ runnable }) => ({
      runnable: rewritten(
        runnable,
        runnable.decision.bindingText.replace('{"action"', '{"action":1,"action"'),
      ),
    }),
  ],
  [
    'a plan of an unknown form',
    /unknown form/,
    ({ runnable }) => ({
      runnable: rewritten(
        runnable,
        canonicalJson({ ...JSON.parse(runnable.decision.bindingText), schema: 'dbmedic/binding/2' }),
      ),
    }),
  ],
  [
    'an expiry that was prolonged',
    /expiry is not the one/,
    ({ runnable }) => ({ runnable: decided(runnable, { expiresAt: '2030-01-01T00:00:00.000000Z' }) }),
  ],
  [
    'a risk that was lowered',
    /risk or target is not the one/,
    ({ runnable }) => ({ runnable: decided(runnable, { riskLevel: 'LOW' }) }),
  ],
  [
    'another target',
    /risk or target is not the one/,
    ({ runnable }) => ({ runnable: decided(runnable, { targetId: 2 }) }),
  ],
  [
    'a vote that is not valid',
    /no valid signature/,
    () => ({ verifyVotes: async () => 'no valid signature' }),
  ],
  [
    'a target that does not say who it is',
    /who the target is could not be found out: timeout/,
    () => ({ identity: { known: false, because: 'timeout', toProceed: '' } }),
  ],
  [
    'another server at the address',
    /another server answers/,
    () => ({ identity: reading({ instanceUid: 'uid-2' }) }),
  ],
  [
    'a restart of the target, where the plan is about a connection',
    /restarted since/,
    () => ({ identity: reading({ epoch: '2026-11-20T00:00:00.000000Z' }) }),
    {
      binding: {
        target: { id: 1, name: 'shop', engine: 'mysql', instanceUid: 'uid-1', epoch: IDENTITY.epoch },
      },
    },
  ],
  ['an action this program does not have', /this program has no/, () => ({ actionOf: () => null })],
  [
    'an action that is defined differently now',
    /definition of .* is not the one/,
    () => ({ definitionDigestOf: () => 'x' }),
  ],
  [
    'an action that was voted on as one of less risk',
    /is HIGH risk, and was voted on as MEDIUM/,
    (_i, action) => acting(action, { risk: 'HIGH' }),
  ],
  [
    'the undo of such an action',
    /is HIGH risk, and was voted on as MEDIUM/,
    (_i, action) => acting(action, { risk: 'HIGH' }),
    { purpose: 'UNDO' },
  ],
  [
    'a table that is gone',
    /no such table/,
    () => ({
      resolve: async () =>
        refusal('DBM_PARAM_INVALID', { parameter: 'table', action: 'a', problem: 'no such table' }),
    }),
  ],
  [
    'a precondition that holds no more',
    /X1.*is a replica/,
    (_i, action) =>
      acting(action, { check: async () => [{ id: 'X1', met: false, found: 'is a replica', toProceed: '' }] }),
  ],
  [
    'a precondition that cannot be checked',
    /could not be checked/,
    (_i, action) =>
      acting(action, {
        check: async () => [{ id: 'X1', met: 'unknown', found: 'no privilege', toProceed: '' }],
      }),
  ],
  [
    'a statement that would be another now',
    /the statements changed since decision 5 was approved/,
    (_i, action) =>
      acting(action, {
        render: async (c) => {
          const rendered = await action.render(c)
          return { ...rendered, plan: { ...rendered.plan, steps: rendered.plan.steps.slice(1) } }
        },
      }),
  ],
  [
    'a table that was altered',
    /the definitions of the objects touched changed/,
    (_i, action) =>
      acting(action, {
        render: async (c) => ({
          ...(await action.render(c)),
          objects: [{ kind: 'table', name: 't', definitionDigest: 'new' }],
        }),
      }),
  ],
  [
    'an undo that would be another now',
    /the undo plan changed/,
    (_i, action) =>
      acting(action, { render: async (c) => ({ ...(await action.render(c)), undo: { whyNot: 'gone' } }) }),
  ],
  [
    'a forecast beyond what was approved',
    /the forecast of durationMs rose to 101/,
    (_i, action) =>
      acting(action, {
        forecast: async () => ({ ...FORECAST, durationMs: { low: 0, expected: 101, high: 200 } }),
      }),
  ],
  [
    'a server that lost its own identity, where the risk is not low',
    /no unique identity/,
    () => ({ identity: reading({ weak: true }) }),
  ],
  [
    'an undo of a plan that has none',
    /has no undo/,
    undefined,
    { purpose: 'UNDO', binding: { undo: { whyNot: 'a killed session cannot be brought back' } } },
  ],
]

describe('what is refused', () => {
  for (const [what, because, change, options] of REFUSALS) {
    test(what, async () => {
      const checked = await check(change, options)
      assert.ok('refusedBecause' in checked, 'it would have been sent')
      assert.match(checked.refusedBecause, because)
    })
  }

  test('is not a restart where the plan is not about a connection', async () =>
    assert.ok(
      'plan' in (await check(() => ({ identity: reading({ epoch: '2026-11-20T00:00:00.000000Z' }) }))),
    ))
})
