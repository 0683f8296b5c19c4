/** Growth with the number of statement classes a server keeps figures of: 100, 1,000, 10,000. */
import { setTimeout as sleep } from 'node:timers/promises'
import mysql from 'mysql2/promise'
import type { ServerFlavour } from '../../src/lab/servers/index.ts'
import { benchObserver } from '../support/bench-observer.ts'
import type { BenchRun } from '../support/run-bench.ts'
import { type Place, startPlace } from '../support/shop-place.ts'
import { costOfReading, type ReadingCost } from './readings.ts'
import type { Curve } from './slopes.ts'

/** Interval of the instrument `statements` as shipped, s. */
const EVERY_SECONDS = 10
const BUDGET_MS_PER_SECOND = 2
/** Connections that run the classes. One statement a packet: MariaDB does not count each of several in one. */
const CONNECTIONS = 4

/** Readings of one size: in whose window 100 classes ran, all ran for the first time, all ran again. */
interface Readings {
  readonly few: ReadingCost
  readonly first: ReadingCost
  readonly all: ReadingCost
}

/** Measures; the curves' names end with the server's version. */
export async function digestGrowth(run: BenchRun, flavour: ServerFlavour): Promise<readonly Curve[]> {
  const sizes = run.options.flag('quick') ? [100, 1000] : [100, 1000, 10_000]
  const found: (Readings & { readonly size: number })[] = []
  let version = ''
  for (const size of sizes) {
    const place = await startPlace(run, flavour, { performance_schema_digests_size: '20000' })
    version = place.server.version
    try {
      const one = { size, ...(await measure(place, size)) }
      found.push(one)
      run.say(
        `${version}, ${size} digests: ${one.all.targetMs.toFixed(1)} ms on the target, all of them active`,
      )
    } finally {
      await place.server.stop()
    }
  }
  const curve = (name: string, of: (one: (typeof found)[number]) => number, more: Partial<Curve>): Curve => ({
    name: `${name}, ${version}`,
    unit: 'ms',
    expected: 'linear',
    most: null,
    points: found.map((one) => ({ size: one.size, value: of(one) })),
    ...more,
  })
  const perSecond = { unit: 'ms/s', most: BUDGET_MS_PER_SECOND }
  return [
    curve(
      'statement time on the target, 100 digests active',
      (o) => o.few.targetMs / EVERY_SECONDS,
      perSecond,
    ),
    curve('statement time on the target, all active', (o) => o.all.targetMs / EVERY_SECONDS, perSecond),
    curve('latency of a reading, all active', (o) => o.all.latencyMs, { most: 1000 }),
    curve('our processor time, the first reading with all', (o) => o.first.ourCpuMs, { most: 2000 }),
    curve('our processor time a reading, all active', (o) => o.all.ourCpuMs, { most: 500 }),
  ]
}

/** One reading in whose window 100 classes ran, and one in whose window all ran. */
async function measure(place: Place, size: number): Promise<Readings> {
  const { server, accounts } = place
  const address = { host: server.host, port: server.port, ...accounts.application, database: 'shop' }
  const app = await Promise.all(Array.from({ length: CONNECTIONS }, () => mysql.createConnection(address)))
  const observer = benchObserver(server, accounts, 1)
  try {
    const some = { app, classes: Math.min(size, 100) }
    const every = { app, classes: size }
    await runClasses(app, size)
    await observer.identity()
    await observer.read('statements')
    // Prepares the statements and warms both sides.
    await nextReading(place, observer, some)
    const few = await nextReading(place, observer, some)
    // The first reading that meets all texts makes their fingerprints; a later one finds them made.
    const first = await nextReading(place, observer, every)
    const all = await nextReading(place, observer, every)
    return { few, first, all }
  } finally {
    for (const connection of app) connection.destroy()
    await observer.close()
  }
}

async function nextReading(
  { reader }: Place,
  observer: ReturnType<typeof benchObserver>,
  { app, classes }: { readonly app: readonly mysql.Connection[]; readonly classes: number },
): Promise<ReadingCost> {
  const began = performance.now()
  await sleep(1000)
  await runClasses(app, classes)
  await sleep(Math.max(0, EVERY_SECONDS * 1000 - (performance.now() - began)))
  const cost = await costOfReading(observer, reader, { name: 'statements', must: true })
  // The same reading again, from the observer’s memory.
  const window = await observer.read('statements')
  const seen = window.known ? window.value.totalCalls : 0
  if (seen < classes) throw new Error(`${classes} statements ran in the window, ${seen} were seen`)
  return cost
}

/** Each class once: the alias is part of a digest, and of our own fingerprint. */
async function runClasses(app: readonly mysql.Connection[], count: number): Promise<void> {
  await Promise.all(
    app.map(async (connection, first) => {
      for (let k = first; k < count; k += app.length) await connection.query(statement(k))
    }),
  )
}

const statement = (k: number): string =>
  `SELECT o.id AS column_${k}, o.total, o.status FROM orders o WHERE o.id = ${1 + (k % 1000)} AND o.customer_id > 0`
