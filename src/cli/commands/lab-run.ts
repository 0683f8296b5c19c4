/** lab run: fault scenarios through the whole loop, scored; the report is written after each, so that a cut leaves one. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { createLog, type Story } from '../../app/index.ts'
import { DbmedicError } from '../../core/errors.ts'
import {
  claimStaging,
  failures,
  loadScenarios,
  type PlannedRun,
  type RecordedResult,
  readRecorded,
  runAll,
  type Staging,
} from '../../lab/index.ts'
import { findServer, isAvailable, type ServerFlavour } from '../../lab/servers/index.ts'
import { configOf, type GlobalOptions } from '../context.ts'
import { renderStory } from '../render-story.ts'
import { paint } from '../terminal.ts'
import { likelySeconds, Progress } from './lab-progress.ts'
import { summary, writeReport } from './lab-report.ts'
import { confirmed, costOf, namedTarget, safeOf } from './lab-target.ts'

/** Options of `lab run`. */
export interface LabRunOptions {
  readonly all: boolean
  readonly engine: readonly ServerFlavour[]
  readonly controlSeconds?: number
  readonly seed: number
  readonly seeds: number
  readonly compare: boolean
  readonly report?: string
  readonly resume: boolean
  readonly progress: boolean
  readonly target?: string
  readonly yes: boolean
}

/** Seconds a control runs when scenarios are named, and when all are run. */
const CONTROL_SECONDS = { named: 60, all: 300 } as const

