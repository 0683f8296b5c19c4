/** scan: what is wrong in the SQL of a repository’s own code. Reads files; changes none but those it is told to write. */
import { statSync } from 'node:fs'
import { type Command, Option } from 'commander'
import {
  type CodeFinding,
  type FindingSeverity,
  fixesDiff,
  notInBaseline,
  type OutsideOptions,
  type ScanResult,
  SEVERITIES,
  sarifOf,
  scanNextCommit,
  scanRepository,
  toBaseline,
} from '../../app/index.ts'
import { DbmedicError } from '../../core/errors.ts'
import { EXIT, globals } from '../context.ts'
import { findingJson } from '../finding-json.ts'
import { readableScan, readableStaged } from '../render-scan.ts'
import { orderly, print, printable } from '../terminal.ts'
import { addScanColumns } from './scan-columns.ts'
import { addScanFix } from './scan-fix.ts'
import { baselineOf, isWorse, readableFile, rulesOf, writeJson } from './scan-options.ts'
import { runWatch } from './scan-watch.ts'

interface Options {
  readonly rule?: readonly string[]
  readonly maxSeverity: FindingSeverity | 'none'
  readonly sarif?: string
  readonly baseline?: string
  readonly writeBaseline?: string
  readonly schema?: string
  readonly diff?: boolean
  readonly review?: boolean
  readonly staged?: boolean
  readonly cache: boolean
  readonly watch?: boolean
}

/** Adds `scan`. */
export function addScanCommand(program: Command): void {
  const scan = program
    .command('scan')
    .argument('[folder]', 'the repository', '.')
    .description('find what is wrong in the SQL of a JavaScript or TypeScript repository')
    .option('--rule <id...>', 'only these rules')
    .addOption(
      new Option('--max-severity <severity>', 'exit with 4 only where a finding is worse than this')
        .choices(['none', ...[...SEVERITIES].reverse()])
        .default('none'),
    )
    .option('--schema <file>', 'a dump to take the schema from, instead of the repository’s own migrations')
    .option('--sarif <file>', 'write the findings as SARIF 2.1.0, too')
    .option('--baseline <file>', 'leave out the findings this file knows')
    .option('--write-baseline <file>', 'write the findings there are into such a file')
    .option('--review', 'also what the source alone cannot show to be so, for people to look at')
    .option('--diff', 'print the fixes there are as one patch, and change nothing')
    .option('--watch', 'go on: say of each change what it brings and takes away, until Ctrl-C')
    .option('--no-cache', 'read every file anew, and remember nothing for the next scan')
    .option('--staged', 'what git’s index would commit: only what is wrong in it and not in the last commit')
    .action((folder: string, options: Options, command: Command) =>
      run(folder, options, globals(command).json),
    )
  addScanFix(scan)
  addScanColumns(scan)
}

async function run(folder: string, options: Options, json: boolean): Promise<void> {
  refuseMisuse(folder, options, json)
  const rules = rulesOf(options.rule)
  // Read before the scan, which may take a while.
  const known = options.baseline === undefined ? null : baselineOf(options.baseline)
  if (options.schema !== undefined) readableFile(options.schema)
  const how: OutsideOptions = {
    rules,
    review: options.review === true,
    cache: options.cache,
    ...(options.schema === undefined ? {} : { schemaFile: options.schema }),
  }
  const unknown = (all: readonly CodeFinding[]): readonly CodeFinding[] =>
    known === null ? all : notInBaseline(all, known)
  const shown = (all: readonly CodeFinding[]): readonly CodeFinding[] => {
    const findings = unknown(all)
    if (options.sarif !== undefined) writeJson(options.sarif, sarifOf(findings))
    if (findings.some((each) => isWorse(each.severity, options.maxSeverity))) process.exitCode = EXIT.found
    return findings
  }
  if (options.watch === true) await runWatch(folder, { how, json, shown: unknown })
  else if (options.staged === true) await runStaged(folder, { how, json, shown })
  else await runWhole(folder, options, { how, json, shown })
}

