/** Growth with the number of statement classes a server keeps figures of: 100, 1,000, 10,000. */
import { setTimeout as sleep } from 'node:timers/promises'
import mysql from 'mysql2/promise'
import type { ServerFlavour } from '../../src/lab/servers/index.ts'
import { AS_SHIPPED, benchObserver } from '../support/bench-observer.ts'
import type { BenchRun } from '../support/run-bench.ts'
import { type Place, startPlace } from '../support/shop-place.ts'
import { costOfReading, type ReadingCost } from './readings.ts'
import type { Curve } from './slopes.ts'

/** Interval of the instrument `statements` as shipped, s. */
const EVERY_SECONDS = 10
const BUDGET_MS_PER_SECOND = 2
/** Connections that run the classes. One statement a packet: MariaDB does not count each of several in one. */
const CONNECTIONS = 4

/** What a reading that finds trouble comes to at the latest, s: a minute, and a fifth of it for the turn of who asks. */
const LATEST_SECONDS = 72
/** Readings after which the cost of the next is known by those of the same kind. */
const UNTIL_KNOWN = 4

/** One reading, and the time since the one before. */
interface Timed extends ReadingCost {
  readonly seconds: number
}

/** Readings of one size: in whose window 100 classes ran, all ran for the first time, all ran again, and again until that is known. */
interface Readings {
  readonly few: Timed
  readonly first: Timed
  readonly all: Timed
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
  const seconds = { unit: 's', most: LATEST_SECONDS }
  return [
    curve('statement time on the target, 100 digests active', (o) => rate(o.few), perSecond),
    curve('read every, 100 digests active', (o) => o.few.seconds, seconds),
    curve('statement time on the target, all active', (o) => rate(o.all), perSecond),
    curve('read every, all active', (o) => o.all.seconds, seconds),
    curve('statement time of a reading, 100 digests active', (o) => o.few.targetMs, {}),
    curve('statement time of a reading, all active', (o) => o.all.targetMs, {}),
    curve('latency of a reading, all active', (o) => o.all.latencyMs, { most: 1000 }),
    curve('our processor time, the first reading with all', (o) => o.first.ourCpuMs, { most: 2000 }),
    curve('our processor time a reading, all active', (o) => o.all.ourCpuMs, { most: 500 }),
  ]
}

const rate = (one: Timed): number => one.targetMs / one.seconds

/** One reading in whose window 100 classes ran, and one in whose window all ran. */
async function measure(place: Place, size: number): Promise<Readings> {
  const { server, accounts } = place
  const address = { host: server.host, port: server.port, ...accounts.application, database: 'shop' }
  const app = await Promise.all(Array.from({ length: CONNECTIONS }, () => mysql.createConnection(address)))
  const observer = benchObserver(server, accounts, 1, AS_SHIPPED)
  try {
    const some = { app, classes: Math.min(size, 100) }
    const every = { app, classes: size }
    await runClasses(app, size)
    await observer.identity()
    await observer.read('statements')
    const settled = async (what: typeof some): Promise<Timed> => {
      for (let i = 1; i < UNTIL_KNOWN; i += 1) await nextReading(place, observer, what)
      return nextReading(place, observer, what)
    }
    // The first ones prepare the statements and warm both sides.
    const few = await settled(some)
    // The first reading that meets all texts makes their fingerprints; a later one finds them made.
    const first = await nextReading(place, observer, every)
    const all = await settled(every)
    return { few, first, all }
  } finally {
    for (const connection of app) connection.destroy()
    await observer.close()
  }
}

/** Runs the classes every ten seconds until the observer reads anew, as often as its budget lets it. */
async function nextReading(
  { reader }: Place,
  observer: ReturnType<typeof benchObserver>,
  { app, classes }: { readonly app: readonly mysql.Connection[]; readonly classes: number },
): Promise<Timed> {
  const last = await observer.read('statements')
  const began = performance.now()
  for (let round = 1; (performance.now() - began) / 1000 < 2 * LATEST_SECONDS; round += 1) {
    await sleep(1000)
    await runClasses(app, classes)
    await sleep(Math.max(0, round * EVERY_SECONDS * 1000 - (performance.now() - began)))
    const cost = await costOfReading(observer, reader, { name: 'statements', must: false })
    if (cost.reading === last) continue
    const seconds = (performance.now() - began) / 1000
    // The same reading again, from the observer’s memory.
    const window = await observer.read('statements')
    if (!window.known) throw new Error(`statements were not read: ${window.because}`)
    const seen = window.value.totalCalls
    if (seen < classes * round)
      throw new Error(`${classes * round} statements ran in the window, ${seen} were seen`)
    return { ...cost, seconds }
  }
  throw new Error(`statements were not read anew within ${2 * LATEST_SECONDS} s`)
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
