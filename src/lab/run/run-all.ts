/** Runs a series of scenarios, one after the other, for every flavour and seed; a cut-off series can be continued. */
import type { Log } from '../../core/log.ts'
import { loadScenarios } from '../scenario/load-scenarios.ts'
import type { Scenario } from '../scenario/shape.ts'
import type { ServerFlavour } from '../servers/index.ts'
import { type RecordedResult, recordOf, runKey } from './recorded-result.ts'
import { runArm } from './run-arm.ts'
import { runScenario, type ScenarioResult } from './run-scenario.ts'

/** What to run. */
export interface RunAllOptions {
  /** Which scenarios, by name. */
  readonly names: readonly string[]
  readonly flavours: readonly ServerFlavour[]
  readonly seeds: readonly number[]
  readonly controlSeconds: number
  /** Also run the textbook remedy and doing nothing. */
  readonly compare: boolean
  /** Results there are already; what they hold is not run again. */
  readonly earlier: readonly RecordedResult[]
  readonly log: Log
  readonly say: (run: string, line: string) => void
  /** Called after each run with everything so far. */
  readonly onResult: (all: readonly RecordedResult[], newest: ScenarioResult) => void
  readonly signal: AbortSignal
}

/** Runs them and gives all results, earlier ones first. @throws what starting a server throws */
export async function runAll(options: RunAllOptions): Promise<readonly RecordedResult[]> {
  const results = [...options.earlier]
  const done = new Set(results.map(runKey))
  for (const { scenario, flavour } of series(options)) {
    if (options.signal.aborted) break
    if (done.has(runKey({ name: scenario.name, flavour, seed: scenario.seed }))) continue
    const result = await one(options, scenario, flavour)
    // What was cut off has no result: it is run again when the series is continued.
    if (options.signal.aborted && !result.passed) break
    results.push(recordOf(result))
    options.onResult(results, result)
  }
  return results
}

/** Scenarios that draw nothing from a seed are still run for each: data, pauses and keys differ. */
function series({
  flavours,
  seeds,
  names,
}: RunAllOptions): readonly { readonly scenario: Scenario; readonly flavour: ServerFlavour }[] {
  const scenarios = seeds.flatMap((seed) => loadScenarios({ seed })).filter((s) => names.includes(s.name))
  return flavours.flatMap((flavour) => scenarios.map((scenario) => ({ scenario, flavour })))
}

async function one(
  options: RunAllOptions,
  scenario: Scenario,
  flavour: ServerFlavour,
): Promise<ScenarioResult> {
  const { controlSeconds, log, signal } = options
  const seeded = options.seeds.length > 1 ? `, seed ${scenario.seed}` : ''
  const say = (line: string): void => options.say(`${scenario.name} on ${flavour}${seeded}`, line)
  const run = { scenario, flavour, controlSeconds, log, signal, say }
  const result = await runScenario(run)
  if (!options.compare || scenario.fault.control) return result
  return { ...result, oracle: await runArm(run, 'oracle'), nothing: await runArm(run, 'nothing') }
}
