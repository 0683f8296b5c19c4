/**
 * `npm run bench -- duplicate-indexes`: superfluous indexes found in a schema in which they were planted, beside
 * pt-duplicate-key-checker on the same server: what each finds, what each would wrongly drop, and how long it takes.
 */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mysql from 'mysql2/promise'
import { makeAccounts, type TargetAccounts } from '../src/lab/pieces/accounts.ts'
import { type PrivateServer, type ServerFlavour, startServer } from '../src/lab/servers/index.ts'
import {
  CHECKER,
  type CheckerRun,
  runChecker,
  startSeconds,
} from './duplicate-indexes/duplicate-key-checker.ts'
import { PARENTS, type PlantedTable, plantedSchema } from './duplicate-indexes/planted-schema.ts'
import {
  type NamedIndex,
  type Score,
  scoreFindings,
  scoresByKind,
} from './duplicate-indexes/score-findings.ts'
import { benchObserver } from './support/bench-observer.ts'
import { quantile } from './support/figures.ts'
import { markdownTable } from './support/markdown-table.ts'
import { toolkitVersion } from './support/percona-toolkit.ts'
import { type BenchRun, runBench } from './support/run-bench.ts'
import { chosenServers, SERVER_OPTION } from './support/server-choice.ts'

const SCHEMA = 'dup'

interface FlavourResult {
  readonly version: string
  readonly tables: readonly PlantedTable[]
  readonly ours: { readonly named: readonly NamedIndex[]; readonly seconds: number; readonly score: Score }
  /** Null where the tool is not installed; a text: why it did not run on this server. */
  readonly theirs: (CheckerRun & { readonly score: Score }) | string | null
}

async function onServer(run: BenchRun, flavour: ServerFlavour): Promise<FlavourResult> {
  const server = await startServer(flavour)
  run.onEnd(() => server.stop())
  const tables = plantedSchema(flavour, run.options.number('tables'), run.options.number('seed'))
  await create(server, tables)
  const accounts = await makeAccounts(server, SCHEMA)
  run.say(`${server.version}: ${tables.length} tables`)
  const ours = await readOurs(run, server, accounts)
  const theirs = await readTheirs(run, server, tables)
  await server.stop()
  return {
    version: server.version,
    tables,
    ours: { ...ours, score: scoreFindings(tables, ours.named) },
    theirs,
  }
}

async function create(server: PrivateServer, tables: readonly PlantedTable[]): Promise<void> {
  const root = await mysql.createConnection(server.rootUri)
  try {
    await root.query(`CREATE DATABASE ${SCHEMA}`)
    await root.query(`USE ${SCHEMA}`)
    for (const ddl of [PARENTS, ...tables.map((t) => t.ddl)]) await root.query(ddl)
  } finally {
    root.destroy()
  }
}

/**
 * The window of the catalog as the monitor reads it, and of it what the detector `duplicate-index` speaks of. The window
 * holds unused indexes and auto-increment columns too, so its time is not of the duplicates alone.
 */
async function readOurs(run: BenchRun, server: PrivateServer, accounts: TargetAccounts) {
  const times: number[] = []
  let named: readonly NamedIndex[] = []
  for (let k = 0; k < run.options.number('repeat'); k += 1) {
    const observer = benchObserver(server, accounts)
    try {
      await observer.identity()
      const began = performance.now()
      const reading = await observer.read('catalog')
      times.push((performance.now() - began) / 1000)
      if (!reading.known) throw new Error(`the catalog was not read: ${reading.because}`)
      const spare = reading.value.redundant.filter((r) => !r.unique && !r.supportsForeignKey)
      named = spare.map(({ table, index }) => ({ table, index }))
    } finally {
      await observer.close()
    }
  }
  return { named, seconds: quantile(times, 0.5) }
}

