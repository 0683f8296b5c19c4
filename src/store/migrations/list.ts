/** The numbered migrations of the store. Adding one is two files a dialect and a line here; none is ever edited. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { DialectName } from '../schema/dialect.ts'

/** One migration of one dialect. */
export interface Migration {
  readonly version: number
  readonly name: string
  readonly up: readonly string[]
  readonly down: readonly string[]
  /** SHA-256 of the up file; a store remembers it. */
  readonly checksum: string
}

const NAMES: readonly string[] = [
  'pipeline',
  'one-run-a-target',
  'retention',
  'rights',
  'registrations',
  'sign-in',
  'answers',
  'second-factors',
  'rolled-series',
  'failures',
  'suppressions',
  'recovery',
  'restores',
  'passkeys',
  'silence-and-lookups',
  'healings',
  'passkey-names',
  'cleanup-procedure',
  'watches',
  'erasures',
  'watch-room',
  'switch-beside',
]

const read = new Map<DialectName, readonly Migration[]>()

/** All migrations of a dialect, oldest first. The files are read once a process. */
export function migrations(dialect: DialectName): readonly Migration[] {
  const known = read.get(dialect) ?? readMigrations(dialect)
  read.set(dialect, known)
  return known
}

/** The version of the schema this program is for: a store is opened at no other. */
export const schemaVersion = (dialect: DialectName): number => migrations(dialect).length

function readMigrations(dialect: DialectName): readonly Migration[] {
  return NAMES.map((name, at) => {
    const version = at + 1
    const file = (direction: string): string =>
      readFileSync(
        new URL(`./${String(version).padStart(4, '0')}-${name}.${dialect}.${direction}.sql`, import.meta.url),
        'utf8',
      )
    const up = file('up')
    return {
      version,
      name,
      up: splitStatements(up, dialect),
      down: splitStatements(file('down'), dialect),
      checksum: createHash('sha256').update(up).digest('hex'),
    }
  })
}

/**
 * The statements of a migration file. MySQL files end each statement with a line `//` (as the command line
 * client wants it); SQLite runs a file whole, because there it is one transaction.
 */
export function splitStatements(text: string, dialect: DialectName): readonly string[] {
  if (dialect === 'sqlite') return [text]
  return text
    .replace(/^DELIMITER .*$/gm, '')
    .split(/^\/\/$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement.replace(/^--.*$/gm, '').trim().length > 0)
}