interface Asked {
  readonly how: OutsideOptions
  readonly json: boolean
  /** What of all findings is to be shown; sets the exit code by them. */
  readonly shown: (findings: readonly CodeFinding[]) => readonly CodeFinding[]
}

async function runStaged(folder: string, { how, json, shown }: Asked): Promise<void> {
  const staged = await scanNextCommit(folder, how)
  const findings = shown(staged.findings)
  if (json) stateSkipped(staged.skipped)
  print(json, jsonOf(staged, findings, how.review === true), () => readableStaged(staged, findings))
}

async function runWhole(folder: string, options: Options, { how, json, shown }: Asked): Promise<void> {
  const result = await scanRepository(folder, how)
  const findings = shown(result.findings)
  if (options.writeBaseline !== undefined) writeJson(options.writeBaseline, toBaseline(result.findings))
  if (options.diff === true) {
    printDiff(result, findings)
    return
  }
  if (json) stateNotes(result)
  print(json, jsonOf(result, findings, how.review === true), () => readableScan(result, findings))
}

function refuseMisuse(folder: string, options: Options, json: boolean): void {
  const { diff } = options
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new DbmedicError('DBM_USAGE', {
      problem: `${folder} is no folder`,
      hint: 'Name the repository’s folder: dbmedic scan path/to/repository',
    })
  if (json && diff === true)
    throw new DbmedicError('DBM_USAGE', {
      problem: '--diff is a patch and --json is not',
      hint: 'Ask twice: --json names the fix of each finding, --diff shows them.',
    })
  const clash = clashOf(options)
  if (clash !== null)
    throw new DbmedicError('DBM_USAGE', { problem: clash, hint: 'Ask for one of them at a time.' })
}

/** What two options that do not go together say; null where all do. */
function clashOf({ watch, staged, diff, sarif, writeBaseline }: Options): string | null {
  const about = diff === true ? '--diff' : writeBaseline === undefined ? null : '--write-baseline'
  if (staged === true && about !== null)
    return `--staged looks at the index, and ${about} is about the files as they are`
  const once = staged === true ? '--staged' : (about ?? (sarif === undefined ? null : '--sarif'))
  return watch === true && once !== null ? `--watch goes on, and ${once} is about one moment` : null
}

/** The patch on standard output, byte for byte unless a terminal shows it; what it is on standard error. */
function printDiff(result: ScanResult, findings: readonly CodeFinding[]): void {
  const { root, fixes } = result
  stateNotes(result)
  const wanted = new Set(findings.map((each) => each.fixId))
  const shown = fixes.filter((each) => wanted.has(each.id))
  const { diff, changed } = fixesDiff(root, shown)
  const fixed = findings.filter((each) => each.fixId !== null).length
  for (const file of changed)
    process.stderr.write(`dbmedic: left out, changed since it was read: ${printable(file)}\n`)
  process.stdout.write(process.stdout.isTTY ? orderly(diff) : diff)
  process.stderr.write(
    `dbmedic: ${shown.length} fixes for ${fixed} of ${findings.length} findings; no file was changed\n`,
  )
}

/** What was left out is said on standard error, so that standard output is one JSON value. */
function stateNotes({ skipped, schema }: ScanResult): void {
  stateSkipped(skipped)
  for (const note of schema.notUnderstood) process.stderr.write(`dbmedic: schema: ${printable(note)}\n`)
}

function stateSkipped(skipped: ScanResult['skipped']): void {
  for (const { file, because } of skipped)
    process.stderr.write(`dbmedic: not read: ${printable(file)}: ${printable(because)}\n`)
}

function jsonOf(
  result: Pick<ScanResult, 'files' | 'statements'>,
  findings: readonly CodeFinding[],
  withReview: boolean,
): object {
  return {
    files: result.files,
    statements: result.statements,
    findings: findings.map((each) => findingJson(each, withReview)),
  }
}
