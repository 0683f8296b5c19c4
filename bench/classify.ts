/**
 * `npm run bench -- classify`: how many reported errors a second `dbmedic errors classify` reads, on errors of real servers,
 * with all a driver tells and with the message alone, beside the simple rule over the same lines.
 */
import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seededRandom } from '../src/core/random.ts'
import type { ErrorReport } from '../src/recovery/index.ts'
import { type CorpusError, together } from '../test/recovery/grouping/corpus.ts'
import { gatherMariadb, gatherPostgres, gatherSqlite } from '../test/recovery/grouping/run-engines.ts'
import { simpleRule } from '../test/recovery/grouping/score-grouping.ts'
import { markdownTable } from './support/markdown-table.ts'
import { requireProc, usageOf } from './support/process-usage.ts'
import { type BenchRun, runBench } from './support/run-bench.ts'

const MAIN = join(import.meta.dirname, '../src/cli/main.ts')
const LOOK_MS = 50

/** What a line holds of an error. */
const WAYS = {
  'all a driver tells': (report: ErrorReport): object => report,
  'message and statement alone': ({ engine, message, statement }: ErrorReport): object => ({
    engine,
    message,
    statement,
  }),
} as const

interface Pass {
  readonly way: string
  readonly messages: number
  readonly seconds: number
  readonly ruleSeconds: number
  readonly peakMiB: number
}

await runBench({
  name: 'classify',
  title: 'Classifying reported errors',
  purpose: 'Errors a second that `dbmedic errors classify` reads, and its memory, beside the simple rule.',
  options: {
    messages: {
      ...{ kind: 'number', value: 200_000, quick: 20_000, min: 1_000, max: 10_000_000, whole: true },
      help: 'lines, drawn from the errors of the servers',
    },
    statements: {
      ...{ kind: 'number', value: 100, quick: 20, min: 10, max: 10_000, whole: true },
      help: 'failing statements run in each language of messages',
    },
    seed: { kind: 'number', value: 20_261_122, min: 1, max: 99_999_999, whole: true, help: 'of every draw' },
  },
  async measure(run) {
    requireProc()
    const errors = await gathered(run)
    const folder = mkdtempSync(join(tmpdir(), 'dbmedic-bench-classify-'))
    run.onEnd(async () => rmSync(folder, { recursive: true, force: true }))
    const start = await classified(folder, '')
    const passes: Pass[] = []
    for (const [way, of] of Object.entries(WAYS))
      passes.push(await pass(run, { folder, way, lines: drawn(run, errors, of) }))
    const problems = passes.filter(({ messages }) => messages !== run.options.number('messages'))
    return {
      figures: { startSeconds: start.seconds, errors: errors.length, passes },
      markdown: [
        `Lines are drawn from ${errors.length} errors of real servers. Of the times of dbmedic ${start.seconds.toFixed(2)} s are its start.`,
        markdownTable(
          ['lines with', 'messages', 'dbmedic s', 'messages/s', 'simple rule s', 'times as long', 'peak MiB'],
          passes.map(({ way, messages, seconds, ruleSeconds, peakMiB }) => [
            way,
            String(messages),
            seconds.toFixed(2),
            (messages / seconds).toFixed(0),
            ruleSeconds.toFixed(2),
            (seconds / ruleSeconds).toFixed(1),
            peakMiB.toFixed(0),
          ]),
        ),
        '- The simple rule (lower-case, digits to N, quoted to VALUE, MD5) reads the same lines as JSON and writes one, too, in one process that runs already.',
      ].join('\n\n'),
      headlines: passes.map(
        ({ way, messages, seconds, peakMiB }) =>
          `${way}: ${(messages / seconds).toFixed(0)} messages/s, ${peakMiB.toFixed(0)} MiB at the most`,
      ),
      problems: problems.map(({ way, messages }) => `${way}: ${messages} lines were answered`),
    }
  },
})

async function gathered(run: BenchRun): Promise<readonly CorpusError[]> {
  const amount = { seed: run.options.number('seed'), count: run.options.number('statements') }
  run.say('MariaDB')
  const mariadb = await gatherMariadb(amount)
  run.say('PostgreSQL')
  const postgresql = await gatherPostgres(amount)
  if (postgresql === null) run.say('PostgreSQL SKIPPED: no server is installed')
  run.say('SQLite')
  const sqlite = await gatherSqlite(amount)
  return together([mariadb, ...(postgresql === null ? [] : [postgresql]), sqlite]).errors
}

function drawn(run: BenchRun, errors: readonly CorpusError[], of: (report: ErrorReport) => object): string {
  const random = seededRandom(run.options.number('seed'))
  const lines = errors.map(({ report }) => JSON.stringify(of(report)))
  const draw = (): string => `${lines[Math.floor(random() * lines.length)]}\n`
  return Array.from({ length: run.options.number('messages') }, draw).join('')
}

async function pass(
  run: BenchRun,
  { folder, way, lines }: { readonly folder: string; readonly way: string; readonly lines: string },
): Promise<Pass> {
  run.say(way)
  const { seconds, answers, peakMiB } = await classified(folder, lines)
  const began = performance.now()
  let ruled = ''
  for (const line of lines.split('\n')) {
    if (line === '') continue
    const { message } = JSON.parse(line) as { readonly message: string }
    ruled = JSON.stringify({ signature: simpleRule(message) })
  }
  if (ruled === '') throw new Error('the simple rule read nothing')
  return { way, messages: answers, seconds, ruleSeconds: (performance.now() - began) / 1000, peakMiB }
}

/** Runs the command over the lines; how long it took from its start to its end, s. */
async function classified(
  folder: string,
  lines: string,
): Promise<{ readonly seconds: number; readonly answers: number; readonly peakMiB: number }> {
  const [from, to] = [join(folder, 'errors.jsonl'), join(folder, 'answers.jsonl')]
  writeFileSync(from, lines)
  const [input, output] = [openSync(from, 'r'), openSync(to, 'w')]
  const began = performance.now()
  const child = spawn(process.execPath, [MAIN, 'errors', 'classify'], { stdio: [input, output, 'inherit'] })
  let peakMiB = 0
  const look = setInterval(() => {
    try {
      peakMiB = usageOf(child.pid ?? 0).peakMiB
    } catch {
      // It has ended.
    }
  }, LOOK_MS)
  const code = await new Promise((resolve) => child.once('exit', resolve))
  const seconds = (performance.now() - began) / 1000
  clearInterval(look)
  closeSync(input)
  closeSync(output)
  if (code !== 0) throw new Error(`dbmedic errors classify ended with ${String(code)}`)
  const answers = readFileSync(to, 'utf8').split('\n').length - 1
  return { seconds, answers, peakMiB }
}
