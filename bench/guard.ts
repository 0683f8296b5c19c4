/** `npm run bench -- guard`: what a guarded call costs more than a bare one, at the median, and what it keeps. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import Database from 'better-sqlite3'
import { createConnection as connectMariadb } from 'mariadb'
import { createConnection } from 'mysql2/promise'
import pg from 'pg'
import postgres from 'postgres'
import { createClient } from 'redis'
import { guard } from '../guard/src/index.ts'
import { startMariadb } from '../src/lab/servers/index.ts'
import { findPostgres, privatePostgres, skipPostgres } from '../test/support/private-postgres.ts'
import { privateRedis, skipRedis } from '../test/support/private-redis.ts'
import { quantile } from './support/figures.ts'
import { markdownTable } from './support/markdown-table.ts'
import { type BenchRun, runBench } from './support/run-bench.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** What is promised, µs at the median. */
const LIMIT_US = 20
/** Rounds before any is timed: drivers keep buffers of their own from the first ten thousands of calls. */
const WARM_ROUNDS = 1_000
/** Calls timed together where one alone is as short as the clock's own steps. */
const BLOCK = 20

/** What one pair of times takes in the heap here: an object of two numbers and its place in the array. */
const TIMES_BYTES = 64

/** Two ways to do the same, in turn. */
interface Pair {
  readonly driver: string
  /** Calls that are made at once; 1 unless said. Times are those of one. */
  readonly calls?: number
  readonly bare: () => unknown
  readonly guarded: () => unknown
}

interface Cost {
  readonly driver: string
  readonly bareUs: number
  readonly guardedUs: number
  /** Median over the rounds of guarded less bare, measured next to each other. */
  readonly moreUs: number
  /** Heap after all guarded calls less before, bytes a call. */
  readonly keptBytes: number
}

await runBench({
  name: 'guard',
  title: 'What a guarded call costs',
  purpose:
    'Time of a successful call through the guard beside the bare driver, median of rounds taken in turn.',
  options: {
    rounds: {
      kind: 'number',
      value: 2000,
      quick: 200,
      min: 20,
      max: 1e6,
      whole: true,
      help: 'pairs of blocks',
    },
  },
  async measure(run) {
    const rounds = run.options.number('rounds')
    const pairs = [
      ...(await onMariadb(run)),
      ...(await onPostgres(run)),
      ...(await onRedis(run)),
      ...onSqlite(run),
    ]
    const costs: Cost[] = []
    for (const pair of pairs) {
      run.say(pair.driver)
      costs.push(await costOf(pair, rounds))
    }
    return {
      figures: costs,
      markdown: markdownTable(
        ['call', 'bare µs', 'guarded µs', 'more µs', 'kept bytes a call'],
        costs.map((c) => [
          c.driver,
          ...[c.bareUs, c.guardedUs, c.moreUs].map((us) => us.toFixed(2)),
          c.keptBytes.toFixed(1),
        ]),
      ),
      headlines: costs.map(
        (c) => `${c.driver}: ${c.moreUs.toFixed(1)} µs more at the median; promised are ${LIMIT_US}`,
      ),
      problems: costs
        .filter((c) => c.moreUs > LIMIT_US)
        .map((c) => `${c.driver} costs more than ${LIMIT_US} µs`),
    }
  },
})

async function onMariadb(run: BenchRun): Promise<readonly Pair[]> {
  const server = await startMariadb({ instruments: 'server-default' })
  run.onEnd(() => server.stop())
  const connection = await createConnection(server.rootUri)
  run.onEnd(() => connection.end())
  const guarded = guard(connection)
  const { host, port, rootPassword: password } = server
  const other = await connectMariadb({ host, port, password, user: 'root' })
  run.onEnd(() => other.end())
  const guardedOther = guard(other)
  return [
    {
      driver: 'mariadb, query',
      bare: () => other.query('SELECT 1'),
      guarded: () => guardedOther.query('SELECT 1'),
    },
    {
      driver: 'mariadb, prepared',
      bare: () => other.execute('SELECT ?', [1]),
      guarded: () => guardedOther.execute('SELECT ?', [1]),
    },
    {
      driver: 'mysql2, query',
      bare: () => connection.query('SELECT 1'),
      guarded: () => guarded.query('SELECT 1'),
    },
    {
      driver: 'mysql2, prepared',
      bare: () => connection.execute('SELECT ?', [1]),
      guarded: () => guarded.execute('SELECT ?', [1]),
    },
  ]
}

