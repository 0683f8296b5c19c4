/**
 * `npm run bench -- overhead`: what `dbmedic start` takes from a server under sysbench: throughput and p95 latency with
 * and without it, and with a placebo, over alternating rounds, and its part of the server's statement time by the server's own figures.
 */
import mysql from 'mysql2/promise'
import { makeAccounts } from '../src/lab/pieces/accounts.ts'
import { type PrivateServer, type ServerFlavour, startServer } from '../src/lab/servers/index.ts'
import {
  overheadHeadlines,
  overheadMarkdown,
  summariseRounds,
  type WorkloadFigures,
} from './overhead/overhead-report.ts'
import { type Pinning, pin, pinningHere } from './overhead/pinning.ts'
import { runRounds } from './overhead/run-rounds.ts'
import { prepareTables, type SysbenchTarget, sysbenchVersion, WORKLOADS } from './overhead/sysbench.ts'
import { requireProc } from './support/process-usage.ts'
import { type BenchRun, CannotMeasure, runBench } from './support/run-bench.ts'
import { chosenServers, SERVER_OPTION } from './support/server-choice.ts'
import { dbmedicFolder } from './support/started-dbmedic.ts'
import { CostReader } from './support/target-cost.ts'

const DATABASE = 'sbtest'

await runBench({
  name: 'overhead',
  title: 'Overhead on the target',
  purpose:
    'sysbench on a private server with and without `dbmedic start` watching it, and with a placebo, in alternating rounds: throughput, p95, and our share of the statement time.',
  options: {
    server: SERVER_OPTION,
    workload: { kind: 'choice', value: 'both', of: [...WORKLOADS, 'both'], help: 'what sysbench runs' },
    'read-only': { kind: 'flag', help: 'the same as --workload oltp_read_only' },
    rounds: {
      kind: 'number',
      value: 12,
      quick: 2,
      min: 1,
      max: 200,
      whole: true,
      help: 'rounds of three sides: without, with, placebo',
    },
    seconds: {
      kind: 'number',
      value: 20,
      quick: 6,
      min: 5,
      max: 600,
      whole: true,
      help: 'measured, each side',
    },
    warmup: {
      kind: 'number',
      value: 30,
      quick: 5,
      min: 1,
      max: 600,
      whole: true,
      help: 'seconds of load and watching before the first',
    },
    threads: { kind: 'number', value: 4, min: 1, max: 256, whole: true, help: 'connections of sysbench' },
    tables: { kind: 'number', value: 4, min: 1, max: 64, whole: true, help: 'tables' },
    rows: {
      kind: 'number',
      value: 50_000,
      quick: 10_000,
      min: 1000,
      max: 10_000_000,
      whole: true,
      help: 'rows of each',
    },
    seed: {
      kind: 'number',
      value: 20_261_121,
      min: 1,
      max: 1_000_000_000,
      whole: true,
      help: 'of the order within rounds, the rows sysbench draws, and the bootstrap',
    },
    null: {
      kind: 'flag',
      help: 'nobody watches on any side: how far this machine alone moves the ratios from 1',
    },
    store: {
      kind: 'path',
      help: 'folder for the store of dbmedic, e.g. on another disk; else beside the data of the server',
    },
    'no-pin': { kind: 'flag', help: 'do not give the server processor cores of its own' },
  },
  async measure(run) {
    requireProc()
    const version = sysbenchVersion()
    if (version === null)
      throw new CannotMeasure(
        'sysbench is not installed. Next: apt-get install --no-install-recommends sysbench',
      )
    const pinning = run.options.flag('no-pin') ? null : pinningHere()
    // Our children inherit it; the server is moved to its own cores below.
    if (pinning !== null) pin(process.pid, pinning.others)
    const results: WorkloadFigures[] = []
    for (const flavour of await chosenServers(run)) results.push(...(await onServer(run, flavour, pinning)))
    const setting = settingLine(run, version, pinning)
    return {
      figures: { setting, pinning, results },
      markdown: `${setting}\n\n${overheadMarkdown(results)}`,
      headlines: overheadHeadlines(results, run.options.flag('null')),
      versions: [...results.map((r) => r.version), version],
      problems: results.flatMap(({ version: server, workload, rounds }) =>
        workload === 'oltp_read_only' &&
        rounds.some(({ sides }) => sides.with.errors + sides.without.errors > 0)
          ? [`${server} ${workload}: sysbench met errors`]
          : [],
      ),
    }
  },
})

