/** What one run of a bench gave, and its piece on the page of results. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Machine, machineLine } from './machine.ts'

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

const PAGE = join(import.meta.dirname, '../../docs/results/bench.md')

/** Puts the record's piece on the page of results, in place of the bench's former one. Gives the page's path. */
export function keepRecord(record: BenchRecord): string {
  writeFileSync(PAGE, pageWith(readFileSync(PAGE, 'utf8'), record))
  return PAGE
}

/** The page with this record's piece, where the bench's former one was or at the end; all else stays as it is. */
export function pageWith(page: string, record: BenchRecord): string {
  const [before = '', ...pieces] = page.trimEnd().split(/\n(?=## )/)
  const heading = `## ${record.title}\n`
  const piece = pieceOf(record).trimEnd()
  const found = pieces.findIndex((one) => one.startsWith(heading))
  const all = found === -1 ? [...pieces, piece] : pieces.with(found, piece)
  return `${[before, ...all].map((one) => one.trimEnd()).join('\n\n')}\n`
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
