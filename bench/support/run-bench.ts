/**
 * What every bench shares: options and help, progress lines, an orderly end on Ctrl-C, and results as text, JSON and
 * Markdown. Progress goes to standard error, figures to standard output.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DbmedicError } from '../../src/core/errors.ts'
import { BenchOptions, helpText, type OptionTable, UsageProblem } from './bench-options.ts'
import { type BenchRecord, keepRecord, pieceOf } from './bench-record.ts'
import { machineLine, machineNow } from './machine.ts'

/** What a bench works with. */
export interface BenchRun {
  readonly options: BenchOptions
  /** Aborts on Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal
  /** A progress line. */
  readonly say: (line: string) => void
  /** Runs when the bench ends in any way, the newest first; what it throws is ignored. */
  onEnd(step: () => Promise<unknown>): void
  /** Waits, but not beyond an abort. @throws Interrupted */
  wait(ms: number): Promise<void>
}

/** What a bench found. */
export interface BenchResult {
  /** Every figure, for `--json`. */
  readonly figures: unknown
  /** The same for people: Markdown tables and lines under headings of the third level. */
  readonly markdown: string
  /** Why the figures must not be used (something was not detected, not measured); empty if they may. */
  readonly problems: readonly string[]
  /** The outcome in one or a few sentences, for the head of the results page. */
  readonly headlines?: readonly string[]
  /** Versions of what was measured and compared with. */
  readonly versions?: readonly string[]
}

/** A bench. */
export interface Bench {
  readonly name: string
  readonly title: string
  readonly purpose: string
  readonly options: OptionTable
  measure(run: BenchRun): Promise<BenchResult>
}

/** The bench was told to stop. */
export class Interrupted extends Error {}

/** Something the bench needs is not on this machine; the message says what, and the next step. */
export class CannotMeasure extends Error {}

/** Exit codes: 0 measured, 1 failed or not to be used, 2 wrong usage, 130 interrupted. */
const EXIT = { failed: 1, usage: 2, interrupted: 130 } as const

/** Runs the bench with this process's arguments and sets the exit code. */
export async function runBench(bench: Bench, args = process.argv.slice(2)): Promise<void> {
  try {
    const options = new BenchOptions(bench.options, args)
    if (options.flag('help')) process.stdout.write(helpText(bench))
    else await measureAndTell(bench, options, args)
  } catch (error) {
    process.exitCode = state(bench, error)
  }
}

async function measureAndTell(bench: Bench, options: BenchOptions, args: readonly string[]): Promise<void> {
  const files = { json: options.path('json'), report: options.path('report') }
  if (files.json !== null) mkdirSync(dirname(files.json), { recursive: true })
  if (files.report !== null) mkdirSync(files.report, { recursive: true })
  const machine = machineNow()
  const [at, began] = [new Date().toISOString(), performance.now()]
  process.stdout.write(`${machineLine(machine)}\n`)
  const result = await withEnding((run) => bench.measure(run), options)
  const record: BenchRecord = {
    bench: bench.name,
    title: bench.title,
    at,
    seconds: Math.round((performance.now() - began) / 1000),
    command: ['npm run bench --', bench.name, ...asMeasured(args).map(quoted)].join(' '),
    quick: options.flag('quick'),
    machine,
    versions: [...new Set(result.versions ?? [])],
    headlines: result.headlines ?? [],
    problems: result.problems,
    markdown: result.markdown,
    figures: result.figures,
  }
  tell(record, { ...files, isKept: options.flag('record') })
}

/** The arguments without where the figures went, which changes nothing of them. */
const asMeasured = (args: readonly string[]): readonly string[] =>
  args.filter((arg, i) => arg !== '--record' && !isOfFile(arg) && !isOfFile(args[i - 1] ?? ''))

const isOfFile = (arg: string): boolean => arg === '--json' || arg === '--report'

function tell(
  record: BenchRecord,
  to: { readonly json: string | null; readonly report: string | null; readonly isKept: boolean },
): void {
  process.stdout.write(`\n${record.markdown}\n`)
  for (const line of record.headlines) process.stdout.write(`\n${line}\n`)
  for (const problem of record.problems) process.stdout.write(`PROBLEM: ${problem}\n`)
  if (to.json !== null) writeFileSync(to.json, `${JSON.stringify(record, null, 2)}\n`)
  if (to.report !== null) writeFileSync(join(to.report, `${record.bench}.md`), pieceOf(record))
  if (to.isKept) process.stdout.write(`kept: ${keepRecord(record)}\n`)
  if (record.problems.length > 0) process.exitCode = EXIT.failed
}

async function withEnding(
  measure: (run: BenchRun) => Promise<BenchResult>,
  options: BenchOptions,
): Promise<BenchResult> {
  const began = performance.now()
  const abort = new AbortController()
  const steps: (() => Promise<unknown>)[] = []
  let ended = false
  const say = (line: string): void => {
    const seconds = ((performance.now() - began) / 1000).toFixed(0).padStart(5)
    process.stderr.write(`${seconds} s  ${line}\n`)
  }
  const onSignal = (): void => {
    // A second time: what was started ends with this process.
    if (abort.signal.aborted) process.exit(EXIT.interrupted)
    say('interrupted: stopping what was started')
    abort.abort(new Interrupted('interrupted; everything was stopped and removed'))
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  try {
    return await measure({
      options,
      signal: abort.signal,
      say,
      // What is still starting when the bench ends is stopped as soon as it is there.
      onEnd: (step) => void (ended ? step().catch(() => undefined) : steps.push(step)),
      wait: (ms) => waitUntil(ms, abort.signal),
    })
  } finally {
    ended = true
    for (const step of steps.splice(0).reverse()) await step().catch(() => undefined)
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, onSignal)
  }
}

function waitUntil(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(new Interrupted('interrupted; everything was stopped and removed'))
    const onAbort = (): void => {
      clearTimeout(timer)
      reject(new Interrupted('interrupted; everything was stopped and removed'))
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    }, ms)
    signal.addEventListener('abort', onAbort, { once: true })
  })
}

function state(bench: Bench, error: unknown): number {
  if (error instanceof UsageProblem) {
    process.stderr.write(`${error.message}\nNext: npm run bench -- ${bench.name} --help\n`)
    return EXIT.usage
  }
  if (error instanceof Interrupted) {
    process.stderr.write(`${error.message}\n`)
    return EXIT.interrupted
  }
  process.stderr.write(`${linesOf(error).join('\n')}\n`)
  return EXIT.failed
}

function linesOf(error: unknown): readonly string[] {
  if (error instanceof CannotMeasure) return [error.message]
  if (error instanceof DbmedicError) return [error.message, error.detail, `Next: ${error.hint}`]
  return [error instanceof Error ? (error.stack ?? error.message) : 'unknown failure']
}

const quoted = (argument: string): string =>
  /^[\w./=:@-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`