async function onPostgres(run: BenchRun): Promise<readonly Pair[]> {
  const bin = findPostgres()
  if (bin === null) {
    run.say(`pg is left out: ${skipPostgres}`)
    return []
  }
  const server = await privatePostgres(bin)
  run.onEnd(() => server.stop())
  await server.speak('en')
  const client = new pg.Client(server.access)
  await client.connect()
  run.onEnd(() => client.end())
  const guarded = guard(client)
  const named = { name: 'one', text: 'SELECT $1::int' }
  const sql = postgres({ ...server.access, max: 1 })
  run.onEnd(() => sql.end())
  const guardedSql = guard(sql)
  return [
    {
      driver: 'postgres.js, template',
      bare: () => sql`SELECT ${1}::int`,
      guarded: () => guardedSql`SELECT ${1}::int`,
    },
    {
      driver: 'postgres.js, unsafe',
      bare: () => sql.unsafe('SELECT 1'),
      guarded: () => guardedSql.unsafe('SELECT 1'),
    },
    {
      driver: 'pg, query',
      bare: () => client.query('SELECT 1'),
      guarded: () => guarded.query('SELECT 1'),
    },
    {
      driver: 'pg, named',
      bare: () => client.query({ ...named, values: [1] }),
      guarded: () => guarded.query({ ...named, values: [1] }),
    },
  ]
}

async function onRedis(run: BenchRun): Promise<readonly Pair[]> {
  if (skipRedis !== false) {
    run.say(`node-redis is left out: ${skipRedis}`)
    return []
  }
  const server = await privateRedis()
  run.onEnd(() => server.stop())
  const client = createClient({ socket: server.socket })
  await client.connect()
  run.onEnd(async () => client.destroy())
  const guarded = guard(client)
  return [
    { driver: 'node-redis, get', bare: () => client.get('one'), guarded: () => guarded.get('one') },
    {
      driver: 'node-redis, each command of a multi of two',
      calls: 2,
      bare: () => client.multi().incr('one').get('one').exec(),
      guarded: () => guarded.multi().incr('one').get('one').exec(),
    },
  ]
}

function onSqlite(run: BenchRun): readonly Pair[] {
  const db = new Database(':memory:')
  run.onEnd(async () => db.close())
  const statement = db.prepare('SELECT 1')
  const guarded = guard(db).prepare('SELECT 1')
  return [{ driver: 'better-sqlite3, get', bare: () => statement.get(), guarded: () => guarded.get() }]
}

async function costOf({ driver, calls = 1, bare, guarded }: Pair, rounds: number): Promise<Cost> {
  for (let i = 0; i < Math.min(WARM_ROUNDS, rounds); i++) await Promise.all([block(bare), block(guarded)])
  const times: { bare: number; guarded: number }[] = []
  const before = heap()
  for (let i = 0; i < rounds; i++) {
    // Which goes first alternates, so that what a call leaves behind burdens both alike.
    const first = i % 2 === 0 ? await block(bare) : await block(guarded)
    const second = i % 2 === 0 ? await block(guarded) : await block(bare)
    times.push(i % 2 === 0 ? { bare: first, guarded: second } : { bare: second, guarded: first })
  }
  const keptBytes = Math.max(0, heap() - before - times.length * TIMES_BYTES) / (rounds * BLOCK * calls)
  const middle = (of: (each: (typeof times)[number]) => number): number =>
    quantile(times.map(of), 0.5) / calls
  return {
    driver,
    bareUs: middle((t) => t.bare),
    guardedUs: middle((t) => t.guarded),
    moreUs: middle((t) => t.guarded - t.bare),
    keptBytes,
  }
}

/** Time of one call, µs, from a block of them, one after the other. */
async function block(call: () => unknown): Promise<number> {
  const began = performance.now()
  for (let i = 0; i < BLOCK; i++) {
    const answer = call()
    if (answer instanceof Promise) await answer
  }
  return ((performance.now() - began) * 1000) / BLOCK
}

function heap(): number {
  collect()
  return process.memoryUsage().heapUsed
}
