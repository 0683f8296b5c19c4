import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { abandonedRun, actScene, IDENTITY, PLAN, type SceneOptions } from '../../../test/support/act-scene.ts'
import { step } from '../../../test/support/pipeline-rows.ts'
import { toMs } from '../../core/time.ts'
import { askAbandoned } from './ask-abandoned.ts'
import { KILL_MARGIN_MS } from './former-run.ts'

const AT = '2026-11-21T09:58:01.000000Z'
const SESSION = { session: { connectionId: '7', epoch: IDENTITY.epoch } }
/** The guard, then the first statement, which nobody saw end. */
const STEPS = [{ ...step(0, AT, true), kind: 'guard' as const }, step(1, AT, false)]
const endMs = toMs(AT) + (PLAN.steps[0]?.timeoutMs ?? Number.NaN)

async function ask(
  options: SceneOptions & { readonly atMs?: number; readonly isHalted?: boolean; readonly unnamed?: boolean },
) {
  const scene = actScene(options)
  const found = await askAbandoned({
    ...scene.input,
    action: scene.action,
    binding: JSON.parse(scene.runnable.decision.bindingText),
    execution: abandonedRun({ steps: STEPS, preExecutionMetrics: options.unnamed === true ? null : SESSION }),
    runnable: { purpose: 'DO' },
    isHalted: options.isHalted ?? false,
    nowMs: () => options.atMs ?? endMs,
  })
  return { ...found, happened: scene.happened }
}

describe('a target that is asked about an abandoned run', () => {
  test('ends its connection and says what is there', async () => {
    const { run, holds, happened } = await ask({ holds: false })
    assert.deepEqual([run, holds], ['over', false])
    assert.deepEqual(happened, ['open', 'end 7 if idle', 'postcondition', 'close'])
  })

  test('lets a statement keep the time it was approved with, and ends it after that or once there is a halt', async () => {
    assert.ok((await ask({ atMs: endMs })).happened.includes('end 7 if idle'))
    assert.ok((await ask({ atMs: endMs + 1 })).happened.includes('end 7'))
    assert.ok((await ask({ isHalted: true })).happened.includes('end 7'))
  })

  test('and still works on the statement is not asked for its effect', async () => {
    const { run, holds, happened } = await ask({ former: 'working', atMs: endMs + 3_600_000 })
    assert.deepEqual([run, holds], ['working', 'unknown'])
    assert.ok(!happened.includes('postcondition'))
  })

  test('and is another one, or does not know the connection, can never say', async () => {
    const identity = { known: true, value: { ...IDENTITY, instanceUid: 'x' }, at: '', source: '' } as const
    assert.equal((await ask({ identity })).run, 'unknown')
    assert.equal((await ask({ unnamed: true })).run, 'unknown')
  })

  for (const [what, options, because] of [
    ['cannot be reached', { unreachable: 'always' }, /connection refused/],
    [
      'does not say who it is',
      { identity: { known: false, because: 'no answer', toProceed: '' } },
      /no answer/,
    ],
    ['does not say what became of the connection', { former: 'throws', holds: 'unknown' }, /the index/],
  ] as const) {
    test(`and ${what} is away, and until when it is asked again is the statement’s time and a margin`, async () => {
      const before = await ask({ ...options, atMs: endMs + KILL_MARGIN_MS })
      assert.deepEqual([before.run, before.timeIsOver], ['away', false])
      const after = await ask({ ...options, atMs: endMs + KILL_MARGIN_MS + 1 })
      assert.deepEqual([after.run, after.holds, after.timeIsOver], ['away', 'unknown', true])
      assert.match(after.found, because)
    })
  }
})
