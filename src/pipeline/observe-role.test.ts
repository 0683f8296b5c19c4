import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openFull } from '../../test/contract/store/context.ts'
import { startStore, type TestStore } from '../../test/store/support/stores.ts'
import type { FullStore } from '../../test/support/pipeline-rows.ts'
import type { LogLine } from '../core/log.ts'
import type { Target } from '../core/nouns.ts'
import { observe, type WatchedTarget } from './observe-role.ts'

let server: TestStore
let store: FullStore
before(async () => {
  server = await startStore('sqlite')
  store = await openFull(server)
  for (const targetName of ['a', 'b', 'c'])
    await store.serve.addTarget({ targetName, engine: 'mysql', connection: {} })
})
after(async () => {
  await store.close()
  await server.stop()
})

/** Observes until `until` is true; gives what happened. */
async function observed(watch: (target: Target) => WatchedTarget, until: () => Promise<boolean> | boolean) {
  const stop = new AbortController()
  const lines: LogLine[] = []
  const ended = observe({
    port: store.observe,
    lease: { owner: 'observer', seconds: 60 },
    mostTargets: 10,
    watch,
    tickMs: 20,
    nowMs: Date.now,
    signal: stop.signal,
    log: (line) => void lines.push(line),
  })
  const deadline = Date.now() + 30_000
  while (!(await until()) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20))
  stop.abort()
  await ended
  return lines
}

describe('the observe role', () => {
  test('watches the other targets where one cannot be watched or fails at every tick, and says why', async () => {
    const ticks = new Map<string, number>()
    const closed: string[] = []
    const lines = await observed(
      ({ targetName }) => {
        if (targetName === 'a') throw new Error('its secret is not set')
        return {
          tick: async () => {
            ticks.set(targetName, (ticks.get(targetName) ?? 0) + 1)
            if (targetName === 'b') throw new Error('it is down')
            return 0
          },
          answer: async () => null,
          close: async () => void closed.push(targetName),
        }
      },
      () => (ticks.get('c') ?? 0) >= 5 && ticks.has('b'),
    )
    assert.ok((ticks.get('c') ?? 0) >= 5)
    assert.equal(lines.filter((l) => l.message === 'its secret is not set').length, 1)
    assert.ok(lines.some((l) => l.message === 'it is down' && l.target === 'b'))
    assert.deepEqual(closed.sort(), ['b', 'c'])
  })

  test('answers questions on their own target, and says so where it cannot', async () => {
    const targets = await store.read.targets()
    const ask = (name: string, kind: string) =>
      store.reason.ask({
        targetId: targets.find((t) => t.targetName === name)?.targetId ?? 0,
        issueId: null,
        question: { kind, params: {} },
      })
    const asked = [await ask('a', 'ok'), await ask('b', 'ok'), await ask('c', 'fails'), await ask('c', 'big')]
    const requests = () => Promise.all(asked.map((id) => store.reason.request(id)))
    await observed(
      ({ targetName }) => ({
        tick: async () => 0,
        answer: async ({ question }) => {
          if (question.kind === 'fails') throw new Error('no such privilege')
          return question.kind === 'big' ? 'x'.repeat(300_000) : `from ${targetName}`
        },
        close: async () => undefined,
      }),
      async () => (await requests()).every((r) => r?.requestStatus !== 'REQUESTED'),
    )
    const [a, b, failed, big] = await requests()
    assert.deepEqual([a?.answer, b?.answer], ['from a', 'from b'])
    assert.equal(failed?.requestStatus, 'FAILED')
    assert.match(JSON.stringify(failed?.answer), /no such privilege/)
    assert.match(JSON.stringify(big?.answer), /300002 bytes, more than 262144/)
  })

  test('gives its targets back when it ends, so that another takes over at once', async () => {
    await observed(
      () => ({ tick: async () => 0, answer: async () => null, close: async () => undefined }),
      () => true,
    )
    const held = await store.observe.leaseTargets({ owner: 'another', seconds: 1 }, 10)
    assert.equal(held.length, 3)
    await store.observe.releaseTargets('another')
  })
})
