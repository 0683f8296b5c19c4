import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { actScene, IDENTITY, type SceneOptions } from '../../../test/support/act-scene.ts'
import { executeApproved } from './executor.ts'

const unknown = (executionId: number, connectionId: string) => ({
  executionId,
  preExecutionMetrics: { session: { connectionId, epoch: IDENTITY.epoch } },
})

async function execute(options: SceneOptions = {}) {
  const scene = actScene({
    ...options,
    port: { endedUnknown: async () => [unknown(3, '31'), unknown(2, '21')], ...options.port },
  })
  const executed = await executeApproved(scene.runnable, scene.input)
  return { ...scene, executed }
}

describe('runs on the target that ended UNKNOWN', () => {
  test('have their connections ended before another run starts', async () => {
    const { happened, executed } = await execute()
    assert.deepEqual(happened.slice(0, 5), ['queued', 'open', 'end 31', 'end 21', 'started'])
    assert.equal(executed?.outcome, 'SUCCESS')
  })

  for (const [former, because] of [
    ['working', /still works on a statement of execution 3/],
    ['throws', /whether execution 3 still runs/],
  ] as const) {
    test(`keep another from starting where their connection is found so: ${former}`, async () => {
      const { happened, executed } = await execute({ former })
      assert.equal(executed?.outcome, 'REFUSED')
      assert.match(executed?.because ?? '', because)
      assert.ok(!happened.includes('started') && !happened.some((each) => each.startsWith('send')))
    })
  }

  test('without a connection on record have none that could be ended', async () => {
    const { executed } = await execute({
      port: { endedUnknown: async () => [{ executionId: 3, preExecutionMetrics: null }] },
    })
    assert.equal(executed?.outcome, 'SUCCESS')
  })
})
