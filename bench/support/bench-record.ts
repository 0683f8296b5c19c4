/** A bench's figures as they are kept in docs/results/bench, and the page that is made from all of them. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Machine, machineLine } from './machine.ts'
import { markdownTable } from './markdown-table.ts'

/** One run of one bench. */
export interface BenchRecord {
  readonly bench: string
  readonly title: string
  /** When it began, ISO 8601 in UTC. */
  readonly at: string
  /** How long it took, s. */
  readonly seconds: number
  /** The command that repeats it. */
  readonly command: string
  /** Small sizes: a look, not a result. */
  readonly quick: boolean
  readonly machine: Machine
  /** Versions of what it measured and compared with, e.g. `10.11.19-MariaDB`. */
  readonly versions: readonly string[]
  /** The outcome in one or a few sentences. */
  readonly headlines: readonly string[]
  /** Why the figures must not be used; empty if they may. */
  readonly problems: readonly string[]
  /** The figures for people. */
  readonly markdown: string
  /** Every figure. */
  readonly figures: unknown
}

const RESULTS = join(import.meta.dirname, '../../docs/results')
const RECORDS = join(RESULTS, 'bench')
const PAGE = join(RESULTS, 'bench.md')

/** Keeps the record in place of the bench's former one and makes the page anew. Gives the file's path. */
export function keepRecord(record: BenchRecord): string {
  mkdirSync(RECORDS, { recursive: true })
  const file = join(RECORDS, `${record.bench}.json`)
  writeFileSync(file, `${JSON.stringify(record, null, 1)}\n`)
  writePage()
  return file
}

/** Makes docs/results/bench.md from the records; gives its path. */
export function writePage(): string {
  const names = existsSync(RECORDS) ? readdirSync(RECORDS).filter((name) => name.endsWith('.json')) : []
  const records = names
    .toSorted()
    .map((name) => JSON.parse(readFileSync(join(RECORDS, name), 'utf8')) as BenchRecord)
  writeFileSync(PAGE, pageOf(records))
  return PAGE
}

/** The page: an overview, then each record's piece. */
export function pageOf(records: readonly BenchRecord[]): string {
  const rows = records.map((r) => [
    `[${r.title}](#${anchorOf(r.title)})`,
    dateOf(r),
    r.machine.revision ?? '-',
    durationOf(r.seconds),
    r.problems.length > 0 ? 'not to be used' : r.quick ? 'a quick look' : 'yes',
  ])
  return [
    '# Bench results',
    '',
    'Made by `npm run bench -- page` from the records in [bench](bench): not edited by hand. What each bench measures, how, and',
    'where its figures end: [benchmarks](../benchmarks.md). Records are of different days and revisions; each names its own.',
    '',
    markdownTable(['bench', 'date', 'revision', 'took', 'of use'], rows),
    '',
    ...records.flatMap((r) => r.headlines.map((line) => `- **${r.title}**: ${line}`)),
    '',
    ...records.map(pieceOf),
  ].join('\n')
}

/** One record for people. */
export function pieceOf(record: BenchRecord): string {
  const { headlines, problems, versions } = record
  return [
    `## ${record.title}`,
    '',
    `${dateOf(record)} UTC, \`${record.command}\`, ${durationOf(record.seconds)}`,
    '',
    machineLine(record.machine),
    ...(versions.length === 0 ? [] : ['', `Measured on and beside: ${versions.join(', ')}.`]),
    ...(record.quick ? ['', 'A quick look with small sizes, not a result.'] : []),
    ...(headlines.length === 0 ? [] : ['', ...headlines.map((line) => `- ${line}`)]),
    '',
    record.markdown,
    ...(problems.length === 0 ? [] : ['', ...problems.map((p) => `- Not to be used: ${p}`)]),
    '',
  ].join('\n')
}

const dateOf = (record: BenchRecord): string => record.at.slice(0, 16).replace('T', ' ')

const durationOf = (seconds: number): string =>
  seconds < 120 ? `${seconds.toFixed(0)} s` : `${(seconds / 60).toFixed(0)} min`

/** A heading's anchor as GitHub makes it: lower case, punctuation gone, spaces to dashes. */
const anchorOf = (title: string): string =>
  title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-')
