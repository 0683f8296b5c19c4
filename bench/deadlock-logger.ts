/**
 * `npm run bench -- deadlock-logger`: deadlocks made on real servers, read from the server's own status text by dbmedic and by
 * pt-deadlock-logger: what each tells of what was planted, and how long each takes for the same texts.
 */
import { existsSync } from 'node:fs'
import { parseLatestDeadlock } from '../src/engines/mysql/deadlock/index.ts'
import { type ServerFlavour, startServer } from '../src/lab/servers/index.ts'
import { MARIADB, MYSQL } from '../src/sql/index.ts'
import { type PlantedDeadlock, plantDeadlocks } from './deadlock-logger/plant-deadlocks.ts'
import { LOGGER, readByPeer } from './deadlock-logger/read-by-peer.ts'
import {
  type ReadingScore,
  scoreReading,
  summed,
  toldByPeer,
  toldByUs,
} from './deadlock-logger/score-reading.ts'
import { markdownTable } from './support/markdown-table.ts'
import { toolkitVersion } from './support/percona-toolkit.ts'
import { type BenchRun, runBench } from './support/run-bench.ts'
import { chosenServers, SERVER_OPTION } from './support/server-choice.ts'

/** One tool on one server's texts. */
interface ToolResult {
  readonly scores: readonly ReadingScore[]
  readonly total: ReadingScore
  readonly seconds: number
  /** What it died of. */
  readonly errors: readonly string[]
}

interface FlavourResult {
  readonly version: string
  readonly names: readonly string[]
  readonly bytes: number
  readonly rounds: number
  readonly ours: ToolResult
  readonly theirs: ToolResult | null
}

async function onServer(run: BenchRun, flavour: ServerFlavour): Promise<FlavourResult> {
  const server = await startServer(flavour, { settings: { innodb_autoinc_lock_mode: '1' } })
  run.onEnd(() => server.stop())
  const planted = await plantDeadlocks(server)
  run.say(`${server.version}: ${planted.length} deadlocks planted`)
  await server.stop()
  const rounds = run.options.number('rounds')
  return {
    version: server.version,
    names: planted.map((p) => p.name),
    bytes: planted.reduce((sum, p) => sum + Buffer.byteLength(p.status), 0),
    rounds,
    ours: readByUs(planted, flavour, rounds),
    theirs: existsSync(LOGGER) ? await readByThem(planted, rounds) : null,
  }
}

function readByUs(planted: readonly PlantedDeadlock[], flavour: ServerFlavour, rounds: number): ToolResult {
  const dialect = flavour === 'mysql' ? MYSQL : MARIADB
  const read = () => planted.map((p) => parseLatestDeadlock(p.status, dialect))
  const began = performance.now()
  for (let k = 1; k < rounds; k += 1) read()
  const found = read()
  const seconds = (performance.now() - began) / 1000
  const scores = planted.map((p, i) => scoreReading(p, toldByUs(found[i] ?? null)))
  return { scores, total: summed(scores), seconds, errors: [] }
}

async function readByThem(planted: readonly PlantedDeadlock[], rounds: number): Promise<ToolResult> {
  const { deadlocks, seconds, errors } = await readByPeer(
    planted.map((p) => p.status),
    rounds,
  )
  const scores = planted.map((p, i) => scoreReading(p, toldByPeer(deadlocks[i] ?? null)))
  return { scores, total: summed(scores), seconds, errors }
}

function section(result: FlavourResult): string {
  const tools = [['dbmedic', result.ours] as const, ['pt-deadlock-logger', result.theirs] as const]
  const texts = result.names.length * result.rounds
  return [
    `### ${result.version}, ${result.names.length} deadlocks, each parsed ${result.rounds} times`,
    '',
    markdownTable(
      ['tool', 'connections', 'victims', 'waits for', 'what it covers', 'statements', 'ms a text', 'MB/s'],
      tools.map(([name, tool]) => [
        name,
        ...(tool === null ? Array<string>(7).fill('-') : cells(tool, result, texts)),
      ]),
    ),
    '',
    '- connections: transactions whose connection is told (pt reads “MySQL thread id” only). waits for: table, index and mode of the lock, as planted; what it covers: record, gap, next key, insert intention.',
    '- Each text is the whole SHOW ENGINE INNODB STATUS. dbmedic also masks the statements’ literals in that time; pt keeps them.',
    ...misread(result),
    ...(result.theirs?.errors ?? []).map(
      (error) => `- pt-deadlock-logger ends on some texts with: ${error.slice(0, 200)}`,
    ),
  ].join('\n')
}

function cells({ total, seconds }: ToolResult, { bytes, rounds }: FlavourResult, texts: number): string[] {
  const of = (n: number, all: number): string => `${n}/${all}`
  return [
    of(total.found, total.transactions),
    of(total.victims, total.deadlocks),
    of(total.waits, total.transactions),
    of(total.kinds, total.transactions),
    of(total.statements, total.transactions),
    ((1000 * seconds) / texts).toFixed(2),
    ((bytes * rounds) / 1e6 / seconds).toFixed(1),
  ]
}

/** Deadlocks of which a tool told less than all transactions with what they wait for. */
function misread({ names, ours, theirs }: FlavourResult): string[] {
  const lines = (tool: string, result: ToolResult | null): string[] => {
    const some = names.filter((_, i) => {
      const score = result?.scores[i]
      return score !== undefined && (score.waits < score.transactions || score.victims < 1)
    })
    return some.length === 0 ? [] : [`- ${tool} told not all of: ${some.join('; ')}.`]
  }
  return [...lines('dbmedic', ours), ...lines('pt-deadlock-logger', theirs)]
}

function headline({ version, ours, theirs, names, rounds }: FlavourResult): string {
  const told = (tool: ToolResult): string =>
    `${tool.total.waits} of ${tool.total.transactions} waits right, ` +
    `${((1000 * tool.seconds) / (names.length * rounds)).toFixed(2)} ms a text`
  return `${version}: dbmedic ${told(ours)}; pt-deadlock-logger ${theirs === null ? 'is not installed' : told(theirs)}`
}

await runBench({
  name: 'deadlock-logger',
  title: 'Deadlocks beside pt-deadlock-logger',
  purpose:
    'What dbmedic and pt-deadlock-logger tell of planted deadlocks from the same text, and how long it takes them.',
  options: {
    server: SERVER_OPTION,
    rounds: {
      kind: 'number',
      value: 200,
      quick: 20,
      min: 1,
      max: 100_000,
      whole: true,
      help: 'times each text is parsed',
    },
  },
  async measure(run) {
    const results: FlavourResult[] = []
    for (const flavour of await chosenServers(run)) results.push(await onServer(run, flavour))
    const lost = results.filter((r) => r.ours.total.found < r.ours.total.transactions)
    return {
      figures: results,
      markdown: results.map(section).join('\n\n'),
      headlines: results.map(headline),
      versions: [
        ...results.map((r) => r.version),
        toolkitVersion(LOGGER) ?? 'pt-deadlock-logger is not installed (apt-get install percona-toolkit)',
      ],
      problems: lost.map((r) => `${r.version}: dbmedic did not find every planted transaction`),
    }
  },
})
