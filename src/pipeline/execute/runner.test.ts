import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { actScene, PLAN } from '../../../test/support/act-scene.ts'
import { sha256 } from '../../../test/support/pipeline-rows.ts'
import type { StepRecord } from '../../core/nouns.ts'
import { maybeReceived, type RunHooks, runPlan } from './runner.ts'

function run(answers: Parameters<typeof actScene>[0] = {}, hooks: Partial<RunHooks> = {}) {
  const { session, happened } = actScene(answers)
  const records: (readonly StepRecord[])[] = []
  let clock = 0
  const result = runPlan(session, PLAN, {
    record: async (steps) => {
      records.push([...steps])
      return true
    },
    sha256,
    nowMs: () => {
      clock += 1
      return clock
    },
    lost: () => false,
    halted: () => null,
    ...hooks,
  })
  return { result, happened, records }
}

describe('the runner', () => {
  test('writes each step down before it is sent, with its digest, and again with what came back', async () => {
    const { result, records } = run()
    assert.equal((await result).end, 'done')
    assert.equal(records.length, 8)
    const newest = records
      .map((r) => r.at(-1))
      .map((r) => [r?.statement, r?.statementDigest, r?.endedAt === null, r?.ok])
    assert.deepEqual(newest[2], ['ONE', sha256('ONE'), true, null])
    assert.deepEqual(newest[3], ['ONE', sha256('ONE'), false, true])
    assert.deepEqual(
      records.at(-1)?.map((r) => [r.index, r.kind]),
      [
        [0, 'guard'],
        [1, 'statement'],
        [2, 'statement'],
        [3, 'statement'],
      ],
    )
  })

  for (const [failing, changed] of [
    ['SET a', 0],
    ['ONE', 0],
    ['TWO', 1],
    ['THREE', 2],
  ] as const) {
    test(`stops at ${failing} when it fails, with ${changed} statements done`, async () => {
      const result = await run({ answers: { [failing]: 'no' } }).result
      assert.deepEqual(
        [result.end, result.changed, result.problem],
        ['failed', changed, 'Lock wait timeout exceeded'],
      )
    })
  }

  test('sends nothing that could not be written down', async () => {
    const { result, happened } = run({}, { record: async (steps) => steps.at(-1)?.statement !== 'TWO' })
    assert.deepEqual([(await result).end, (await result).changed], ['stopped', 1])
    assert.deepEqual(
      happened.filter((h) => h.startsWith('send')),
      ['send SET a', 'send ONE'],
    )
  })

  test('sends nothing once the lease is lost', async () => {
    const recorded: string[] = []
    const { result, happened } = run(
      {},
      {
        // It is lost after the second statement was written down: the last look is right before the bytes go.
        record: async (steps) => recorded.push(steps.at(-1)?.statement ?? '') > 0,
        lost: () => recorded.includes('TWO'),
      },
    )
    assert.deepEqual([(await result).end, (await result).changed], ['stopped', 1])
    assert.deepEqual(
      happened.filter((h) => h.startsWith('send')),
      ['send SET a', 'send ONE'],
    )
    assert.equal((await result).records.at(-1)?.messages[0]?.code, 'WITHHELD')
  })

  test('sends nothing once a stop switch is set, and says who set it', async () => {
    const { result, happened } = run({}, { halted: () => 'stopped by anna: incident' })
    assert.deepEqual([(await result).end, (await result).problem], ['stopped', 'stopped by anna: incident'])
    assert.deepEqual(happened, [])
  })

  test('leaves a step whose connection was lost open: nobody knows how it ended', async () => {
    const result = await run({ answers: { TWO: 'lost' } }).result
    assert.deepEqual([result.end, result.problem, result.changed], ['uncertain', 'connection lost', 1])
    assert.deepEqual([result.records.at(-1)?.endedAt, result.records.at(-1)?.ok], [null, null])
  })

  test('says that the one it was about is gone, in words', async () => {
    const result = await run({ answers: { ONE: 'gone' } }).result
    assert.equal(result.end, 'skipped')
    assert.match(result.problem ?? '', /no longer the one approved/)
    assert.equal(result.records.at(-1)?.ok, false)
  })

  test('says that one was not sent for want of somebody to cancel it, and does not take it for received', async () => {
    const result = await run({ answers: { ONE: 'unwatched' } }).result
    assert.deepEqual([result.end, result.problem], ['skipped', 'not sent: no second connection'])
    assert.deepEqual(result.records.map(maybeReceived), [true, false])
  })
})
