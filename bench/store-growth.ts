/**
 * `npm run bench -- store-growth`: how much a target makes the store grow a day, and what is left of it after retention. The growth
 * is measured on `dbmedic start` for some minutes and extrapolated to a day; three weeks of the same windows are then replayed
 * (thinned) into a store of their own and pruned as shipped.
 */
import { type Replayed, replay } from './store-growth/replay.ts'
import {
  growthBetween,
  newestWindows,
  type TableGrowth,
  type WindowShape,
} from './store-growth/written-rows.ts'
import { spreadOver } from './support/cloned-accounts.ts'
import { markdownTable } from './support/markdown-table.ts'
import { type BenchRun, runBench } from './support/run-bench.ts'
import { chosenServers, SERVER_OPTION } from './support/server-choice.ts'
import { type Place, startPlace } from './support/shop-place.ts'
import { dbmedicFolder } from './support/started-dbmedic.ts'
import { mixedLoad } from './ten-targets/mixed-load.ts'
import { tableSizes } from './ten-targets/store-size.ts'

const WATCHING_MS = 60_000
const SHAPES_MOST = 2000
const MIB = 2 ** 20

interface StoreGrowth {
  readonly versions: readonly string[]
  readonly targets: number
  readonly seconds: number
  readonly tables: readonly TableGrowth[]
  readonly replayed: Replayed
  readonly thinned: number
  readonly notes: readonly string[]
}

async function measure(run: BenchRun): Promise<StoreGrowth> {
  const { options } = run
  const places: Place[] = []
  for (const flavour of await chosenServers(run)) {
    const place = await startPlace(run, flavour)
    const { server, accounts } = place
    const load = mixedLoad(
      { host: server.host, port: server.port, ...accounts.application },
      options.number('load'),
    )
    run.onEnd(() => load.stop())
    places.push(place)
  }
  const targets = options.number('targets')
  const folder = await dbmedicFolder(await spreadOver(places, targets))
  run.onEnd(() => folder.remove())
  const dbmedic = folder.start()
  run.onEnd(() => dbmedic.stop())
  await dbmedic.watching(WATCHING_MS)
  await run.wait(options.number('settle') * 1000)
  const [before, began] = [tableSizes(folder.storeFile), performance.now()]
  await run.wait(options.number('minutes') * 60_000)
  dbmedic.mustRun()
  const [after, seconds] = [tableSizes(folder.storeFile), (performance.now() - began) / 1000]
  await dbmedic.stop()
  const tables = growthBetween(before, after, { targets, seconds })
  const shapes = newestWindows(folder.storeFile, SHAPES_MOST)
  const rowsPerDay = tables.find((one) => one.table === 'metric_samples')?.rowsPerTargetDay ?? 0
  const { chosen, thinned } = someSeries(shapes, options.number('thin'))
  run.say(`${rowsPerDay.toFixed(0)} samples a target and day; replaying one series of ${thinned.toFixed(1)}`)
  const replayed = await replay(run, {
    shapes: chosen,
    rowsPerDay: rowsPerDay / thinned,
    days: options.number('days'),
  })
  return {
    versions: places.map((place) => place.server.version),
    targets,
    seconds,
    tables,
    replayed,
    thinned,
    notes: folder.notes().map((note) => `${note.times} × ${note.message}`),
  }
}

/** One series of so many, whole: a window in ten would be rolled up with none beside it. */
function someSeries(
  shapes: readonly WindowShape[],
  thin: number,
): { readonly chosen: readonly WindowShape[]; readonly thinned: number } {
  const keyOf = (shape: WindowShape): string => `${shape.seriesKind}|${shape.seriesKey}`
  const keys = [...new Set(shapes.map(keyOf))]
  const kept = new Set(keys.filter((_, at) => at % thin === 0))
  const chosen = shapes.filter((shape) => kept.has(keyOf(shape)))
  return { chosen, thinned: shapes.length / chosen.length }
}

