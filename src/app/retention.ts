/**
 * Retention: what is old enough goes, in bounded steps, by one process at a time. Only the role `retention` may delete
 * (on the MySQL family an account of its own), and the schema's floors hold whatever stands in the configuration.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { DbmedicError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { errorFields } from '../core/log.ts'
import {
  type PrunedThing,
  RETENTION_TASKS,
  type RetentionPort,
  type RetentionTask,
  type RetentionTaskState,
  type RowsDue,
  type TableSize,
} from '../core/retention-port.ts'
import type { Store } from '../core/store-ports.ts'
import type { Config } from './config/schema.ts'

/** What is pruned, how long it stays, and who takes the leases: an installation. */
export interface Pruned {
  readonly config: Pick<Config, 'retention'>
  readonly store: Pick<Store, 'retention' | 'sizes'>
  readonly owner: string
  readonly log: Log
}

/** Longest lease the store gives (GOV-047), seconds; a run ends before. */
const LEASE_SECONDS = 600
/** Samples of one transaction: a few hundredths of a second on SQLite, which blocks the process meanwhile. */
const STEP_ROWS = 1_000
/** Between two steps, ms, so that the roles of the process and other writers get their turn. */
export const STEP_PAUSE_MS = 20
const HOUR_SECONDS = 3_600
/** Tables whose rows go by rules of the schema's own (GOV-112, GOV-127): 90 days, longer for what is frequent, failed or newest. */
const FAILURE_TABLES = [
  'failure_patterns',
  'failure_sites',
  'recovery_tasks',
  'recovery_explanations',
  'recovery_attempts',
  'watch_results',
  'evidence_requests',
] as const

/** One run of one task. */
export interface PruneReport {
  readonly task: PrunedThing
  /** False: another process is at it. */
  readonly taken: boolean
  readonly rows: number
  /** Batches of events pruned; 0 for all else. */
  readonly batches: number
  /** Batches the store refused to prune, because they are not what was sealed. */
  readonly refused: readonly { readonly batchId: number; readonly because: string }[]
  /** What ended it: nothing more was due, a bound of the configuration, or the process. */
  readonly ended: 'nothing left' | 'rows' | 'time' | 'stopped'
  readonly seconds: number
}

/** How a run is watched and bounded. */
export interface PruneOptions {
  /** It is left alone if it was done within this many seconds. Default 0. */
  readonly restSeconds?: number
  /** The administrator who asked, for the record; absent where a process prunes by itself. */
  readonly by?: string
  readonly onProgress?: (rows: number) => void
  readonly signal?: AbortSignal
}

/** @throws DbmedicError DBM_USAGE where the process has no account for it. */
/** The port. @throws DbmedicError DBM_USAGE where this process has no account for the role */
export function portOf({ store }: Pruned): RetentionPort {
  if (store.retention !== null) return store.retention
  throw new DbmedicError('DBM_USAGE', {
    problem: 'this process has no account for the retention role',
    hint: 'Add `retention: { user: NAME, password: env:NAME }` under `storeAccounts:`; `dbmedic store grants` prints the account.',
  })
}

/** What is due of each task, and who is at it. @throws DbmedicError DBM_USAGE */
export async function retentionDue(
  installation: Pruned,
): Promise<readonly (RetentionTaskState & { readonly due: RowsDue })[]> {
  const port = portOf(installation)
  const states = await port.tasks()
  return Promise.all(
    states.map(async (state) => ({
      ...state,
      due: await port.due(state.task, installation.config.retention),
    })),
  )
}

/** What each table holds, with how long its rows stay. */
export async function sizesOf(
  installation: Pruned,
): Promise<readonly (TableSize & { readonly keptDays: number | null })[]> {
  const { samplesDays, eventsDays } = installation.config.retention
  const days: { readonly [table: string]: number } = {
    metric_samples: samplesDays,
    detection_events: eventsDays,
    ...Object.fromEntries(FAILURE_TABLES.map((name) => [name, 90])),
  }
  return (await installation.store.sizes()).map((size) => ({ ...size, keptDays: days[size.table] ?? null }))
}

/**
 * Prunes one task within the configuration's bounds, under its lease.
 * @throws DbmedicError DBM_USAGE without an account; what the store throws.
 */
