// A storm of transfers between a few accounts, in which each transaction meets others in the other order.
import assert from 'node:assert/strict'
import type { GuardStatistics, RetryOptions } from '../../guard/src/index.ts'
import { Draw } from '../recovery/grouping/draw.ts'

/** How many are played: 300, or `DBMEDIC_TRANSFERS`. */
export const TRANSFERS = Number(process.env.DBMEDIC_TRANSFERS ?? 300)
/** Accounts there are, numbered from 1, and what each has at first. */
export const ACCOUNTS = 6
export const START = 10_000
const AT_ONCE = 8

/** Repeats for minutes, whatever happens. */
export const PATIENT: RetryOptions = {
  ...{ attempts: 1000, baseMs: 20, capMs: 300 },
  ...{ budget: Number.POSITIVE_INFINITY, breakerAfter: 1e6 },
}

/** What was said of the transfers. */
export interface StormEnd {
  /** Ids of those that were said to be done. */
  readonly done: ReadonlySet<number>
  /** What the others threw. */
  readonly thrown: readonly unknown[]
}

/** The two accounts of a transfer. */
export const accountsOf = (id: number): readonly [from: number, to: number] => [
  1 + (id % ACCOUNTS),
  1 + ((id * 7 + 3) % ACCOUNTS),
]

/** Makes transfers 0 to `TRANSFERS` less one, eight at a time. */
export async function storm(transfer: (id: number) => Promise<unknown>): Promise<StormEnd> {
  const done = new Set<number>()
  const thrown: unknown[] = []
  let next = 0
  const work = async (): Promise<void> => {
    while (next < TRANSFERS) {
      const id = next++
      await transfer(id).then(
        () => done.add(id),
        (error: unknown) => thrown.push(error),
      )
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return { done, thrown }
}

/** The same with a server that takes no writes during the middle third. */
export function stormWithoutWrites(
  transfer: (id: number) => Promise<unknown>,
  takeWrites: (isTaken: boolean) => Promise<unknown>,
): Promise<StormEnd> {
  const [from, to] = [Math.floor(TRANSFERS / 3), Math.floor((2 * TRANSFERS) / 3)]
  return storm(async (id) => {
    if (id === from) await takeWrites(false)
    if (id === to) await takeWrites(true)
    await transfer(id)
  })
}

/** What the database kept. */
export interface Kept {
  readonly sum: number
  readonly ids: ReadonlySet<number>
}

/** Sums are right, and what is there is what was said to be done. */
export function assertKept({ done, thrown }: StormEnd, { sum, ids }: Kept): void {
  assert.equal(sum, ACCOUNTS * START)
  assert.deepEqual(ids, done)
  assert.equal(done.size + thrown.length, TRANSFERS)
}

/** The same with a server that `restart` kills and starts while the others go on. */
export const stormThroughRestart = (
  transfer: (id: number) => Promise<unknown>,
  restart: () => Promise<unknown>,
): Promise<StormEnd> =>
  storm(async (id) => {
    if (id === Math.floor(TRANSFERS / 3)) await restart()
    await transfer(id)
  })

/** Sums are right; what is there and was not said to be done, and what was thrown, are COMMITs without an answer. */
export function assertNothingLost(
  { done, thrown }: StormEnd,
  { sum, ids }: Kept,
  { unknownOutcomes, retries }: GuardStatistics,
): void {
  assert.equal(sum, ACCOUNTS * START)
  for (const id of done) assert.ok(ids.has(id), `${id} was said to be done and is not there`)
  const unsaid = [...ids].filter((id) => !done.has(id))
  assert.ok(unsaid.length <= unknownOutcomes, 'what is there unsaid are COMMITs without an answer')
  assert.equal(thrown.length, unknownOutcomes, thrown.map(String).join(', '))
  assert.ok(retries > 0)
  process.stdout.write(`# restart: ${JSON.stringify({ done: done.size, unknownOutcomes, retries })}\n`)
}

/** A server that took no writes for a while: sums are right, and what was thrown says so by `refusal`. */
export function assertRefusedWhole(end: StormEnd, kept: Kept, refusal: (error: object) => boolean): void {
  const { done, thrown } = end
  assertKept(end, kept)
  assert.ok(thrown.length > 0 && done.size > 0, `${thrown.length} ${done.size}`)
  for (const error of thrown) assert.ok(refusal(Object(error)), String(error))
}

/** In no name, word or number of the corpus of failing statements. */
export const MARK = 'zqx7'

/** Marks every text it draws. */
export class MarkedDraw extends Draw {
  override text(): string {
    return `${super.text()}${MARK}`
  }
}
