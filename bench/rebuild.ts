/**
 * `npm run bench -- rebuild`: a table of SQLite rebuilt with another type in one column, beside the bare INSERT ... SELECT of the
 * same rows on the same file, and killed at random instants.
 */
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { Plan } from '../src/core/plan.ts'
import { openSession, proposeChange, sendPlan } from '../test/support/column-change.ts'
import { killDuring, type Left } from '../test/support/rebuild-kills.ts'
import {
  definitions,
  differences,
  INDEXES,
  type Kind,
  makeDatabase,
  summary,
} from '../test/support/rebuilt-tables.ts'
import { quantile } from './support/figures.ts'
import { markdownTable } from './support/markdown-table.ts'
import { type BenchResult, type BenchRun, runBench } from './support/run-bench.ts'

const CHANGE = { table: 'orders', column: 'qty', type: 'INTEGER' }
const KINDS: readonly Kind[] = ['autoincrement', 'without-rowid']
const AIM = 1.3

/** Seconds of one round. */
interface Round {
  readonly bare: number
  readonly bareIndexed: number
  readonly rebuild: number
}

interface KindResult {
  readonly kind: Kind
  readonly rows: number
  readonly bytes: number
  readonly rounds: readonly Round[]
  /** Seconds of each part, from a round of its own in which every proof is asked for by itself. */
  readonly parts: Readonly<Record<string, number>>
  readonly kills: readonly Left[]
}

async function measure(run: BenchRun): Promise<BenchResult> {
  const results: KindResult[] = []
  for (const kind of KINDS) results.push(await measureKind(run, kind))
  const problems = results.flatMap(({ kind, kills }) =>
    kills.flatMap((left) => left.problems.map((problem) => `${kind}, killed: ${problem}`)),
  )
  return { figures: results, markdown: tables(results), problems, headlines: results.flatMap(headlines) }
}

async function measureKind(run: BenchRun, kind: Kind): Promise<KindResult> {
  const folder = mkdtempSync(join(tmpdir(), 'dbmedic-bench-rebuild-'))
  run.onEnd(async () => rmSync(folder, { recursive: true, force: true }))
  const [template, file] = [join(folder, 'template'), join(folder, 'shop.sqlite')]
  const rows = run.options.number('rows')
  run.say(`${kind}: ${rows} rows are made`)
  makeDatabase(template, kind, rows)
  const putBack = (): void => {
    for (const name of readdirSync(folder)) if (name !== 'template') rmSync(join(folder, name))
    copyFileSync(template, file)
  }
  putBack()
  const session = await openSession(file)
  const { plan, preconditions } = await proposeChange(session, CHANGE)
  await session.close()
  for (const { id, met, found } of preconditions) if (met !== true) throw new Error(`${id}: ${found}`)
  const rounds: Round[] = []
  while (rounds.length < run.options.number('rounds')) {
    const bare = timeBare(putBack, file, { guards: plan.guards, indexed: false })
    const bareIndexed = timeBare(putBack, file, { guards: plan.guards, indexed: true })
    const round = { bare, bareIndexed, rebuild: await timeRebuild(putBack, file, plan) }
    rounds.push(round)
    run.say(
      `${kind}: ${Object.entries(round)
        .map(([name, s]) => `${name} ${s.toFixed(2)} s`)
        .join(', ')}`,
    )
  }
  const parts = await timeParts(putBack, file, plan)
  const kills = await killAll(run, {
    kind,
    plan,
    file,
    template,
    putBack,
    seconds: middle(rounds, 'rebuild'),
  })
  const { bytes, rows: held } = summary(template)
  rmSync(folder, { recursive: true, force: true })
  return { kind, rows: held, bytes, rounds, parts, kills }
}

/** The rows into a table of the same text, in one transaction that ends in COMMIT, under the same settings. */
function timeBare(
  putBack: () => void,
  file: string,
  { guards, indexed }: { readonly guards: Plan['guards']; readonly indexed: boolean },
): number {
  putBack()
  const db = new Database(file)
  for (const { text } of guards) db.exec(text)
  const sql =
    db.prepare<[], string>("SELECT sql FROM sqlite_schema WHERE name = 'orders'").pluck().get() ?? ''
  const columns = 'id, code, qty, "unit price", note, raw, parent, person'
  const began = performance.now()
  db.exec('BEGIN IMMEDIATE')
  db.exec(sql.replace('TABLE orders', 'TABLE bare').replace('qty TEXT', 'qty INTEGER'))
  if (indexed)
    for (const index of INDEXES)
      db.exec(index.replace('INDEX orders', 'INDEX bare').replace('ON orders', 'ON bare'))
  db.exec(`INSERT INTO bare (${columns}) SELECT ${columns} FROM orders`)
  db.exec('COMMIT')
  const seconds = (performance.now() - began) / 1000
  db.close()
  return seconds
}

/** The whole plan as it is approved: guards, backup, copy, proofs, COMMIT. */
async function timeRebuild(putBack: () => void, file: string, plan: Plan): Promise<number> {
  putBack()
  const session = await openSession(file)
  const began = performance.now()
  const problem = await sendPlan(session, plan)
  const seconds = (performance.now() - began) / 1000
  await session.close()
  if (problem !== null) throw new Error(problem)
  return seconds
}