export async function pruneTask(
  installation: Pruned,
  task: RetentionTask,
  options: PruneOptions = {},
): Promise<PruneReport> {
  const port = portOf(installation)
  const { owner } = installation
  const began = performance.now()
  const spent = (): number => (performance.now() - began) / 1000
  const none = { task, rows: 0, batches: 0, refused: [], seconds: 0 } as const
  if (!(await port.claim(task, { owner, seconds: LEASE_SECONDS }, options.restSeconds ?? 0)))
    return { ...none, taken: false, ended: 'nothing left' }
  const run = new PruneRun(installation, port, options)
  let ended: PruneReport['ended'] = 'stopped'
  try {
    ended = await run.go(task, spent)
  } finally {
    // Also after a failure: what went is on record, and the next try is not kept waiting for the lease.
    await port.finish(task, owner, run.rows)
  }
  const { rows, batches, refused } = run
  return { task, taken: true, rows, batches, refused, ended, seconds: spent() }
}

class PruneRun {
  rows = 0
  batches = 0
  readonly refused: { readonly batchId: number; readonly because: string }[] = []
  #after = 0
  readonly #given: Pruned
  readonly #port: RetentionPort
  readonly #options: PruneOptions

  constructor(given: Pruned, port: RetentionPort, options: PruneOptions) {
    this.#given = given
    this.#port = port
    this.#options = options
  }

  async go(task: RetentionTask, spent: () => number): Promise<PruneReport['ended']> {
    const { mostRows, mostSeconds } = this.#given.config.retention
    for (;;) {
      if (this.#options.signal?.aborted === true) return 'stopped'
      if (this.rows >= mostRows) return 'rows'
      if (spent() >= mostSeconds) return 'time'
      const more = task === 'samples' ? await this.#samples(mostRows - this.rows) : await this.#batch()
      this.#options.onProgress?.(this.rows)
      if (!more) return 'nothing left'
      await pause(STEP_PAUSE_MS)
    }
  }

  async #samples(most: number): Promise<boolean> {
    const step = Math.min(STEP_ROWS, most)
    const { removed, more } = await this.#port.pruneSamples(this.#given.config.retention, step)
    this.rows += removed
    return more
  }

  async #batch(): Promise<boolean> {
    const batch = await this.#port.pruneEvents(
      this.#given.config.retention,
      this.#after,
      this.#options.by ?? null,
    )
    if (batch === null) return false
    this.#after = batch.batchId
    this.rows += batch.removed
    if (batch.refused === null) this.batches += 1
    else this.refused.push({ batchId: batch.batchId, because: batch.refused })
    return true
  }
}

/**
 * Prunes what the configuration says is pruned by itself, about once an hour among all processes of the store: each
 * looks every 50 to 70 minutes, first after 1 to 6, and leaves alone what was done within the last 50. Without an
 * account for it this is said once. Resolves when the signal aborts.
 */
export async function pruneHourly(installation: Pruned, signal: AbortSignal): Promise<void> {
  const { config, store, log } = installation
  const wanted = RETENTION_TASKS.filter((task) => config.retention.automatic[task])
  if (wanted.length === 0) return
  if (store.retention === null) {
    log({
      level: 'warn',
      stage: 'retention',
      message: 'nothing is pruned here: this process has no account for the retention role',
      next: 'Add it under `storeAccounts:`, let another process do it, or set retention.automatic.samples: false.',
    })
    return
  }
  let waitSeconds = 60 + 300 * Math.random()
  for (;;) {
    await pause(waitSeconds * 1000, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return
    for (const task of wanted) await pruneQuietly(installation, task, signal)
    waitSeconds = HOUR_SECONDS * (5 / 6 + Math.random() / 3)
  }
}

async function pruneQuietly(installation: Pruned, task: RetentionTask, signal: AbortSignal): Promise<void> {
  const { log } = installation
  try {
    const done = await pruneTask(installation, task, { restSeconds: (HOUR_SECONDS * 5) / 6, signal })
    if (!done.taken || (done.rows === 0 && done.refused.length === 0)) return
    const { rows, batches, ended, seconds } = done
    const figures = { task, rows, batches, ended, seconds: Math.round(seconds) }
    log({ level: 'info', stage: 'retention', message: 'pruned what is old enough', ...figures })
    for (const { batchId, because } of done.refused)
      log({
        level: 'error',
        stage: 'retention',
        message: `batch ${batchId} of events is not pruned: ${because}`,
      })
  } catch (error) {
    log({ ...errorFields(error), level: 'error', stage: 'retention', task })
  }
}
