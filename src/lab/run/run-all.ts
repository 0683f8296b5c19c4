/** Runs a series of scenarios, one after the other, for every flavour and seed; a cut-off series can be continued. */
import type { Story } from '../../app/index.ts'
import { DbmedicError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import type { Staging } from '../pieces/staging.ts'
import { type RecordedResult, runKey } from '../report/recorded.ts'
import { loadScenarios } from '../scenario/load-scenarios.ts'
import type { Scenario } from '../scenario/shape.ts'
import type { ServerFlavour } from '../servers/index.ts'
import { circumstances } from './circumstances.ts'
import { recordOf } from './record-result.ts'
import { runArm } from './run-arm.ts'
import { runScenario, type ScenarioResult } from './run-scenario.ts'

/** A run that is still to come. */
export interface PlannedRun {
  readonly scenario: Scenario
  readonly flavour: ServerFlavour
}

/** What to run. */
export interface RunAllOptions {
  /** Which scenarios, by name. */
  readonly names: readonly string[]
  readonly flavours: readonly ServerFlavour[]
  /** A server of the user's to play on; default private ones. */
  readonly staging?: Staging | undefined
  readonly seeds: readonly number[]
  readonly controlSeconds: number
  /** Also run the textbook remedy and doing nothing. */
  readonly compare: boolean
  /** Results there are already; what they hold is not run again. */
  readonly earlier: readonly RecordedResult[]
  readonly log: Log
  readonly say: (run: string, line: string) => void
  /** Called before each run with it and those after it, and everything so far. */
  readonly onStart: (ahead: readonly PlannedRun[], all: readonly RecordedResult[]) => void
  /** Called after each run with everything so far, and the newest one's issues. */
  readonly onResult: (
    all: readonly RecordedResult[],
    newest: RecordedResult,
    stories: readonly Story[],
  ) => void
  readonly signal: AbortSignal
}

/** So many runs that broke off, one after the other, end the series: what breaks all of them is not the scenarios'. */
const BROKEN_IN_A_ROW = 3

/** What a machine lacks for a scenario, or a server that does not start under it: the others may still be played. */
const SKIPPED_FOR: ReadonlySet<string> = new Set([
  'DBM_LAB_SERVER_MISSING',
  'DBM_LAB_SERVER_FAILED',
  'DBM_LAB_UNPACK_FAILED',
])

/** Why a run that broke off with this counts as not played; null if it counts as failed. */
export const skippedBecause = (problem: Error): string | null =>
  problem instanceof DbmedicError && SKIPPED_FOR.has(problem.code) ? problem.message : null

/**
 * Runs them and gives all results, earlier ones first. A run that cannot be played here (a library that is missing, a
 * server that does not start) is a skipped result with its reason, and the series goes on; one that breaks off otherwise
 * (SQL that is refused) is a failed result. What was skipped earlier is tried again.
 * @throws what the last of three broken runs in a row, or the first of all, was stopped by
 */
export async function runAll(options: RunAllOptions): Promise<readonly RecordedResult[]> {
  const ahead = planned(options)
  const again = new Set(ahead.map(({ scenario, flavour }) => runKey({ ...scenario, flavour })))
  const results = options.earlier.filter((one) => !again.has(runKey(one)))
  let broken = 0
  while (ahead.length > 0 && !options.signal.aborted) {
    options.onStart(ahead, results)
    const next = ahead.shift()
    if (next === undefined) break
    const { result, stories, problem } = await play(options, next)
    // What was cut off has no result: it is run again when the series is continued.
    if (options.signal.aborted && !result.passed) break
    const isBroken = problem !== null && result.skipped === undefined
    broken = isBroken ? broken + 1 : 0
    if (isBroken && (results.length === 0 || broken === BROKEN_IN_A_ROW)) throw problem
    results.push(result)
    options.onResult(results, result, stories)
  }
  return results
}

/** Scenarios that draw nothing from a seed are still run for each: data, pauses and keys differ. */
function planned({ flavours, seeds, names, earlier }: RunAllOptions): PlannedRun[] {
  const done = new Set(earlier.filter((one) => one.skipped === undefined).map(runKey))
  const scenarios = seeds.flatMap((seed) => loadScenarios({ seed })).filter((s) => names.includes(s.name))
  return flavours
    .flatMap((flavour) => scenarios.map((scenario) => ({ scenario, flavour })))
    .filter(
      ({ scenario, flavour }) => !done.has(runKey({ name: scenario.name, flavour, seed: scenario.seed })),
    )
}

interface Played {
  readonly result: RecordedResult
  readonly stories: readonly Story[]
  /** Why it could not be played. */
  readonly problem: Error | null
}

async function play(options: RunAllOptions, next: PlannedRun): Promise<Played> {
  const startedMs = Date.now()
  try {
    const result = await one(options, next)
    return { result: recordOf(result), stories: result.stories, problem: null }
  } catch (error) {
    const problem = error instanceof Error ? error : new Error('it could not be played')
    const failed = {
      ...unplayed(next, problem, options.staging === undefined),
      seconds: (Date.now() - startedMs) / 1000,
    }
    const skipped = skippedBecause(problem)
    const result = skipped === null ? recordOf(failed) : { ...recordOf(failed), skipped }
    return { result, stories: [], problem }
  }
}

async function one(options: RunAllOptions, { scenario, flavour }: PlannedRun): Promise<ScenarioResult> {
  const { controlSeconds, log, signal, staging } = options
  const seeded = options.seeds.length > 1 ? `, seed ${scenario.seed}` : ''
  const say = (line: string): void => options.say(`${scenario.name} on ${flavour}${seeded}`, line)
  const run = { scenario, flavour, staging, controlSeconds, log, signal, say }
  const result = await runScenario(run)
  if (!options.compare || scenario.fault.control) return result
  return { ...result, oracle: await runArm(run, 'oracle'), nothing: await runArm(run, 'nothing') }
}

/** The result of a run that broke off, or was not played at all. */
const unplayed = (
  { scenario, flavour }: PlannedRun,
  problem: Error,
  privateServer: boolean,
): Omit<ScenarioResult, 'seconds'> => ({
  scenario,
  flavour,
  version: flavour,
  passed: false,
  configuration: null,
  checks: [{ what: 'the run could be played', ok: false, found: problem.message }],
  followed: [],
  effect: null,
  oracle: null,
  nothing: null,
  sameSame: null,
  ownLockWaits: null,
  ranUnder: circumstances(privateServer),
  stories: [],
})
