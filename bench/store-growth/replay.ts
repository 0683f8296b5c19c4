/**
 * The same windows day after day in a store of its own, thinned, then pruned by the ordinary retention: what is left is what a
 * target takes when it has been watched for longer than samples are kept.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configSchema, mirrorCatalogue, openInstallation, pruneTask } from '../../src/app/index.ts'
import type { SeriesWindow } from '../../src/core/engine.ts'
import { fromMs } from '../../src/core/time.ts'
import { rollUp } from '../../src/pipeline/detect/roll-up.ts'
import type { BenchRun } from '../support/run-bench.ts'
import { storeBytes, tableSizes } from '../ten-targets/store-size.ts'
import type { WindowShape } from './written-rows.ts'

/** What to replay. */
export interface Replay {
  readonly shapes: readonly WindowShape[]
  /** Rows a day, thinned. */
  readonly rowsPerDay: number
  readonly days: number
}

/** What came of it. */
export interface Replayed {
  readonly keptDays: number
  readonly rowsBefore: number
  readonly rowsAfter: number
  /** Pages of the table and its indexes in use. */
  readonly bytesBefore: number
  /** With the newest day, after a retention that keeps every window for as long as samples are kept: none goes for being rolled up. */
  readonly bytesUnrolled: number
  readonly bytesAfter: number
  readonly bytesPerRow: number
  /** Of the whole store after another day was written into what was freed, over that before the pruning. */
  readonly reuse: number
  readonly pruneSeconds: number
}

const DAY_MS = 86_400_000
const BATCH = 1000

/** Writes, prunes, writes one more day. @throws Interrupted */
export async function replay(run: BenchRun, { shapes, rowsPerDay, days }: Replay): Promise<Replayed> {
  const home = await mkdtemp(join(tmpdir(), 'dbmedic-bench-replay-'))
  run.onEnd(() => rm(home, { recursive: true, force: true }))
  const file = join(home, 'dbmedic.sqlite')
  const config = configSchema.parse({
    store: file,
    keyring: join(home, 'keyring'),
    targets: [{ name: 'target', engine: 'mysql', monitor: { user: 'nobody', password: 'none' } }],
    retention: { mostRows: 100_000_000, mostSeconds: 540 },
  })
  const installation = await openInstallation(config, () => undefined)
  try {
    await mirrorCatalogue(installation)
    const began = Date.now()
    const [target] = await installation.store.read.targets()
    let rolling: ReadonlyMap<string, SeriesWindow> = new Map()
    const write = async (fromDay: number, toDay: number): Promise<void> => {
      const fromMs_ = Date.now() - fromDay * DAY_MS
      const rows = Math.round((fromDay - toDay) * rowsPerDay)
      for (let at = 0; at < rows; at += BATCH) {
        run.signal.throwIfAborted()
        const some = Array.from({ length: Math.min(BATCH, rows - at) }, (_, i) => at + i)
        const windows = some.map((k) => {
          const startMs = fromMs_ + Math.floor((k * DAY_MS) / rowsPerDay)
          return {
            ...(shapes[k % shapes.length] as WindowShape),
            epoch: fromMs(began - (days + 1) * DAY_MS),
            windowStart: fromMs(startMs),
            windowEnd: fromMs(startMs + 30_000),
          }
        })
        const rolled = rollUp(rolling, windows)
        rolling = rolled.pending
        const of = { targetId: target?.targetId ?? 1, instanceUid: 'bench-instance' }
        await installation.store.observe?.appendSamples(
          [...windows, ...rolled.ready].map((window) => ({ ...window, ...of })),
        )
      }
    }
    await write(days, 1)
    const before = samplesOf(file)
    const whole = storeBytes(file)
    const { retention } = config
    const prune = (fineDays: number) => {
      const aged = { ...config, retention: { ...retention, fineDays } }
      return pruneTask({ ...installation, config: aged }, 'samples')
    }
    await prune(retention.samplesDays)
    const bytesUnrolled = samplesOf(file).bytes
    // Fine windows are looked for three days back, which is plenty for who prunes by the hour: here it is done day by day.
    let pruned = await prune(retention.samplesDays)
    for (let fineDays = retention.samplesDays; fineDays >= retention.fineDays; fineDays -= 1) {
      const done = await prune(fineDays)
      pruned = { ...done, seconds: pruned.seconds + done.seconds }
    }
    const after = samplesOf(file)
    await write(1, 0)
    const newest = samplesOf(file)
    return {
      keptDays: config.retention.samplesDays,
      rowsBefore: before.rows,
      rowsAfter: newest.rows,
      bytesBefore: before.bytes,
      bytesUnrolled: bytesUnrolled + newest.bytes - after.bytes,
      bytesAfter: newest.bytes,
      bytesPerRow: before.bytes / before.rows,
      reuse: storeBytes(file) / whole,
      pruneSeconds: pruned.seconds,
    }
  } finally {
    await installation.store.close()
    await rm(home, { recursive: true, force: true })
  }
}

function samplesOf(file: string): { readonly rows: number; readonly bytes: number } {
  const found = tableSizes(file).find((one) => one.table === 'metric_samples')
  return found ?? { rows: 0, bytes: 0 }
}
