import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Observer } from '../core/observer.ts'
import type { TargetFailure } from '../core/reported-failures.ts'
import type { ObservePort } from '../core/store-ports.ts'
import { fromMs, toMs } from '../core/time.ts'
import { ReportedFailures, withStoreInstruments } from './reported-failures.ts'

const START = toMs('2026-01-05T10:00:00.000000Z')
const at = (second: number) => fromMs(START + 1000 * second)

const failure = (change: Partial<TargetFailure> = {}): TargetFailure => ({
  signature: 'a'.repeat(64),
  engine: 'mariadb',
  code: '1146',
  failureType: 'TABLE_NOT_FOUND',
  object: 'shop.coupons',
  met: 1,
  statementFingerprint: null,
  firstSeenAt: at(0),
  lastSeenAt: at(0),
  healings: 0,
  recoveryEnabled: true,
  ...change,
})

/** An instrument whose store says what it is told to, and how many calls each look saw; null: it was not known. */
function instrument() {
  const said = { second: 0, failures: [] as readonly TargetFailure[], since: '' }
  const reported = new ReportedFailures(1, {
    read: { now: async () => at(said.second) } as unknown as ObservePort['read'],
    targetFailures: async (_target, since) => {
      said.since = since
      return said.failures
    },
  })
  const look = async (second: number, ...failures: readonly TargetFailure[]) => {
    Object.assign(said, { second, failures })
    const reading = await reported.read()
    return reading.known ? reading.value.failures.map(({ met }) => met) : null
  }
  return { said, reported, look }
}

test('the first look only counts; after it each window holds what came since', async () => {
  const { look, said } = instrument()
  assert.equal(await look(0, failure({ met: 7 })), null)
  assert.equal(said.since, at(-900))
  assert.deepEqual(await look(10, failure({ met: 7 })), [0])
  assert.deepEqual(await look(20, failure({ met: 10, lastSeenAt: at(15) })), [3])
  assert.deepEqual(await look(30, failure({ met: 10, lastSeenAt: at(15) })), [0])
})

test('a new kind counts whole, one whose count was forgotten as one call at least, one of an unknown type not at all', async () => {
  const { look } = instrument()
  await look(0)
  assert.deepEqual(await look(10, failure({ met: 4, firstSeenAt: at(5), lastSeenAt: at(9) })), [4])
  const { look: another } = instrument()
  await another(0)
  assert.deepEqual(await another(10, failure({ met: 90, firstSeenAt: at(-99), lastSeenAt: at(5) })), [1])
  const { look: third } = instrument()
  await third(0)
  assert.deepEqual(await third(10, failure({ failureType: 'NOT_OF_THIS_PROGRAM' })), [])
})

test('it stands beside the target’s own instruments and takes nothing from them', async () => {
  const { reported } = instrument()
  class Own {
    readonly #mine = 'own'
    read(name: string) {
      return Promise.resolve(`${this.#mine} ${name}`)
    }
    cost() {
      return this.#mine
    }
  }
  const both = withStoreInstruments(new Own() as unknown as Observer<never, never>, {
    reportedFailures: () => reported.read(),
    watchedFailures: () => assert.fail('nobody asked for it'),
  })
  const read = both.read as unknown as (name: string) => Promise<unknown>
  assert.equal(await read('statements'), 'own statements')
  assert.equal(both.cost(), 'own')
  assert.deepEqual((await read('reportedFailures')) instanceof Object, true)
})
