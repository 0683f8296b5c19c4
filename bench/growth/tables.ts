/** Growth with the number of tables of a schema: 50, 500, 5,000. */
import mysql from 'mysql2/promise'
import { toPlan } from '../../src/engines/mysql/cost-budget.ts'
import { expectedRate, plannedTimes } from '../../src/engines/mysql/cost-plan.ts'
import { INSTRUMENTS as COLLECTORS } from '../../src/engines/mysql/snapshots/index.ts'
import { makeAccounts } from '../../src/lab/pieces/accounts.ts'
import { type PrivateServer, type ServerFlavour, startServer } from '../../src/lab/servers/index.ts'
import { plantedSchema } from '../duplicate-indexes/planted-schema.ts'
import { benchObserver } from '../support/bench-observer.ts'
import type { BenchRun } from '../support/run-bench.ts'
import { CostReader } from '../support/target-cost.ts'
import { costOfReading, INSTRUMENTS, type ReadingCost } from './readings.ts'
import type { Curve } from './slopes.ts'

const SCHEMA = 'many'
const SEED = 20_261_121
const BUDGET_MS_PER_SECOND = 2
const PLANNED = toPlan(COLLECTORS)
/** At the bench's pace the intervals are a hundredth. */
const PACE = 0.01

/** Measures all instruments on one server that is given more and more tables. */
export async function tableGrowth(run: BenchRun, flavour: ServerFlavour): Promise<readonly Curve[]> {
  const sizes = run.options.flag('quick') ? [50, 500] : [50, 500, 5000]
  const server = await startServer(flavour, {
    settings: { innodb_buffer_pool_size: '256M', table_open_cache: '2000', table_definition_cache: '2000' },
  })
  run.onEnd(() => server.stop())
  const root = await mysql.createConnection(server.rootUri)
  run.onEnd(async () => root.destroy())
  await root.query(`CREATE DATABASE ${SCHEMA}`)
  const accounts = await makeAccounts(server, SCHEMA)
  const reader = await CostReader.open(server, [accounts.monitor.user, accounts.planner.user])
  const found: { size: number; costs: ReadonlyMap<string, ReadingCost> }[] = []
  let made = 0
  for (const size of sizes) {
    made = await fill(root, { flavour, from: made, to: size })
    const costs = await measure(server, accounts, reader)
    found.push({ size, costs })
    run.say(
      `${server.version}, ${size} tables: the catalog in ${costs.get('catalog')?.latencyMs.toFixed(0)} ms`,
    )
  }
  reader.close()
  await server.stop()
  return curves(found, server.version)
}

async function fill(
  root: mysql.Connection,
  { flavour, from, to }: { readonly flavour: ServerFlavour; readonly from: number; readonly to: number },
): Promise<number> {
  await root.query(`USE ${SCHEMA}`)
  if (from === 0) await root.query('CREATE TABLE parents (id INT PRIMARY KEY) ENGINE=InnoDB')
  // Full-text indexes make six tables more of each.
  const tables = plantedSchema(flavour, to, SEED).slice(from)
  for (const { ddl } of tables) await root.query(ddl.replace(/, FULLTEXT KEY \w+ \(\w+\)/, ''))
  // Each CREATE TABLE is a statement class of its own; how cost grows with those is the other dimension.
  await root.query('TRUNCATE TABLE performance_schema.events_statements_summary_by_digest')
  return to
}

async function measure(
  server: PrivateServer,
  accounts: Awaited<ReturnType<typeof makeAccounts>>,
  reader: CostReader,
): Promise<ReadonlyMap<string, ReadingCost>> {
  const observer = benchObserver(server, accounts, PACE)
  const costs = new Map<string, ReadingCost>()
  try {
    await observer.identity()
    for (const { name } of INSTRUMENTS) await observer.read(name)
    for (const { name, everySeconds } of INSTRUMENTS) {
      // Where the machine is short of processors a reading can look dear beyond any budget.
      const times = observer.cost().stretched[name] ?? 1
      await new Promise((resolve) => setTimeout(resolve, Math.max(100, everySeconds * 1000 * PACE * times)))
      const cost = await costOfReading(observer, reader, { name, must: name === 'catalog' })
      if (name === 'catalog' && cost.targetMs === 0) throw new Error(`${name} was not read anew`)
      costs.set(name, cost)
    }
  } finally {
    await observer.close()
  }
  return costs
}

const targetMs = (costs: ReadonlyMap<string, ReadingCost>) =>
  new Map(PLANNED.map(({ name }) => [name, costs.get(name)?.targetMs ?? 0]))

/** By how much each interval is multiplied for these costs, as an observer with the shipped budget does. */
const timesOf = (costs: ReadonlyMap<string, ReadingCost>): ReadonlyMap<string, number> =>
  plannedTimes(PLANNED, targetMs(costs), { budget: BUDGET_MS_PER_SECOND, patience: 1, elsewhere: 0 })

function ratesOf(costs: ReadonlyMap<string, ReadingCost>): {
  readonly own: number
  readonly planned: number
} {
  const [times, ms] = [timesOf(costs), targetMs(costs)]
  const sum = (by: (name: string) => number): number =>
    PLANNED.reduce((all, one) => all + expectedRate(one, ms.get(one.name) ?? 0, by(one.name)), 0)
  return { own: sum(() => 1), planned: sum((name) => times.get(name) ?? 1) }
}

function curves(
  found: readonly { readonly size: number; readonly costs: ReadonlyMap<string, ReadingCost> }[],
  version: string,
): readonly Curve[] {
  const points = (of: (costs: ReadonlyMap<string, ReadingCost>) => number) =>
    found.map(({ size, costs }) => ({ size, value: of(costs) }))
  const ofOne = (name: string, of: (cost: ReadingCost) => number) =>
    points((costs) => {
      const cost = costs.get(name)
      return cost === undefined ? 0 : of(cost)
    })
  const perSecond = (what: string, of: Parameters<typeof points>[0], most: number | null): Curve => ({
    name: `statement time on the target, ${what}, ${version}`,
    unit: 'ms/s',
    expected: 'linear',
    most,
    points: points(of),
  })
  return [
    perSecond(
      'all instruments as often as the budget lets them',
      (c) => ratesOf(c).planned,
      BUDGET_MS_PER_SECOND,
    ),
    perSecond('all instruments at their own intervals', (c) => ratesOf(c).own, null),
    ...['catalog', 'tableSizes'].flatMap((name): Curve[] => [
      {
        name: `${name}: read every, ${version}`,
        unit: 'min',
        expected: 'linear',
        most: null,
        points: points((costs) => 15 * (timesOf(costs).get(name) ?? 1)),
      },
      {
        name: `${name}: statement time of a reading, ${version}`,
        unit: 'ms',
        expected: 'linear',
        most: null,
        points: ofOne(name, (c) => c.targetMs),
      },
      {
        name: `${name}: our processor time a reading, ${version}`,
        unit: 'ms',
        expected: 'linear',
        most: 1000,
        points: ofOne(name, (c) => c.ourCpuMs),
      },
    ]),
    {
      name: `statements: statement time of a reading, ${version}`,
      unit: 'ms',
      expected: 'flat',
      most: 20,
      points: ofOne('statements', (c) => c.targetMs),
    },
  ]
}
