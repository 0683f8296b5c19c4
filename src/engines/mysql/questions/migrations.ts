/**
 * The question `migrations`: which files of the application's own folder this database has on record, and which are still to
 * be applied. The record proves that it is the database the files are for: each file on record is in the folder with the
 * same bytes, and none was left out.
 */
import { quoteQualified } from '../../../sql/quoting.ts'
import { type Row, textOrEmpty } from '../cells.ts'
import type { MigrationPlace } from '../config.ts'
import { type MigrationText, readMigrationFolder } from '../migrations/migration-folder.ts'
import { readMigration } from '../migrations/read-migration.ts'
import type { Migrations, PendingMigration } from '../shapes.ts'
import { errorNumber } from './failure.ts'
import { exactly } from './params.ts'
import type { Found, Question, Reader } from './question.ts'

/** Files that are shown with their statements. */
const PENDING_MOST = 20
/** Tables and columns that files on record made, the newest kept. */
const MADE_MOST = 2_000
const RECORD_MOST = 2_000
const NO_SUCH_TABLE = 1146
const NO_SUCH_SCHEMA = 1049
const DENIED: readonly number[] = [1142, 1143, 1044]

/** The question. Null: no folder is configured. */
export const migrations: Question<'migrations'> = {
  params: exactly({}),
  answer: async ({ reader, migrations: place }) => {
    if (place === undefined || place === null)
      return { value: null, source: 'dbmedic.yaml, this target: options.migrationsFolder' }
    return readMigrations(reader, place)
  },
}

async function readMigrations(reader: Reader, place: MigrationPlace): Promise<Found<Migrations | null>> {
  const folder = readMigrationFolder(place.folder)
  if ('because' in folder)
    return {
      because: `the folder of migrations is not used: ${folder.because}`,
      toProceed: 'Look at options.migrationsFolder of the target, and at what this process may read.',
    }
  const record = await readRecord(reader, place)
  if ('because' in record) return record
  const recorded = record.rows?.length ?? 0
  const files = folder.files.map((file) => ({ ...file, ...readMigration(file.text) }))
  const pending = files.slice(recorded, recorded + PENDING_MOST)
  return {
    source: `files of options.migrationsFolder, and ${place.schema}.${place.table}`,
    value: {
      schema: place.schema,
      table: place.table,
      recorded,
      disagreement: disagreement(folder.files, record.rows),
      recordProblem: recordProblem(
        await readColumns(reader, place),
        Math.max(0, ...pending.map(({ name }) => name.length)),
      ),
      pendingTotal: Math.max(0, files.length - recorded),
      pending: pending.map(
        ({ name, checksum, problem, statements, creates, adds }): PendingMigration => ({
          name,
          checksum,
          problem,
          creates,
          adds,
          // What may not be applied is not offered to be.
          statements: problem === null ? statements : [],
        }),
      ),
      made: files
        .slice(0, recorded)
        .flatMap(({ creates, adds }, at) => [
          ...creates.map((table) => ({ table, column: null, at })),
          ...adds.flatMap(({ table, column }) => (column === null ? [] : [{ table, column, at }])),
        ])
        .slice(-MADE_MOST),
    },
  }
}

/** Columns of a record that are looked at. */
const COLUMNS_MOST = 200
/** Hex digits of a SHA-256. */
const CHECKSUM_LENGTH = 64

interface RecordColumn {
  readonly name: string
  /** Whether a row that does not name it has no value for it. */
  readonly needed: boolean
  /** Characters; null where it is no column of text. */
  readonly length: number | null
}

async function readColumns(
  reader: Reader,
  { schema, table }: MigrationPlace,
): Promise<readonly RecordColumn[]> {
  const rows = await reader.query(
    `SELECT COLUMN_NAME AS name, IS_NULLABLE AS nullable, COLUMN_DEFAULT IS NULL AS bare, EXTRA AS extra,
            CHARACTER_MAXIMUM_LENGTH AS length
       FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? LIMIT ${COLUMNS_MOST}`,
    [schema, table],
  )
  return rows.map((row) => ({
    name: textOrEmpty(row['name']),
    needed:
      textOrEmpty(row['nullable']) === 'NO' &&
      textOrEmpty(row['bare']) === '1' &&
      !/auto_increment|generated/i.test(textOrEmpty(row['extra'])),
    length: row['length'] === null ? null : Number(row['length']),
  }))
}

/** Why the record would not take a row of a name and a checksum; null if it would. It is written after its file was applied. */
function recordProblem(columns: readonly RecordColumn[], longestName: number): string | null {
  for (const { name, needed, length } of columns) {
    const wanted = { name: longestName, checksum: CHECKSUM_LENGTH }[name.toLowerCase()]
    if (wanted === undefined && needed) return `its column ${name} needs a value, and none is given here`
    if (wanted !== undefined && length !== null && length < wanted)
      return `its column ${name} holds ${length} characters, and ${wanted} are needed`
  }
  return null
}

type Recorded = readonly { readonly name: string; readonly checksum: string }[]

async function readRecord(
  reader: Reader,
  { schema, table }: MigrationPlace,
): Promise<{ readonly rows: Recorded | null } | { readonly because: string; readonly toProceed: string }> {
  const name = quoteQualified([schema, table], 'mysql')
  try {
    const rows = await reader.query(
      `SELECT name, LOWER(checksum) AS checksum FROM ${name} ORDER BY name LIMIT ${RECORD_MOST}`,
    )
    const cells = rows.map((row: Row) => ({
      name: textOrEmpty(row['name']),
      checksum: textOrEmpty(row['checksum']),
    }))
    // By code unit, as the files are, whatever the column's collation.
    return { rows: cells.sort((a, b) => (a.name < b.name ? -1 : 1)) }
  } catch (error) {
    const number = errorNumber(error)
    if (number === NO_SUCH_TABLE || number === NO_SUCH_SCHEMA) return { rows: null }
    if (number === null || !DENIED.includes(number)) throw error
    return {
      because: `the account may not read ${schema}.${table}, where migrations are on record`,
      toProceed: `GRANT SELECT ON ${name} to the account that watches.`,
    }
  }
}

/** Why the database cannot be taken for the one the files are for; null if it is. */
function disagreement(files: readonly MigrationText[], rows: Recorded | null): string | null {
  if (rows === null) return 'the database has no record of migrations'
  if (rows.length === 0)
    return 'the database has no migration on record, so nothing shows that the files are for it'
  for (const [at, { name, checksum }] of rows.entries()) {
    const file = files[at]
    if (file === undefined || file.name !== name)
      return `the record and the files part at ${file?.name ?? name}: one of them has it where the other has not`
    if (file.checksum !== checksum) return `${name} was changed after it was applied`
  }
  return null
}
