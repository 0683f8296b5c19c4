/** A watch on a target whose one instrument says what the test wants, with a clock of its own. */
import type { Detector, Finding } from '../../src/core/detector.ts'
import type { SeriesWindow } from '../../src/core/engine.ts'
import type { LogLine } from '../../src/core/log.ts'
import type { Target } from '../../src/core/nouns.ts'
import type { Identity, Observer, ObserverCost, Reading } from '../../src/core/observer.ts'
import type { ObservePort } from '../../src/core/store-ports.ts'
import { fromMs } from '../../src/core/time.ts'
import { CLOSING_RULE } from '../../src/pipeline/detect/hysteresis.ts'
import { TargetWatch } from '../../src/pipeline/detect/watch-target.ts'
import { sha256 } from './pipeline-rows.ts'

/** The one instrument of the tests: sessions that wait, by table. */
interface Waiting {
  readonly windowStart: string
  readonly windowEnd: string
  readonly tables: { readonly [name: string]: { readonly waiting: number; readonly readings: number } }
}
/** What can be read. */
export interface Snapshots {
  readonly waits: Waiting
}

/** When the clock starts. */
export const T0 = Date.parse('2026-11-21T10:00:00Z')
/** Length of a window, ms. */
export const EVERY_MS = 10_000
const LIMIT = 10
const COSTS_NOTHING: ObserverCost = {
  busyMsPerSecond: 0,
  sharePercent: null,
  allowedMsPerSecond: 2,
  shed: [],
  stretched: {},
  shedsMuch: false,
}

/** A target whose instrument says what the test wants, and a watch on it with a clock of its own. */
export function watchScene(options: {
  readonly target: Target
  readonly port: ObservePort
  readonly uid: string
  readonly detectors?: readonly Detector<Snapshots>[]
  readonly calmWindowMs?: number
  readonly firstRareWithinMs?: number
}) {
  const lines: LogLine[] = []
  const state = {
    nowMs: T0,
    tables: {} as Waiting['tables'],
    identity: { uid: options.uid, epoch: fromMs(T0 - 86_400_000), known: true },
    readable: true,
    series: [] as SeriesWindow[],
    cost: COSTS_NOTHING,
    seriesFail: false,
    attended: 0,
  }
  const unknown = { known: false, because: 'no answer', toProceed: 'Check it.' } as const
  const observer = {
    identity: async (): Promise<Reading<Identity>> =>
      state.identity.known
        ? {
            known: true,
            at: fromMs(state.nowMs),
            source: 'test',
            value: {
              instanceUid: state.identity.uid,
              epoch: state.identity.epoch,
              version: '10.11',
              flavour: 'mariadb',
              weak: false,
            },
          }
        : unknown,
    read: async (): Promise<Reading<Waiting>> =>
      state.readable
        ? {
            known: true,
            at: fromMs(state.nowMs),
            source: 'test',
            value: {
              windowStart: fromMs(state.nowMs - EVERY_MS),
              windowEnd: fromMs(state.nowMs),
              tables: state.tables,
            },
          }
        : unknown,
    cost: () => state.cost,
    attend: () => {
      state.attended += 1
    },
  } as unknown as Observer<Snapshots, never>
  const watch = new TargetWatch<Snapshots, never>({
    target: options.target,
    observer,
    detectors: options.detectors ?? [detector()],
    series: async () => {
      if (state.seriesFail) throw new Error('series are broken')
      return state.series
    },
    port: options.port,
    storeNow: async () => fromMs(state.nowMs),
    sha256,
    log: (line) => lines.push(line),
    closing: CLOSING_RULE,
    thresholds: {},
    paceFactor: 1,
    random: () => 0.5,
    ...(options.calmWindowMs === undefined ? {} : { calmWindowMs: options.calmWindowMs }),
    ...(options.firstRareWithinMs === undefined ? {} : { firstRareWithinMs: options.firstRareWithinMs }),
  })
  /** One window further. */
  const window = async (): Promise<number> => {
    state.nowMs += EVERY_MS
    return watch.tick(state.nowMs)
  }
  return { state, watch, lines, window }
}

/** Reports tables with more waiting sessions than the limit, and followed ones whatever they have. */
export function detector(change: Partial<Detector<Snapshots>> = {}): Detector<Snapshots> {
  return {
    id: 'mysql/waits',
    version: 1,
    engine: 'mysql',
    title: 'sessions wait',
    category: 'LOCK_CONTENTION',
    source: 'ACTIVITY_SNAPSHOT',
    needs: [],
    reads: ['waits'],
    everyMs: EVERY_MS,
    thresholds: { waiting: { value: LIMIT, unit: 'sessions', why: 'test' } },
    detect: async (view) => {
      const reading = await view.read('waits')
      if (!reading.known) return []
      const limit = view.threshold('waiting')
      return Object.entries(reading.value.tables).flatMap(([name, { waiting, readings }]): Finding[] =>
        waiting > limit || view.tracked.has(name)
          ? [
              {
                resourceType: 'table',
                resourceName: name,
                resourceKey: name,
                severity: waiting > limit ? 'WARNING' : null,
                metricName: 'waiting',
                metricUnit: 'sessions',
                metricValue: waiting,
                limit,
                workload: readings,
                opensAtOnce: false,
                context: {},
              },
            ]
          : [],
      )
    },
    ...change,
  }
}
