// A storm of transfers between a few accounts, in which each transaction meets others in the other order.
import { Draw } from '../recovery/grouping/draw.ts'

/** How many are played: 300, or `DBMEDIC_TRANSFERS`. */
export const TRANSFERS = Number(process.env.DBMEDIC_TRANSFERS ?? 300)
/** Accounts there are, numbered from 1, and what each has at first. */
export const ACCOUNTS = 6
export const START = 10_000
const AT_ONCE = 8

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

/** In no name, word or number of the corpus of failing statements. */
export const MARK = 'zqx7'

/** Marks every text it draws. */
export class MarkedDraw extends Draw {
  override text(): string {
    return `${super.text()}${MARK}`
  }
}
