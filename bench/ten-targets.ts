/**
 * `npm run bench -- ten-targets`: memory, processor time and store of one `dbmedic start` that watches ten servers under
 * a light steady load, and what that costs the servers by their own figures.
 */
import { freemem } from 'node:os'
import { spreadOver } from './support/cloned-accounts.ts'
import { requireProc, usageOf } from './support/process-usage.ts'
import { type BenchRun, runBench } from './support/run-bench.ts'
import { chosenServers, SERVER_OPTION } from './support/server-choice.ts'
import { type Place, startPlace, targetNames } from './support/shop-place.ts'
import { dbmedicFolder, type StartedDbmedic } from './support/started-dbmedic.ts'
import { type CostFigures, costBetween } from './support/target-cost.ts'
import { mixedLoad } from './ten-targets/mixed-load.ts'
import { storeBytes, tableSizes } from './ten-targets/store-size.ts'
import { type TargetsFigures, targetsMarkdown } from './ten-targets/targets-report.ts'
import { summarise, type UsageSample } from './ten-targets/usage-summary.ts'

/** What a private server with the shop takes, and what is left to the machine, bytes. */
const SERVER_BYTES = 700 * 2 ** 20
const SPARE_BYTES = 1500 * 2 ** 20
/** Targets are connected to one after the other at worst; this long is waited for the last. */
const WATCHING_MS = 60_000

await runBench({
  name: 'ten-targets',
  title: 'One process, ten targets',
  purpose:
    'Memory, processor time and store of one `dbmedic start` over many targets, and its cost on them by their own figures.',
  options: {
    server: { ...SERVER_OPTION, help: 'kind of the private servers; both: by turns' },
    targets: { kind: 'number', value: 10, quick: 4, min: 1, max: 50, whole: true, help: 'targets to watch' },
    servers: {
      kind: 'number',
      value: 0,
      min: 0,
      max: 50,
      whole: true,
      help: 'private servers they are on; 0: one each, fewer where free memory is short',
    },
    minutes: { kind: 'number', value: 10, quick: 1, min: 0.25, max: 1440, help: 'how long' },
    load: { kind: 'number', value: 20, min: 0.1, max: 200, help: 'pieces of work a second on each target' },
    every: { kind: 'number', value: 5, min: 1, max: 60, help: 'seconds between two samples' },
  },
  async measure(run) {
    requireProc()
    const figures = await measure(run)
    const stray = figures.notes.filter((n) => n.message.startsWith('issue opened'))
    return {
      figures,
      markdown: targetsMarkdown(figures),
      headlines: [
        `${figures.targets} targets: ${figures.usage.lastMinuteMiB.toFixed(0)} MiB, ` +
          `${(figures.usage.steadyCpuPercent ?? figures.usage.cpuPercent).toFixed(1)} % of a core`,
      ],
      versions: figures.servers.map((s) => s.version),
      problems: stray.map((n) => `${n.times} × ${n.message}, though nothing was wrong on the targets`),
    }
  },
})

async function measure(run: BenchRun): Promise<TargetsFigures> {
  const { options, say } = run
  const targets = options.number('targets')
  const places = await startPlaces(run, targets)
  const placeOf = (i: number): Place => {
    const place = places[i % places.length]
    if (place === undefined) throw new RangeError('there is at least one server')
    return place
  }
  const names = targetNames(targets)
  for (const i of names.keys()) {
    const { server, accounts } = placeOf(i)
    const load = mixedLoad(
      { host: server.host, port: server.port, ...accounts.application },
      options.number('load'),
    )
    run.onEnd(() => load.stop())
  }
  const folder = await dbmedicFolder(await spreadOver(places, targets))
  run.onEnd(() => folder.remove())
  const startedMs = performance.now()
  const dbmedic = folder.start()
  run.onEnd(() => dbmedic.stop())
  await dbmedic.watching(WATCHING_MS)
  const startedSeconds = (performance.now() - startedMs) / 1000
  say(`${targets} targets are watched after ${startedSeconds.toFixed(1)} s`)
  const before = await Promise.all(places.map((p) => p.reader.now()))
  const samples = await sample(run, dbmedic, folder.storeFile)
  const after = await Promise.all(places.map((p) => p.reader.now()))
  await dbmedic.stop()
  return {
    targets,
    servers: places.map(({ server }, i) => ({
      version: server.version,
      targets: names.filter((_, k) => k % places.length === i).length,
      cost: costOf(before[i], after[i]),
    })),
    loadPerTarget: options.number('load'),
    usage: summarise(samples, startedSeconds),
    samples,
    tables: tableSizes(folder.storeFile),
    notes: folder.notes(),
  }
}

function costOf(before: CostFigures | undefined, after: CostFigures | undefined) {
  if (before === undefined || after === undefined) throw new RangeError('every server is read twice')
  return costBetween(before, after)
}

/** Starts the servers one after the other: each copies some 200 MB. */
async function startPlaces(run: BenchRun, targets: number): Promise<readonly Place[]> {
  const flavours = await chosenServers(run)
  const asked = run.options.number('servers')
  const room = Math.max(1, Math.floor((freemem() - SPARE_BYTES) / SERVER_BYTES))
  const count = Math.min(targets, asked === 0 ? room : asked)
  if (count < targets)
    run.say(`${targets} targets on ${count} servers: ${asked === 0 ? 'free memory is short' : 'as asked'}`)
  const places: Place[] = []
  for (let i = 0; i < count; i += 1) {
    run.signal.throwIfAborted()
    places.push(await startPlace(run, flavours[i % flavours.length] ?? 'mariadb'))
    run.say(`server ${i + 1} of ${count}: ${places.at(-1)?.server.version}`)
  }
  return places
}

async function sample(
  run: BenchRun,
  dbmedic: StartedDbmedic,
  storeFile: string,
): Promise<readonly UsageSample[]> {
  const beganMs = performance.now()
  const lastSeconds = run.options.number('minutes') * 60
  const everySeconds = run.options.number('every')
  const samples: UsageSample[] = []
  for (let due = 0; due <= lastSeconds; due += everySeconds) {
    await run.wait(Math.max(0, beganMs + due * 1000 - performance.now()))
    dbmedic.mustRun()
    const now = {
      atSeconds: (performance.now() - beganMs) / 1000,
      ...usageOf(dbmedic.pid),
      storeBytes: storeBytes(storeFile),
    }
    samples.push(now)
    const before = samples.at(-13)
    if (before !== undefined && samples.length % 12 === 1) run.say(progress(before, now))
  }
  return samples
}

function progress(before: UsageSample, now: UsageSample): string {
  const cpu = (100 * (now.cpuSeconds - before.cpuSeconds)) / (now.atSeconds - before.atSeconds)
  const store = (now.storeBytes / 2 ** 20).toFixed(1)
  return `${now.atSeconds.toFixed(0)} s: ${now.rssMiB.toFixed(0)} MiB, ${cpu.toFixed(1)} % of a core, store ${store} MiB`
}
