/** Questions in a real store: answered once, and ended when nobody waits for the answer any more. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openFull } from '../../../test/contract/store/context.ts'
import { availableStores, startStore, type TestStore } from '../../../test/store/support/stores.ts'
import type { FullStore } from '../../../test/support/pipeline-rows.ts'
import { until } from '../../../test/support/until.ts'
import type { Json } from '../../core/canonical.ts'
import type { LogLine } from '../../core/log.ts'
import type { EvidenceRequest } from '../../core/nouns.ts'
import type { ObservePort } from '../../core/store-ports.ts'
import { Answering, answerRequests, REQUEST_EXPIRES_SECONDS } from './answer-requests.ts'

for (const { name, missing } of await availableStores()) {
  describe(`questions for the observer [${name}]`, { skip: missing ?? false }, () => {
    let server: TestStore
    let store: FullStore
    before(async () => {
      server = await startStore(name)
      store = await openFull(server)
      for (const targetName of ['watched', 'left'])
        await store.serve.addTarget({ targetName, engine: 'mysql', connection: {} })
      await store.observe.leaseTargets({ owner: 'me', seconds: 60 }, 1)
    })
    after(async () => {
      await store.close()
      await server.stop()
    })

    const ask = async (targetName: string): Promise<number> => {
      const target = (await store.read.targets()).find((one) => one.targetName === targetName)
      assert.ok(target)
      return store.reason.ask({
        targetId: target.targetId,
        issueId: null,
        question: { kind: 'health', params: {} },
      })
    }
    const statusOf = async (id: number) => (await store.reason.request(id))?.requestStatus

    /** One turn of an observer that has not looked for old questions yet. */
    const turn = (expiresSeconds?: number, lines: LogLine[] = []) =>
      answerRequests(
        { ...store.observe },
        {
          lease: { owner: 'me', seconds: 30 },
          most: 10,
          answer: async () => 'an answer',
          log: (line) => void lines.push(line),
          ...(expiresSeconds === undefined ? {} : { expiresSeconds }),
        },
      )

    test('wait longer than anybody waits for an answer', async () => {
      assert.ok(REQUEST_EXPIRES_SECONDS > 120)
      const [mine, other] = [await ask('watched'), await ask('left')]
      assert.equal(await turn(), 1)
      assert.deepEqual([await statusOf(mine), await statusOf(other)], ['ANSWERED', 'REQUESTED'])
    })

    test('expire unanswered, those of targets nobody watches too, and stay so', async () => {
      const mine = await ask('watched')
      const lines: LogLine[] = []
      await sleep(1_200)
      assert.equal(await turn(1, lines), 0)
      const expired = await store.reason.request(mine)
      assert.equal(expired?.requestStatus, 'EXPIRED')
      assert.deepEqual(expired?.answer, { known: false, because: 'nobody answered within 1 s' })
      assert.ok(expired?.answeredAt)
      // The one of the test before was left to a target that nobody watches.
      assert.deepEqual(
        lines.map((line) => [line.message, line['expired']]),
        [['questions expired unanswered', 2]],
      )
      await store.observe.answerRequest(mine, 'me', { ok: true, answer: 'too late' })
      assert.equal(await statusOf(mine), 'EXPIRED')
    })

    test('that somebody is just answering are left to the lease', async () => {
      const mine = await ask('watched')
      const [claimed] = await store.observe.claimRequests({ owner: 'me', seconds: 30 }, 1)
      assert.equal(claimed?.requestId, mine)
      await sleep(1_200)
      await turn(1)
      assert.equal(await statusOf(mine), 'REQUESTED')
      await store.observe.answerRequest(mine, 'me', { ok: true, answer: 'slow' })
      assert.equal(await statusOf(mine), 'ANSWERED')
    })
  })
}

test('a target that does not answer keeps only its own questions waiting', async () => {
  const hangs = Promise.withResolvers<Json>()
  const answered: number[] = []
  const question = { kind: 'health', params: {} }
  const requests = [
    { requestId: 1, targetId: 1, question },
    { requestId: 2, targetId: 1, question },
    { requestId: 3, targetId: 2, question },
  ] as unknown as readonly EvidenceRequest[]
  const port = {
    expireRequests: async () => 0,
    claimRequests: async () => requests,
    answerRequest: async (requestId: number) => void answered.push(requestId),
  } as unknown as ObservePort
  const turn = answerRequests(port, {
    lease: { owner: 'me', seconds: 30 },
    most: 10,
    log: () => undefined,
    answer: (request) => (request.targetId === 1 ? hangs.promise : Promise.resolve('an answer')),
  })
  await until(() => answered.length > 0, 'the other target answers', undefined, 20)
  assert.deepEqual(answered, [3])
  hangs.resolve('late')
  assert.equal(await turn, 3)
  assert.deepEqual(answered, [3, 1, 2])
})

test('a target that does not answer, or a question that is put off, holds up no later turn', async () => {
  const hangs = Promise.withResolvers<Json>()
  const answered: number[] = []
  const of = (requestId: number, targetId: number, params = {}) =>
    ({ requestId, targetId, question: { kind: 'health', params } }) as unknown as EvidenceRequest
  const waiting = [[of(1, 1)], [of(1, 1), of(2, 2, { afterSeconds: 4 })], [of(3, 2), of(4, 1)]]
  const port = {
    expireRequests: async () => 0,
    claimRequests: async () => waiting.shift() ?? [],
    answerRequest: async (requestId: number) => void answered.push(requestId),
  } as unknown as ObservePort
  const answering = new Answering(port, {
    lease: { owner: 'me', seconds: 30 },
    most: 10,
    log: () => undefined,
    answer: ({ requestId }) => (requestId <= 2 ? hangs.promise : Promise.resolve('an answer')),
  })
  // The second turn claims the first question again, whose lease ran out: it is in hand.
  assert.deepEqual([await answering.take(), await answering.take(), await answering.take()], [1, 1, 2])
  await until(() => answered.length > 0, 'the question behind the one that is put off', undefined, 20)
  assert.deepEqual(answered, [3])
  hangs.resolve('late')
  await answering.settled()
  assert.deepEqual(answered.toSorted(), [1, 2, 3, 4])
  assert.ok(answered.indexOf(4) > answered.indexOf(1), 'questions of one target are answered in turn')
})

test('an answer that the store does not take is said by the next turn, and the others are answered', async () => {
  const answered: number[] = []
  const waiting = [
    [1, 2].map((requestId) => ({ requestId, targetId: 1, question: { kind: 'health', params: {} } })),
  ]
  const port = {
    expireRequests: async () => 0,
    claimRequests: async () => waiting.shift() ?? [],
    answerRequest: async (requestId: number) => {
      if (requestId === 1) throw new Error('the store is away')
      answered.push(requestId)
    },
  } as unknown as ObservePort
  const answering = new Answering(port, {
    lease: { owner: 'me', seconds: 30 },
    most: 10,
    log: () => undefined,
    answer: async () => 'an answer',
  })
  assert.equal(await answering.take(), 2)
  await assert.rejects(answering.settled(), /the store is away/)
  assert.deepEqual([await answering.take(), answered], [0, [2]])
})
