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
  plainResult,
  resultRow,
  runScenario,
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
  readonly report?: string
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
    .option('--control-seconds <n>', 'how long a control runs (60; 300 with --all)', wholeSeconds)
    .option('--report <dir>', 'write results.json, results.md and the story of every issue there')
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

function wholeSeconds(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 5 && value <= 3600) return value
  throw new InvalidArgumentError('it must be a whole number of seconds from 5 to 3600')
}

async function run(
  names: readonly string[],
  options: Options,
  { json, logLevel }: GlobalOptions,
): Promise<void> {
  const scenarios = chosen(names, options.all)
  const abort = new AbortController()
  const onSignal = (): void => abort.abort()
  process.once('SIGINT', onSignal)
  process.once('SIGTERM', onSignal)
  const started = Date.now()
  const say = (line: string): void => {
    const at = paint('dim', `${((Date.now() - started) / 1000).toFixed(0).padStart(4)} s`)
    process.stderr.write(`${at}  ${line}\n`)
  }
  const controlSeconds = options.controlSeconds ?? (options.all ? CONTROL_SECONDS.all : CONTROL_SECONDS.named)
  const results: ScenarioResult[] = []
  try {
    const flavours = await present(options.engine, say)
    const runs = flavours.flatMap((flavour) => scenarios.map((scenario) => ({ flavour, scenario })))
    for (const { flavour, scenario } of runs) {
      if (abort.signal.aborted) break
      const told = (line: string): void => say(`${scenario.name} on ${flavour}: ${line}`)
      const result = await runScenario({
        scenario,
        flavour,
        controlSeconds,
        log: createLog({ level: logLevel }),
        say: told,
        signal: abort.signal,
      })
      results.push(result)
      told(verdictLine(result))
      if (options.report !== undefined) write(options.report, results, result)
    }
  } finally {
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
  print(json, results.map(plainResult), () => summary(results))
  if (abort.signal.aborted || results.some((r) => !r.passed) || results.length === 0) process.exitCode = 1
}

function chosen(names: readonly string[], all: boolean): readonly Scenario[] {
  const scenarios = loadScenarios()
  if (all) return scenarios
  const missing = names.find((name) => !scenarios.some((s) => s.name === name))
  if (missing === undefined && names.length > 0) return scenarios.filter((s) => names.includes(s.name))
  throw new DbmedicError('DBM_USAGE', {
    problem: missing === undefined ? 'no scenario is named' : `there is no scenario ${missing}`,
    hint: `Name some of: ${scenarios.map((s) => s.name).join(', ')}; or --all`,
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

function verdictLine(result: ScenarioResult): string {
  const mark = result.passed ? paint(['bold', 'green'], 'pass') : paint(['bold', 'red'], 'FAIL')
  return [`${mark} in ${result.seconds.toFixed(0)} s`, ...failures(result).map((f) => `    ${f}`)].join(
    '\n        ',
  )
}

function summary(results: readonly ScenarioResult[]): string {
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
function write(folder: string, results: readonly ScenarioResult[], newest: ScenarioResult): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'results.json'), `${JSON.stringify(results.map(plainResult), null, 2)}\n`)
  writeFileSync(join(folder, 'results.md'), markdownReport(results))
  const stories = newest.stories.map((story) => renderStory(story)).join('\n\n')
  writeFileSync(join(folder, `${newest.name}-${newest.flavour}.txt`), `${stories}\n`)
}
