/** lab: what there is to play, playing it, and the report of what was played. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { loadScenarios, type Scenario } from '../../lab/index.ts'
import { SERVER_FLAVOURS, type ServerFlavour } from '../../lab/servers/index.ts'
import { globals } from '../context.ts'
import { print, table } from '../terminal.ts'
import { reportAgain } from './lab-report.ts'
import { type LabRunOptions, runLab } from './lab-run.ts'

const KINDS = ['single', 'compound', 'control'] as const

interface ListOptions {
  readonly engine?: readonly ServerFlavour[]
  readonly safe: boolean
  readonly kind?: (typeof KINDS)[number]
}

/** Adds `lab list`, `lab run` and `lab report`. */
export function addLabCommand(program: Command): void {
  const lab = program
    .command('lab')
    .description('inject faults on private servers and score what is made of them')
  lab
    .command('list', { isDefault: true })
    .description('the scenarios there are')
    .addOption(
      new Option('--kind <kind>', 'only faults of one cause, of two at once, or controls').choices(KINDS),
    )
    .option('--engine <flavours>', 'only those that run on one of mariadb, mysql', flavours)
    .option('--safe', 'only those that may be played on a server of your own', false)
    .action((options: ListOptions, command: Command) => list(options, globals(command).json))
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
    .option(
      '--report <dir>',
      'write results.json, the report with its pictures, and the story of every issue',
    )
    .option('--resume', 'keep what results.json of --report holds, and run the rest', false)
    .option(
      '--target <name>',
      'play on this target of dbmedic.yaml, or mysql://host:port; only scenarios marked safe',
    )
    .option('--yes', 'do not ask before playing on --target', false)
    .option('--no-progress', 'no line that counts the time left')
    .action((names: string[], options: LabRunOptions, command: Command) =>
      runLab(names, options, globals(command)),
    )
  lab
    .command('report')
    .argument('<dirs...>', 'folders of earlier runs; of the same run the later one counts')
    .description('make the report again from recorded results, of several series as one; starts no server')
    .option('--out <dir>', 'where to write it (the first folder)')
    .action((dirs: string[], options: { readonly out?: string }, command: Command) =>
      reportAgain(dirs, options.out, globals(command)),
    )
}

function list({ kind, safe, engine }: ListOptions, json: boolean): void {
  const rows = loadScenarios()
    .map(listed)
    .filter((s) => kind === undefined || s.kind === kind)
    .filter((s) => !safe || s.safe)
    .filter((s) => engine === undefined || s.engines.some((flavour) => engine.includes(flavour)))
  print(json, rows, () =>
    table(
      ['NAME', 'KIND', 'SAFE', 'FAULT', 'ROOT CAUSE', 'ACTION'],
      rows.map((s) => [
        s.name,
        s.kind,
        s.safe ? 'yes' : 'no',
        s.title,
        s.rootCauses.join(', '),
        s.actions.join(', '),
      ]),
      'There are no such scenarios.',
    ),
  )
}

const listed = (s: Scenario) => ({
  name: s.name,
  title: s.fault.title,
  number: s.fault.number,
  kind: s.fault.control ? KINDS[2] : s.fault.compound ? KINDS[1] : KINDS[0],
  /** Every scenario runs on both flavours of its family. */
  engines: SERVER_FLAVOURS,
  safe: s.fault.safe !== null,
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