async function readTheirs(
  run: BenchRun,
  server: PrivateServer,
  tables: readonly PlantedTable[],
): Promise<FlavourResult['theirs']> {
  if (!existsSync(CHECKER)) return null
  const folder = await mkdtemp(join(tmpdir(), 'dbmedic-bench-dup-'))
  try {
    const runs: CheckerRun[] = []
    for (let k = 0; k < run.options.number('repeat'); k += 1)
      runs.push(await runChecker(server, SCHEMA, folder))
    const [first] = runs
    if (first === undefined) return null
    const seconds = quantile(
      runs.map((r) => r.seconds),
      0.5,
    )
    return { ...first, seconds, score: scoreFindings(tables, first.drop) }
  } catch (error) {
    return error instanceof Error ? error.message : 'it did not run'
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function kindsOf(tables: readonly PlantedTable[], { ours, theirs }: Pick<FlavourResult, 'ours' | 'theirs'>) {
  const peer = theirs === null || typeof theirs === 'string' ? null : scoresByKind(tables, theirs.drop)
  return scoresByKind(tables, ours.named).map((kind, i) => ({ ...kind, theirs: peer?.[i]?.score ?? null }))
}

const cell = (score: Score | null): string =>
  score === null ? '-' : `${score.found}/${score.planted}${score.wrong > 0 ? `, ${score.wrong} WRONG` : ''}`

function section(result: FlavourResult, start: number | null): string {
  const { ours, theirs, tables } = result
  const peer = theirs === null || typeof theirs === 'string' ? null : theirs
  const rows = kindsOf(tables, result).map((k) => [k.kind, String(k.tables), cell(k.score), cell(k.theirs)])
  return [
    `### ${result.version}, ${tables.length} tables`,
    '',
    markdownTable(
      ['kind of table', 'tables', 'dbmedic', 'pt-duplicate-key-checker'],
      [
        ...rows,
        ['all', String(tables.length), cell(ours.score), cell(peer?.score ?? null)],
        ['time, s', '', ours.seconds.toFixed(2), peer === null ? '-' : peer.seconds.toFixed(2)],
      ],
    ),
    '',
    '- found/planted; WRONG: named to be dropped, though it must be kept.',
    '- dbmedic leaves unique indexes alone whatever they are, and opens issues for one index of a table at a time.',
    ...(peer === null
      ? []
      : [`- pt advised to shorten ${peer.shorten.length} indexes that end with the primary key.`]),
    ...(start === null || peer === null ? [] : [`- Of pt’s time ${start.toFixed(2)} s are its start.`]),
    ...(typeof theirs === 'string'
      ? [`- pt did not run here: ${theirs.replaceAll(/\s+/g, ' ').slice(0, 300)}`]
      : []),
  ].join('\n')
}

function headline({ version, ours, theirs }: FlavourResult): string {
  const told = (score: Score, seconds: number): string =>
    `${score.found} of ${score.planted}, ${score.wrong} wrong, ${seconds.toFixed(2)} s`
  const peer =
    theirs === null || typeof theirs === 'string' ? 'did not run' : told(theirs.score, theirs.seconds)
  return `${version}: dbmedic ${told(ours.score, ours.seconds)}; pt-duplicate-key-checker ${peer}`
}

await runBench({
  name: 'duplicate-indexes',
  title: 'Duplicate indexes',
  purpose: 'Superfluous indexes of a planted schema, beside pt-duplicate-key-checker on the same server.',
  options: {
    server: SERVER_OPTION,
    tables: { kind: 'number', value: 500, quick: 60, min: 20, max: 5000, whole: true, help: 'tables' },
    repeat: {
      kind: 'number',
      value: 5,
      quick: 2,
      min: 1,
      max: 50,
      whole: true,
      help: 'readings; the median is told',
    },
    seed: { kind: 'number', value: 20_261_121, min: 1, max: 1e9, whole: true, help: 'of names and orders' },
  },
  async measure(run) {
    const results: FlavourResult[] = []
    for (const flavour of await chosenServers(run)) results.push(await onServer(run, flavour))
    const start = existsSync(CHECKER) ? await startSeconds() : null
    return {
      figures: {
        start,
        results: results.map(({ tables, ...rest }) => ({ ...rest, kinds: kindsOf(tables, rest) })),
      },
      markdown: results.map((one) => section(one, start)).join('\n\n'),
      headlines: results.map(headline),
      versions: [
        ...results.map((r) => r.version),
        toolkitVersion(CHECKER) ??
          'pt-duplicate-key-checker is not installed (apt-get install percona-toolkit)',
      ],
      problems: [],
    }
  },
})