function settingLine({ options }: BenchRun, sysbench: string, pinning: Pinning | null): string {
  const pinned =
    pinning === null
      ? 'nothing is pinned: the server shares its processors with sysbench and dbmedic'
      : `the server on core ${pinning.server.join(',')}, sysbench and dbmedic on core ${pinning.others.join(',')}`
  const watcher = options.flag('null')
    ? 'NULL RUN: nobody watched on any side, so every ratio should hold 1'
    : 'dbmedic configured as shipped'
  const store = options.path('store') ?? 'on the same disk as the data of the server'
  return (
    `${sysbench}, ${options.number('threads')} connections, ${options.number('tables')} tables of ` +
    `${options.number('rows')} rows, ${options.number('seconds')} s a side; ` +
    `seed ${options.number('seed')}; ${pinned}; the store of dbmedic ${store}. ${watcher}; intervals are 95 % by bootstrap over rounds.`
  )
}

/** The workloads asked for on one private server. */
async function onServer(
  run: BenchRun,
  flavour: ServerFlavour,
  pinning: Pinning | null,
): Promise<readonly WorkloadFigures[]> {
  const server = await startServer(flavour, {
    settings: { innodb_buffer_pool_size: '512M', ...(flavour === 'mysql' ? { skip_log_bin: '' } : {}) },
  })
  run.onEnd(() => server.stop())
  if (pinning !== null) pin(server.pid, pinning.server)
  const { accounts, target, reader } = await prepare(run, server)
  const dbmedic = await dbmedicFolder([{ name: 'sysbench', server, accounts }], run.options.path('store'))
  run.onEnd(() => dbmedic.remove())
  const results: WorkloadFigures[] = []
  for (const workload of WORKLOADS.filter((one) => isAsked(run, one))) {
    run.say(`${server.version}: ${workload}`)
    const { rounds, start } = await runRounds({
      run,
      workload,
      target,
      serverPid: server.pid,
      reader,
      dbmedic,
      pinning,
    })
    results.push({
      version: server.version,
      workload,
      rounds,
      start,
      summary: summariseRounds(rounds, run.options.number('seed')),
      notes: dbmedic.notes(),
    })
  }
  reader.close()
  await server.stop()
  return results
}

function isAsked({ options }: BenchRun, workload: (typeof WORKLOADS)[number]): boolean {
  const asked = options.flag('read-only') ? 'oltp_read_only' : options.choice('workload')
  return asked === 'both' || asked === workload
}

async function prepare(run: BenchRun, server: PrivateServer) {
  const root = await mysql.createConnection(server.rootUri)
  try {
    await root.query(`CREATE DATABASE ${DATABASE}`)
  } finally {
    root.destroy()
  }
  const accounts = await makeAccounts(server, DATABASE)
  const { options } = run
  const target: SysbenchTarget = {
    socketPath: server.socketPath,
    ...accounts.application,
    database: DATABASE,
    tables: options.number('tables'),
    rows: options.number('rows'),
    threads: options.number('threads'),
  }
  run.say(`${server.version}: filling ${target.tables} tables of ${target.rows} rows`)
  await prepareTables({ ...target, ...accounts.owner, threads: 1 }, run.signal)
  const reader = await CostReader.open(server, [accounts.monitor.user, accounts.planner.user])
  run.onEnd(async () => reader.close())
  return { accounts, target, reader }
}
