/** Sets the scene of a scenario: a private server with its data, watched by the ordinary pipeline, and its sessions. */
import mysql from 'mysql2/promise'
import type { Log } from '../../core/log.ts'
import { keepBusy } from '../pieces/keep-busy.ts'
import type { LabServer } from '../pieces/lab-server.ts'
import { pause } from '../pieces/load.ts'
import type { Staging } from '../pieces/staging.ts'
import { type ConfigParts, startWatchedServer, type WatchedServer } from '../pieces/watched-server.ts'
import type { Scenario } from '../scenario/shape.ts'
import type { ServerFlavour } from '../servers/index.ts'
import { Stage } from './stage.ts'

/** How a scenario is run. */
export interface RunOptions {
  readonly scenario: Scenario
  readonly flavour: ServerFlavour
  /** A server of the user's to play on; default a private one of its own. */
  readonly staging?: Staging | undefined
  /** How long a control runs, s. */
  readonly controlSeconds: number
  readonly log: Log
  readonly say: (line: string) => void
  /** Aborting ends the run early; it then scores as failed. */
  readonly signal: AbortSignal
}

/** A run under way. */
export interface Scene extends RunOptions {
  readonly watched: WatchedServer
  readonly stage: Stage
}

/**
 * Verification windows of a lab run, s; production's are a quarter of an hour. The one before is about as long as a
 * lab's fault lasts until it is healed, as a quarter of an hour is about what a person takes.
 */
export const WINDOW = { beforeSeconds: 8, settleSeconds: 2, afterSeconds: 12 } as const

/** Everything is as shipped but the pace, the windows, the stated thresholds, and what the servers cannot say. */
export function configOf({ fault }: Scenario): ConfigParts {
  return {
    detection: { pace: fault.pace, closing: { windows: 6 }, thresholds: fault.thresholds },
    analysis: { currentSeconds: 15, baselineSeconds: 120, ...fault.analysis },
    verification: { ...WINDOW, minimumCalls: 30 },
    actions: { backupAgeHours: 1, cores: 64 },
    runtime: { tickMs: 100 },
  }
}

/**
 * Starts the server and everything that runs before the fault, and calls `play`; all of it is gone when that returns
 * or throws. @throws DbmedicError where no server can be started, and what setup.sql is answered.
 */
export async function onScene<T>(options: RunOptions, play: (scene: Scene) => Promise<T>): Promise<T> {
  const { scenario } = options
  const watched = await startWatchedServer({
    flavour: options.flavour,
    settings: scenario.fault.server,
    ownClock: scenario.fault.happenings.some((h) => h.does === 'step-clock'),
    ...(options.staging === undefined ? {} : { place: options.staging.place }),
    prepare: (server, schema) => asRoot(server, `USE ${schema}; ${scenario.setup}`),
    withAccounts: (server, schema) =>
      scenario.accounts === '' ? Promise.resolve() : asRoot(server, `USE ${schema}; ${scenario.accounts}`),
    people: ['lab-one', 'lab-two'],
    tables: true,
    config: configOf(scenario),
    targetOptions: { cores: 64, budgetPercent: 10, budgetMsPerSecond: 100, ...scenario.fault.target },
    log: options.log,
  })
  try {
    const stage = new Stage(watched, scenario.seed)
    watched.watch()
    watched.onStop(() => stage.stop())
    if (scenario.workload.steady) stage.startSteady()
    stage.start(scenario.workload.sessions)
    return await play({ ...options, watched, stage })
  } finally {
    await watched.stop()
  }
}

async function asRoot(server: LabServer, sql: string): Promise<void> {
  const connection = await mysql.createConnection({ uri: server.rootUri, multipleStatements: true })
  try {
    await connection.query(sql)
  } finally {
    connection.destroy()
  }
}

/** What happens beside the fault, each thing at its time after now. */
export async function letHappen(scene: Scene): Promise<void> {
  const { scenario, stage, watched, say, signal } = scene
  const beganMs = Date.now()
  for (const h of [...scenario.fault.happenings].sort((a, b) => a.afterSeconds - b.afterSeconds)) {
    await wait(scene, beganMs + h.afterSeconds * 1000 - Date.now())
    if (signal.aborted) return
    say(`happens: ${h.does}${h.statements.length > 0 ? ` ${h.statements.join('; ').slice(0, 80)}` : ''}`)
    if (h.does === 'restart-server') await watched.server.restart()
    else if (h.does === 'restart-monitor') await watched.restartWatch()
    else if (h.does === 'step-clock') await watched.server.stepClock(h.seconds)
    else if (h.does === 'busy-machine') watched.onStop(keepBusy(h.seconds * 1000).stop)
    else await stage.run(h.statements, h.does)
  }
}

/** Waits, but not beyond an abort. */
export async function wait({ signal }: Pick<Scene, 'signal'>, ms: number): Promise<void> {
  const until = Date.now() + ms
  while (!signal.aborted && Date.now() < until) await pause(Math.max(1, Math.min(100, until - Date.now())))
}
