/** What single readings of the instruments cost: as the target counts them, and as we do. */
import type { Reading } from '../../src/core/observer.ts'
import type { MysqlObserver } from '../../src/engines/mysql/observer.ts'
import type { MysqlSnapshots } from '../../src/engines/mysql/shapes.ts'
import type { CostReader } from '../support/target-cost.ts'

/** One reading. */
export interface ReadingCost {
  /** What was read: the same object as before if it was not read anew. */
  readonly reading: Reading<unknown>
  /** From the question to the reading, ms. */
  readonly latencyMs: number
  /** Statement time on the target, by its own figures, ms. */
  readonly targetMs: number
  /** Processor time of this process meanwhile, ms. */
  readonly ourCpuMs: number
}

/** An instrument and its interval as shipped, s. */
export interface Instrument {
  readonly name: keyof MysqlSnapshots & string
  readonly everySeconds: number
}

/** All instruments with their shipped intervals (`everyMs` of the collectors). */
export const INSTRUMENTS: readonly Instrument[] = [
  { name: 'activity', everySeconds: 5 },
  { name: 'connections', everySeconds: 5 },
  { name: 'deadlocks', everySeconds: 5 },
  { name: 'replication', everySeconds: 10 },
  { name: 'serverErrors', everySeconds: 10 },
  { name: 'slowLog', everySeconds: 10 },
  { name: 'statements', everySeconds: 10 },
  { name: 'status', everySeconds: 10 },
  { name: 'catalog', everySeconds: 900 },
  { name: 'tableSizes', everySeconds: 900 },
]

/** Reads once and says what it cost. @throws Error if nothing could be read and `must` is set */
export async function costOfReading(
  observer: MysqlObserver,
  reader: CostReader,
  { name, must }: { readonly name: Instrument['name']; readonly must: boolean },
): Promise<ReadingCost> {
  const before = await reader.now()
  const [cpu, began] = [process.cpuUsage(), performance.now()]
  const reading = await observer.read(name)
  const latencyMs = performance.now() - began
  const { user, system } = process.cpuUsage(cpu)
  const after = await reader.now()
  if (must && !reading.known) throw new Error(`${name} was not read: ${reading.because}`)
  return { reading, latencyMs, targetMs: after.ours.ms - before.ours.ms, ourCpuMs: (user + system) / 1000 }
}