async function timeParts(putBack: () => void, file: string, plan: Plan): Promise<Record<string, number>> {
  putBack()
  const session = await openSession(file)
  const parts: Record<string, number> = {}
  const add = (name: string, began: number): void => {
    parts[name] = (parts[name] ?? 0) + (performance.now() - began) / 1000
  }
  for (const { onlyIf, ...step } of [...plan.guards, ...plan.steps]) {
    if (onlyIf !== null) {
      const began = performance.now()
      await session.ask(onlyIf.question.kind as 'state', onlyIf.question.params as never)
      add(`proof: ${onlyIf.question.kind}`, began)
    }
    const began = performance.now()
    const { ok } = await session.send({ ...step, onlyIf: null })
    if (!ok) throw new Error(`${step.text} was not done`)
    add(
      /^(?:CREATE INDEX|CREATE TABLE|INSERT OR ABORT|DROP TABLE|COMMIT|\.backup)/.exec(step.text)?.[0] ??
        'the rest',
      began,
    )
  }
  await session.close()
  return parts
}

interface Killing {
  readonly kind: Kind
  readonly plan: Plan
  readonly file: string
  readonly template: string
  readonly putBack: () => void
  readonly seconds: number
}

async function killAll(
  run: BenchRun,
  { kind, plan, file, template, putBack, seconds }: Killing,
): Promise<readonly Left[]> {
  const kills: Left[] = []
  const was = definitions(template)
  while (kills.length < run.options.number('kills') && !run.signal.aborted) {
    putBack()
    const left = await killDuring(file, plan, {
      afterMs: Math.random() * seconds * 1000,
      look: () => differences(file, { template, was }),
    })
    kills.push(left)
    run.say(
      `${kind}: kill ${kills.length}, ${left.isChanged ? 'done before' : 'undone'}${left.problems.join(', ')}`,
    )
  }
  return kills
}

const two = (value: number): string => value.toFixed(2)
const middle = (rounds: readonly Round[], of: keyof Round): number =>
  quantile(
    rounds.map((round) => round[of]),
    0.5,
  )

function tables(results: readonly KindResult[]): string {
  return results
    .flatMap(({ kind, rows, bytes, rounds, parts, kills }) => [
      `### ${kind}: ${rows} rows, ${(bytes / 1e6).toFixed(0)} MB`,
      markdownTable(
        ['round', 'bare s', 'bare with indexes s', 'rebuild s', 'to bare', 'to bare with indexes'],
        rounds.map(({ bare, bareIndexed, rebuild }, index) => [
          String(index + 1),
          ...[bare, bareIndexed, rebuild, rebuild / bare, rebuild / bareIndexed].map(two),
        ]),
      ),
      markdownTable(
        ['part of a rebuild', 's'],
        Object.entries(parts).map(([name, seconds]) => [name, two(seconds)]),
      ),
      `Killed ${kills.length} times: ${kills.filter(({ wasAtWork }) => wasAtWork).length} between its first step and its last, ${kills.filter(({ isChanged }) => isChanged).length} found changed, ${kills.filter(({ problems }) => problems.length > 0).length} with anything lost or not whole.`,
    ])
    .join('\n\n')
}

function headlines({ kind, rounds, parts, kills }: KindResult): readonly string[] {
  const proofs = Object.entries(parts).reduce(
    (sum, [name, s]) => (/^proof|^\.backup/.test(name) ? sum + s : sum),
    0,
  )
  const whole = Object.values(parts).reduce((sum, s) => sum + s, 0)
  const ratio = middle(rounds, 'rebuild') / middle(rounds, 'bareIndexed')
  const lost = kills.filter(({ problems }) => problems.length > 0).length
  return [
    `${kind}: ${two(middle(rounds, 'rebuild') / middle(rounds, 'bare'))} times the bare INSERT ... SELECT, ${two(ratio)} times the one into a table with the same indexes (aim ${AIM}: ${ratio <= AIM ? 'met' : 'MISSED'}); backup and proofs are ${Math.round((100 * proofs) / whole)} % of it`,
    `${kind}: ${kills.length} kills, ${lost} with a row lost or a schema not whole`,
  ]
}

await runBench({
  name: 'rebuild',
  title: 'Rebuilding a table of SQLite',
  purpose:
    'A column’s type changed with everything kept and proven: time beside the bare INSERT ... SELECT (aim 1.3), and kill -9 at random instants.',
  options: {
    rows: {
      ...{ kind: 'number', value: 1_000_000, quick: 20_000, min: 100, max: 20_000_000, whole: true },
      help: 'rows of each table',
    },
    rounds: {
      ...{ kind: 'number', value: 3, quick: 1, min: 1, max: 20, whole: true },
      help: 'rounds of each, the median counts',
    },
    kills: {
      ...{ kind: 'number', value: 25, quick: 3, min: 0, max: 1_000, whole: true },
      help: 'kills of each table’s rebuild, at instants spread over its time',
    },
  },
  measure,
})
