/** lab: fault scenarios on private servers, through the whole loop, scored. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { createLog } from '../../app/index.ts'
import { DbmedicError } from '../../core/errors.ts'
import {
  failures,
  loadScenarios,
  markdownReport,
  type RecordedResult,
  readRecorded,
  recordOf,
  resultRow,
  runAll,
  type Scenario,
  type ScenarioResult,
} from '../../lab/index.ts'
import { findServer, isAvailable, SERVER_FLAVOURS, type ServerFlavour } from '../../lab/servers/index.ts'
import { type GlobalOptions, globals } from '../context.ts'
import { renderStory } from '../render-story.ts'
import { paint, print, table } from '../terminal.ts'

interface Options {
  readonly all: boolean
  readonly engine: readonly ServerFlavour[]
  readonly controlSeconds?: number
  readonly seed: number
  readonly seeds: number
  readonly compare: boolean
  readonly report?: string
  readonly resume: boolean
}

/** Seconds a control runs when scenarios are named, and when all are run. */
const CONTROL_SECONDS = { named: 60, all: 300 } as const

/** Adds `lab list` and `lab run`. */
export function addLabCommand(program: Command): void {
  const lab = program
    .command('lab')
    .description('inject faults on private servers and score what is made of them')
  lab
    .command('list', { isDefault: true })
    .description('the scenarios there are')
    .action((_options: unknown, command: Command) => {
      const scenarios = loadScenarios()
      print(globals(command).json, scenarios.map(listed), () =>
        table(
          ['NAME', 'FAULT', 'ROOT CAUSE', 'ACTION'],
          scenarios.map(listed).map((s) => [s.name, s.title, s.rootCauses.join(', '), s.actions.join(', ')]),
          'There are no scenarios.',
        ),
      )
    })
  lab
    .command('run')
    .argument('[names...]', 'names of scenarios')
    .description('run scenarios, each on a private server of its own; exit code 1 if any failed')
    .option('--all', 'run every scenario', false)
    .option('--engine <flavours>', 'mariadb, mysql or both, comma-separated', flavours, [...SERVER_FLAVOURS])
    .option('--control-seconds <n>', 'how long a control runs (60; 300 with --all)', wholeFrom(5))
    .option('--seed <n>', 'draws what varies in a scenario: names, types, sizes, causes', wholeFrom(0), 1)
    .option('--seeds <n>', 'run so many seeds, from --seed on', wholeFrom(1), 1)
    .option('--compare', 'also run the textbook remedy, and doing nothing', false)
    .option('--report <dir>', 'write results.json, results.md and the story of every issue there')
    .option('--resume', 'keep what results.json of --report holds, and run the rest', false)
    .action((names: string[], options: Options, command: Command) => run(names, options, globals(command)))
}

const listed = (s: Scenario) => ({
  name: s.name,
  title: s.fault.title,
  number: s.fault.number,
  rootCauses: s.expect.issues.map((i) => i.rootCause),
  actions: s.fault.control ? ['no issue'] : s.expect.issues.map((i) => i.action ?? 'none (advice)'),
})

function flavours(text: string): ServerFlavour[] {
  const wanted = text.split(',').map((w) => w.trim())
  const known = SERVER_FLAVOURS.filter((f) => wanted.includes(f))
  const strange = wanted.find((w) => !SERVER_FLAVOURS.some((f) => f === w))
  if (strange !== undefined)
    throw new InvalidArgumentError(`“${strange}” is not one of ${SERVER_FLAVOURS.join(', ')}`)
  return [...known]
}

/** Reads a whole number up to 3600. */
const wholeFrom =
  (least: number) =>
  (text: string): number => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= least && value <= 3600) return value
    throw new InvalidArgumentError(`it must be a whole number from ${least} to 3600`)
  }

async function run(
  names: readonly string[],
  options: Options,
  { json, logLevel }: GlobalOptions,
): Promise<void> {
  const chosenNames = chosen(names, options.all)
  const earlier = options.resume ? readRecorded(join(reportOf(options), 'results.json')) : []
  const abort = new AbortController()
  const onSignal = (): void => abort.abort()
  process.once('SIGINT', onSignal)
  process.once('SIGTERM', onSignal)
  const started = Date.now()
  const say = (line: string): void => {
    const at = paint('dim', `${((Date.now() - started) / 1000).toFixed(0).padStart(4)} s`)
    process.stderr.write(`${at}  ${line}\n`)
  }
  let results: readonly RecordedResult[] = earlier
  try {
    results = await runAll({
      names: chosenNames,
      flavours: await present(options.engine, say),
      seeds: Array.from({ length: options.seeds }, (_, i) => options.seed + i),
      controlSeconds: options.controlSeconds ?? (options.all ? CONTROL_SECONDS.all : CONTROL_SECONDS.named),
      compare: options.compare,
      earlier,
      log: createLog({ level: logLevel }),
      say: (which, line) => say(`${which}: ${line}`),
      onResult: (all, newest) => {
        say(`${newest.scenario.name} on ${newest.flavour}: ${verdictLine(recordOf(newest))}`)
        if (options.report !== undefined) write(options.report, all, newest)
      },
      signal: abort.signal,
    })
  } finally {
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
  print(json, results, () => summary(results))
  if (abort.signal.aborted || results.some((r) => !r.passed) || results.length === 0) process.exitCode = 1
}

function reportOf({ report }: Options): string {
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
  const mark = result.passed ? paint(['bold', 'green'], 'pass') : paint(['bold', 'red'], 'FAIL')
  return [`${mark} in ${result.seconds.toFixed(0)} s`, ...failures(result).map((f) => `    ${f}`)].join(
    '\n        ',
  )
}

function summary(results: readonly RecordedResult[]): string {
  const rows = results.map(resultRow)
  const text = table(
    ['RESULT', 'SCENARIO', 'SERVER', 'EVENT', 'DECISION', 'ROOT CAUSE', 'ACTION', 'VERDICT', 'EFFECT'],
    rows.map((r) => [
      r.result,
      r.scenario,
      r.server,
      r.found,
      r.decided,
      r.rootCause,
      r.action,
      r.verdict,
      r.effect === '-' ? '-' : `${r.effect} (reference ${r.reference})`,
    ]),
    'Nothing was run.',
  )
  const passed = results.filter((r) => r.passed).length
  return `${text}\n${passed} of ${results.length} passed`
}

/** Results so far, and the story of each issue of the newest one. */
function write(folder: string, results: readonly RecordedResult[], newest: ScenarioResult): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'results.json'), `${JSON.stringify(results, null, 2)}\n`)
  writeFileSync(join(folder, 'results.md'), markdownReport(results))
  const stories = newest.stories.map((story) => renderStory(story)).join('\n\n')
  const { name, seed } = newest.scenario
  writeFileSync(join(folder, `${name}-${newest.flavour}-${seed}.txt`), `${stories}\n`)
}