/** Runs them. Exit code 1 if any failed, was cut off, or none was run, or if something could not be dropped. */
export async function runLab(
  names: readonly string[],
  options: LabRunOptions,
  global: GlobalOptions,
): Promise<void> {
  const chosenNames = chosen(names, options.all)
  const earlier = options.resume ? readRecorded(join(reportOf(options), 'results.json')) : []
  const abort = new AbortController()
  const onSignal = (): void => abort.abort()
  process.once('SIGINT', onSignal)
  process.once('SIGTERM', onSignal)
  const progress = new Progress(process.stderr, options.progress)
  let results: readonly RecordedResult[] = earlier
  let staging: Staging | undefined
  try {
    staging =
      options.target === undefined ? undefined : await onTarget(chosenNames, options, { global, progress })
    const names = staging === undefined ? chosenNames : safeNames(chosenNames, options)
    results = await series({ names, options, global, earlier, progress, staging, signal: abort.signal })
  } finally {
    progress.end()
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
  if (options.report !== undefined && results.length > 0) writeReport(options.report, results)
  tellEnd(results, { json: global.json, cut: abort.signal.aborted })
  tellLeft(staging)
}

/** Says by hand what could not be dropped. */
function tellLeft(staging: Staging | undefined): void {
  const left = staging?.leftBehind() ?? []
  if (left.length === 0) return
  process.stderr.write(
    `could not be dropped on ${staging?.name ?? ''}; run there:\n${left.map((l) => `  ${l};\n`).join('')}`,
  )
  process.exitCode = 1
}

const safeNames = (names: readonly string[], { all, seed }: LabRunOptions): readonly string[] =>
  safeOf(
    loadScenarios({ seed }).filter((s) => names.includes(s.name)),
    all,
  ).map((s) => s.name)

/** The server of --target, once it was asked, its cost was told, and a person agreed. */
async function onTarget(
  names: readonly string[],
  options: LabRunOptions,
  { global, progress }: { readonly global: GlobalOptions; readonly progress: Progress },
): Promise<Staging> {
  if (options.compare)
    throw new DbmedicError('DBM_USAGE', {
      problem: '--compare is for private servers: it plays each fault again with nothing done',
      hint: 'Leave out --compare or --target.',
    })
  const scenarios = safeOf(
    loadScenarios({ seed: options.seed }).filter((s) => names.includes(s.name)),
    options.all,
  )
  const named = namedTarget(options.target ?? '', configOf(global), process.env)
  const staging = await claimStaging(named.address, {
    announce: (made, dropBy) =>
      progress.say(`makes ${made}; if this process is killed, drop them with: ${dropBy}`),
  })
  const runs = Array.from({ length: options.seeds }, () => scenarios).flat()
  const ahead = runs.map((scenario) => aheadOf({ scenario, flavour: staging.flavour }))
  const controlSeconds = options.controlSeconds ?? CONTROL_SECONDS.named
  const seconds = likelySeconds(ahead, [], { controlSeconds, compare: false })
  progress.say(`${staging.name} is ${staging.flavour} ${staging.version}`)
  for (const line of costOf(runs, staging, seconds)) progress.say(`  ${line}`)
  await confirmed(named, options.yes)
  return staging
}

interface Series {
  readonly names: readonly string[]
  readonly options: LabRunOptions
  readonly global: GlobalOptions
  readonly earlier: readonly RecordedResult[]
  readonly progress: Progress
  readonly staging: Staging | undefined
  readonly signal: AbortSignal
}

async function series(s: Series): Promise<readonly RecordedResult[]> {
  const { options, progress, global } = s
  const controlSeconds = options.controlSeconds ?? (options.all ? CONTROL_SECONDS.all : CONTROL_SECONDS.named)
  const say = (line: string): void => progress.say(line)
  let total: number | null = null
  return runAll({
    names: s.names,
    flavours: s.staging === undefined ? await present(options.engine, say) : [s.staging.flavour],
    staging: s.staging,
    seeds: Array.from({ length: options.seeds }, (_, i) => options.seed + i),
    controlSeconds,
    compare: options.compare,
    earlier: s.earlier,
    log: createLog({ level: global.logLevel }),
    say: (which, line) => say(`${which}: ${line}`),
    onStart: (ahead, all) => {
      total ??= ahead.length
      const left = likelySeconds(ahead.map(aheadOf), all, { controlSeconds, compare: options.compare })
      progress.now(`run ${total - ahead.length + 1} of ${total}: ${runName(ahead[0])}`, left)
    },
    onResult: (all, newest, stories) => {
      say(`${newest.name} on ${newest.flavour}: ${verdictLine(newest)}`)
      if (global.json) process.stdout.write(`${JSON.stringify({ result: newest })}\n`)
      if (options.report === undefined) return
      writeReport(options.report, all)
      writeStories(options.report, newest, stories)
    },
    signal: s.signal,
  })
}

const aheadOf = ({ scenario, flavour }: PlannedRun) => ({
  name: scenario.name,
  flavour,
  control: scenario.fault.control,
})

const runName = (run: PlannedRun | undefined): string =>
  run === undefined ? '' : `${run.scenario.name} on ${run.flavour}, seed ${run.scenario.seed}`

/** With --json each result was a line of its own when it was there; the last line counts them. */
function tellEnd(
  results: readonly RecordedResult[],
  { json, cut }: { readonly json: boolean; readonly cut: boolean },
): void {
  const passed = results.filter((r) => r.passed).length
  const skipped = results.filter((r) => r.skipped !== undefined).length
  const end = { runs: results.length, passed, failed: results.length - passed - skipped, skipped, cut }
  process.stdout.write(json ? `${JSON.stringify({ end })}\n` : `${summary(results)}\n`)
  if (cut || end.failed > 0 || skipped > 0 || results.length === 0) process.exitCode = 1
}

function reportOf({ report }: LabRunOptions): string {
  if (report !== undefined) return report
  throw new DbmedicError('DBM_USAGE', {
    problem: '--resume continues what --report began, and no --report is given',
    hint: 'Give --report and the folder of the run that was cut off.',
  })
}

function chosen(names: readonly string[], all: boolean): readonly string[] {
  const known = loadScenarios().map((s) => s.name)
  if (all) return known
  const missing = names.find((name) => !known.includes(name))
  if (missing === undefined && names.length > 0) return names
  throw new DbmedicError('DBM_USAGE', {
    problem: missing === undefined ? 'no scenario is named' : `there is no scenario ${missing}`,
    hint: `Name some of: ${known.join(', ')}; or --all`,
  })
}

/** The flavours that have a server program here; the others are named as skipped. */
async function present(
  wanted: readonly ServerFlavour[],
  say: (line: string) => void,
): Promise<ServerFlavour[]> {
  const found: ServerFlavour[] = []
  for (const flavour of wanted) {
    const server = await findServer(flavour)
    if (isAvailable(server)) found.push(flavour)
    else say(`${flavour} SKIPPED: ${server.missing}`)
  }
  return found
}

function verdictLine(result: RecordedResult): string {
  if (result.skipped !== undefined) return `SKIPPED: ${result.skipped}`
  const mark = result.passed ? paint(['bold', 'green'], 'pass') : paint(['bold', 'red'], 'FAIL')
  return [`${mark} in ${result.seconds.toFixed(0)} s`, ...failures(result).map((f) => `    ${f}`)].join(
    '\n        ',
  )
}

/** The story of each issue of one run. */
function writeStories(
  folder: string,
  { name, flavour, seed }: RecordedResult,
  stories: readonly Story[],
): void {
  const text = stories.map((story) => renderStory(story)).join('\n\n')
  writeFileSync(join(folder, `${name}-${flavour}-${seed}.txt`), `${stripVTControlCharacters(text)}\n`)
}
