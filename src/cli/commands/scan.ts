/** scan: what is wrong in the SQL of a repository’s own code. Reads files; changes none but those it is told to write. */
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import {
  CODE_RULES,
  type CodeFinding,
  type CodeRule,
  codeRuleNamed,
  type FindingSeverity,
  fixesDiff,
  notInBaseline,
  parseBaseline,
  type ScanResult,
  SEVERITIES,
  sarifOf,
  scanRepository,
  toBaseline,
} from '../../app/index.ts'
import { DbmedicError } from '../../core/errors.ts'
import { EXIT, fileProblem, globals } from '../context.ts'
import { readableScan } from '../render-scan.ts'
import { orderly, print, printable } from '../terminal.ts'
import { addScanFix } from './scan-fix.ts'

interface Options {
  readonly rule?: readonly string[]
  readonly maxSeverity: FindingSeverity | 'none'
  readonly sarif?: string
  readonly baseline?: string
  readonly writeBaseline?: string
  readonly schema?: string
  readonly diff?: boolean
  readonly review?: boolean
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
    .action((folder: string, options: Options, command: Command) =>
      run(folder, options, globals(command).json),
    )
  addScanFix(scan)
}

async function run(folder: string, options: Options, json: boolean): Promise<void> {
  refuseMisuse(folder, options, json)
  const rules = rulesOf(options.rule)
  // Read before the scan, which may take a while.
  const known = options.baseline === undefined ? null : baselineOf(options.baseline)
  if (options.schema !== undefined) textOf(options.schema)
  const result = await scanRepository(folder, {
    rules,
    review: options.review === true,
    ...(options.schema === undefined ? {} : { schemaFile: options.schema }),
  })
  const findings = known === null ? result.findings : notInBaseline(result.findings, known)
  if (options.writeBaseline !== undefined) write(options.writeBaseline, toBaseline(result.findings))
  if (options.sarif !== undefined) write(options.sarif, sarifOf(findings))
  if (options.diff === true) printDiff(result, findings)
  else {
    if (json) stateNotes(result)
    print(json, jsonOf(result, findings, options.review === true), () => readableScan(result, findings))
  }
  if (findings.some((each) => isWorse(each.severity, options.maxSeverity))) process.exitCode = EXIT.found
}

function refuseMisuse(folder: string, { diff }: Options, json: boolean): void {
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
}

function rulesOf(names: readonly string[] | undefined): readonly CodeRule[] {
  if (names === undefined) return CODE_RULES
  return names
    .flatMap((name) => name.split(','))
    .map((name) => {
      const rule = codeRuleNamed(name)
      if (rule !== undefined) return rule
      throw new DbmedicError('DBM_USAGE', {
        problem: `there is no rule “${name}”`,
        hint: `One of: ${CODE_RULES.map((each) => each.id).join(', ')}`,
      })
    })
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw fileProblem(file, error)
  }
}

function baselineOf(file: string) {
  const baseline = parseBaseline(textOf(file))
  if (baseline !== null) return baseline
  throw new DbmedicError('DBM_USAGE', {
    problem: `${file} is no baseline of this program`,
    hint: `Write one with: dbmedic scan --write-baseline ${file}`,
  })
}

function write(file: string, value: object): void {
  try {
    writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`)
  } catch (error) {
    throw fileProblem(file, error)
  }
}

/** `none` allows nothing; `critical` allows everything. */
const isWorse = (severity: FindingSeverity, most: FindingSeverity | 'none'): boolean =>
  most === 'none' || SEVERITIES.indexOf(severity) < SEVERITIES.indexOf(most)

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
  for (const { file, because } of skipped)
    process.stderr.write(`dbmedic: not read: ${printable(file)}: ${printable(because)}\n`)
  for (const note of schema.notUnderstood) process.stderr.write(`dbmedic: schema: ${printable(note)}\n`)
}

function jsonOf(result: ScanResult, findings: readonly CodeFinding[], withReview: boolean): object {
  return {
    files: result.files,
    statements: result.statements,
    findings: findings.map((each) => ({
      ruleId: each.ruleId,
      severity: each.severity,
      file: each.file,
      line: each.line,
      column: each.column,
      endLine: each.endLine,
      endColumn: each.endColumn,
      message: `${each.message}. ${each.why} ${each.instead}`,
      fixId: each.fixId,
      statementFingerprint: each.statementFingerprint,
      ...(withReview ? { review: each.review } : {}),
    })),
  }
}
