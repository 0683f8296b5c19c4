/**
 * `npm run bench -- latency`: how long after a fault the watcher has recorded its event and its decision, at the
 * cadence dbmedic ships with. Each kind of fault has a private server and an ordinary installation of its own.
 */

import mysql from 'mysql2/promise'
import type { Log } from '../src/core/log.ts'
import { steadyLoad } from '../src/lab/pieces/load.ts'
import { startWatchedServer, type WatchedServer } from '../src/lab/pieces/watched-server.ts'
import type { ServerFlavour } from '../src/lab/servers/index.ts'
import { FAULTS, type FaultKind } from './latency/faults.ts'
import {
  type FlavourLatency,
  latencyHeadlines,
  latencyMarkdown,
  latencyProblems,
} from './latency/latency-report.ts'
import { type Timed, timeFault } from './latency/time-fault.ts'
import { type BenchRun, runBench } from './support/run-bench.ts'
import { chosenServers, SERVER_OPTION } from './support/server-choice.ts'
import { type CostFigures, CostReader, costBetween } from './support/target-cost.ts'

/** The longest interval of a detector that is timed here: phases are drawn from one whole turn of it. */
const TURN_MS = 10_000

await runBench({
  name: 'latency',
  title: 'Detection latency',
  purpose: `From a fault to its event and to its decision, at the shipped cadence, for ${FAULTS.map((f) => f.title).join(', ')}.`,
  options: {
    server: SERVER_OPTION,
    repeat: {
      kind: 'number',
      value: 10,
      quick: 1,
      min: 1,
      max: 100,
      whole: true,
      help: 'repetitions of each fault; the kinds run side by side',
    },
    warmup: {
      kind: 'number',
      value: 30,
      quick: 15,
      min: 5,
      max: 600,
      help: 'seconds under steady load and watch before the first fault',
    },
  },
  async measure(run) {
    const results: FlavourLatency[] = []
    for (const flavour of await chosenServers(run)) results.push(await measureFlavour(run, flavour))
    return {
      figures: results,
      markdown: latencyMarkdown(results),
      headlines: results.flatMap(latencyHeadlines),
      versions: results.map((r) => r.version),
      problems: latencyProblems(results),
    }
  },
})

async function measureFlavour(run: BenchRun, flavour: ServerFlavour): Promise<FlavourLatency> {
  const began = performance.now()
  const notes = new Map<string, number>()
  const kinds = await Promise.all(FAULTS.map((kind) => open(run, { flavour, kind, notes })))
  try {
    run.say(`${flavour}: ${kinds.length} servers are watched; ${run.options.number('warmup')} s of calm`)
    await run.wait(run.options.number('warmup') * 1000)
    const before = await Promise.all(kinds.map((one) => one.cost.now()))
    const timed = await Promise.all(kinds.map((one) => repeatFault(run, one)))
    return {
      flavour,
      version: kinds[0]?.watched.server.version ?? '',
      seconds: (performance.now() - began) / 1000,
      timed: timed.flatMap((one) => one.timed),
      costs: timed.map(({ after }, i) => ({
        fault: kinds[i]?.kind.id ?? '',
        cost: costBetween(before[i] ?? after, after),
      })),
      notes: [...notes].map(([message, times]) => ({ message, times })),
    }
  } finally {
    await Promise.all(kinds.map(({ watched }) => watched.stop()))
  }
}

interface Opened {
  readonly kind: FaultKind
  readonly watched: WatchedServer
  readonly cost: CostReader
}

/** A server with the shop and what the fault needs, watched with the configuration as shipped. */
async function open(
  run: BenchRun,
  how: {
    readonly flavour: ServerFlavour
    readonly kind: FaultKind
    readonly notes: Map<string, number>
  },
): Promise<Opened> {
  const { flavour, kind, notes } = how
  const log: Log = ({ level, message }) => {
    if (level !== 'warn' && level !== 'error') return
    const note = `${kind.id}: ${message}`
    notes.set(note, (notes.get(note) ?? 0) + 1)
  }
  const watched = await startWatchedServer({
    flavour,
    prepare: async (server) => {
      const connection = await mysql.createConnection(server.rootUri)
      try {
        for (const statement of kind.prepare(run.options.number('repeat'))) await connection.query(statement)
      } finally {
        connection.destroy()
      }
    },
    people: ['bench'],
    config: {},
    log,
  })
  run.onEnd(() => watched.stop())
  const { server, accounts } = watched
  const load = steadyLoad({ host: server.host, port: server.port, ...accounts.application })
  watched.watch()
  watched.onStop(() => load.stop())
  const cost = await CostReader.open(server, [accounts.monitor.user, accounts.planner.user])
  watched.onStop(async () => cost.close())
  return { kind, watched, cost }
}

/** The repetitions, and the server's own figures as they end. */
async function repeatFault(
  run: BenchRun,
  { kind, watched, cost }: Opened,
): Promise<{ readonly timed: readonly Timed[]; readonly after: CostFigures }> {
  const { server, accounts, installation } = watched
  const repeats = run.options.number('repeat')
  const timed: Timed[] = []
  for (let k = 0; k < repeats; k += 1) {
    const phaseMs = Math.random() * TURN_MS
    await run.wait(phaseMs)
    const one = await timeFault({
      kind,
      repetition: k,
      phaseSeconds: phaseMs / 1000,
      address: { host: server.host, port: server.port, ...accounts.batch },
      read: installation.store.read,
      wait: run.wait,
    })
    timed.push(one)
    run.say(`${server.flavour} ${kind.id} ${k + 1}/${repeats}: ${told(one)}`)
  }
  return { timed, after: await cost.now() }
}

function told(one: Timed): string {
  const seconds = (value: number | null): string => (value === null ? 'none' : `${value.toFixed(1)} s`)
  return [
    `event ${seconds(one.eventSeconds)}`,
    `issue ${seconds(one.issueSeconds)}`,
    `explained ${seconds(one.analysisSeconds)} (${one.rootCause ?? 'no cause'})`,
    `decision ${seconds(one.decisionSeconds)}${one.action === null ? '' : ` (${one.action})`}`,
    ...(one.problem === null ? [] : [one.problem.slice(0, 200)]),
  ].join(', ')
}