/** What a target takes once its oldest samples go as new ones come. */
const keptBytes = ({ replayed, thinned }: StoreGrowth): number => replayed.bytesAfter * thinned

function markdownOf(figures: StoreGrowth): string {
  const { tables, replayed, thinned } = figures
  const others = tables.filter((one) => one.table !== 'metric_samples')
  const othersADay = others.reduce((sum, one) => sum + one.bytesPerTargetDay, 0)
  return [
    `\`dbmedic start\` watched ${figures.targets} quiet targets for ${(figures.seconds / 60).toFixed(1)} minutes; a day is that, extrapolated.`,
    '',
    markdownTable(
      ['table', 'rows a target and day', 'KiB a target and day'],
      tables.map((one) => [
        one.table,
        one.rowsPerTargetDay.toFixed(0),
        (one.bytesPerTargetDay / 1024).toFixed(0),
      ]),
    ),
    '',
    markdownTable(
      ['samples replayed', 'before retention', 'every window kept', 'rolled up'],
      [
        ['rows', String(replayed.rowsBefore), '', String(replayed.rowsAfter)],
        [
          'MiB',
          ...[replayed.bytesBefore, replayed.bytesUnrolled, replayed.bytesAfter].map((bytes) =>
            (bytes / MIB).toFixed(1),
          ),
        ],
      ],
    ),
    '',
    `- One of ${thinned.toFixed(1)} series was replayed, ${replayed.bytesPerRow.toFixed(0)} bytes a row with its indexes; pruned in ${replayed.pruneSeconds.toFixed(1)} s to ${replayed.keptDays} days.`,
    `- A target under watch for longer takes ${(keptBytes(figures) / MIB).toFixed(0)} MiB of samples (${((replayed.bytesUnrolled * thinned) / MIB).toFixed(0)} with every window kept); what no retention prunes grows by ${(othersADay / 1024).toFixed(0)} KiB a day (small tables move by whole pages, so this is an upper bound).`,
    `- After pruning, one more day went into what was freed: the store then had ${(100 * replayed.reuse).toFixed(0)} % of its former pages in use, and its file does not grow.`,
    '- Quiet targets: nothing is wrong and windows are folded. In trouble windows are not folded (up to three times the samples) and events come: at most 50 a detector and window.',
    ...figures.notes.map((note) => `- Logged ${note}`),
  ].join('\n')
}

await runBench({
  name: 'store-growth',
  title: 'Growth of the store',
  purpose: 'Bytes a target and day in the store, and after retention.',
  options: {
    server: SERVER_OPTION,
    targets: { kind: 'number', value: 4, quick: 2, min: 1, max: 50, whole: true, help: 'targets to watch' },
    minutes: { kind: 'number', value: 10, quick: 1.5, min: 1, max: 1440, help: 'how long they are watched' },
    settle: { kind: 'number', value: 60, quick: 20, min: 1, max: 600, help: 'seconds before' },
    load: { kind: 'number', value: 40, min: 1, max: 500, help: 'pieces of work a second on each server' },
    days: { kind: 'number', value: 21, quick: 21, min: 15, max: 365, whole: true, help: 'days to replay' },
    thin: {
      kind: 'number',
      value: 10,
      quick: 20,
      min: 1,
      max: 1000,
      whole: true,
      help: 'one of so many series is replayed',
    },
  },
  async measure(run) {
    const figures = await measure(run)
    const samples = figures.tables.find((one) => one.table === 'metric_samples')
    return {
      figures,
      markdown: markdownOf(figures),
      headlines: [
        `${((samples?.bytesPerTargetDay ?? 0) / MIB).toFixed(1)} MiB a target and day, ` +
          `${(keptBytes(figures) / MIB).toFixed(0)} MiB a target after retention (${figures.replayed.keptDays} days)`,
      ],
      versions: figures.versions,
      problems: samples === undefined ? ['no samples were written'] : [],
    }
  },
})
