/** What applying migrations asks of the files and of the database they are for. */
import type { IntegerParameter } from '../../core/parameters.ts'
import type { Migrations, PendingMigration } from '../../engines/mysql/shapes.ts'
import { type Condition, type Finding, given, type MysqlContext, met, unmet } from './mysql-action.ts'
import { quotedTable } from './names.ts'
import { isListed, SYSTEM_SCHEMAS } from './preconditions/system-objects.ts'
import { freeToChange } from './preconditions/table-state.ts'
import { MIB } from './quantities.ts'

/** Files applied by one run at most. */
const FILES_MOST = 20
/** Characters of all statements together that a person is asked to read. */
const TEXT_MOST = 50_000
/** A table that is altered may have so many bytes: what is added to a larger one needs its own plan. */
const ALTERED_BYTES_MOST = 64 * MIB

/** How many files are on record before, and how many are applied: with the files themselves they name each of them. */
export const MIGRATION_PARAMETERS = {
  recorded: { type: 'integer', min: 1, max: 1_000, unit: 'files' },
  files: { type: 'integer', min: 1, max: FILES_MOST, unit: 'files' },
} as const satisfies { readonly recorded: IntegerParameter; readonly files: IntegerParameter }

/** Context of an action on migrations. */
export type OnMigrations = typeof MIGRATION_PARAMETERS
type Context = MysqlContext<OnMigrations>

/** The files a run applies, in order. */
export const chosen = (found: Migrations, files: number): readonly PendingMigration[] =>
  found.pending.slice(0, files)

/** Judges what is known of the migrations; without a folder nothing is met. */
export async function withMigrations(
  { ask }: Pick<Context, 'ask'>,
  judge: (found: Migrations) => Finding | Promise<Finding>,
): Promise<Finding> {
  const reading = await ask('migrations', {})
  if (reading.known && reading.value !== null) return judge(reading.value)
  return given(reading, () =>
    unmet(
      'no folder of migrations is configured for the target',
      'Name it: options.migrationsFolder and options.migrationsSchema of the target in dbmedic.yaml.',
    ),
  )
}

/** X1: the database is the one the files are for, and stands where it stood. */
export const intendedDatabase: Condition<OnMigrations> = {
  id: 'X1',
  rule: 'The database has the first files of the folder on record, each with the bytes it has now, and as many as when the plan was made; so it is the one they are for.',
  test: (context) =>
    withMigrations(context, ({ disagreement, recorded, pending, table }) => {
      const { params } = context
      if (disagreement !== null)
        return unmet(
          disagreement,
          'Bring the folder and the record into agreement by hand, with the tool that wrote it.',
        )
      if (recorded !== params.recorded)
        return unmet(
          `${recorded} files are on record, not ${params.recorded}`,
          'Wait for the new analysis; it starts from what is on record now.',
        )
      return pending.length < params.files
        ? unmet(`only ${pending.length} files are still to be applied`, 'There is nothing left to do.')
        : met(`${recorded} files are on record in ${table}, each with the bytes it has in the folder`)
    }),
}

/** X2: not a schema of the server, not on the denylist. */
export const migrationSchemaAllowed: Condition<OnMigrations> = {
  id: 'X2',
  rule: 'The database is no system schema and in none of `denySchemas`.',
  test: (context) =>
    withMigrations(context, ({ schema }) =>
      isListed(schema, SYSTEM_SCHEMAS) || isListed(schema, context.policy.denySchemas)
        ? unmet(`${schema} is the server’s or on the denylist`, 'Nothing in it is ever touched.')
        : met(`the schema ${schema} is neither the server’s nor on the denylist`),
    ),
}

/** The files only add, and can be read by a person. */
export const onlyAdds: Condition<OnMigrations> = {
  id: 'only-adds',
  rule: `The files hold only CREATE TABLE, CREATE INDEX and ALTER TABLE … ADD without a database’s name, foreign keys or what else is not listed, ${TEXT_MOST} characters at most.`,
  test: (context) =>
    withMigrations(context, (found) => {
      const files = chosen(found, context.params.files)
      const bad = files.find(({ problem }) => problem !== null)
      if (bad !== undefined)
        return unmet(
          `${bad.name}: ${bad.problem}`,
          'Apply the files with the application’s own tool; it is not done here.',
        )
      const characters = files.flatMap(({ statements }) => statements).join('').length
      return characters > TEXT_MOST
        ? unmet(`${characters} characters of statements`, 'Apply the files with the application’s own tool.')
        : met(`${files.length} files that only add, ${characters} characters of statements`)
    }),
}

/** The record takes what is written to it after each file: a file that is applied and not on record would be applied again. */
export const recordTakesRows: Condition<OnMigrations> = {
  id: 'record-takes-rows',
  rule: 'A row of a name and a checksum can be written to the record: its other columns have defaults, and both are long enough.',
  test: (context) =>
    withMigrations(context, ({ recordProblem, schema, table }) =>
      recordProblem === null
        ? met(`${quotedTable({ schema, table })} takes a name and a checksum`)
        : unmet(
            `${quotedTable({ schema, table })}: ${recordProblem}`,
            'Give the column a default or a larger type, or apply the files with the application’s own tool.',
          ),
    ),
}

/** What is created is not there, and what is altered is there, small, or created by the same run. */
export const roomForAll: Condition<OnMigrations> = {
  id: 'nothing-in-the-way',
  rule: `No table to be created is there; each that is altered is there with at most ${ALTERED_BYTES_MOST / MIB} MiB, or created by the same files.`,
  test: (context) =>
    withMigrations(context, async (found) => {
      const { schema } = found
      const { created, altered } = tablesOf(chosen(found, context.params.files))
      const createdUnmet = await firstUnmet(created, async (table) =>
        given(await context.ask('table', { schema, table }), (value) =>
          value === null ? met('') : unmet(`${quotedTable({ schema, table })} is there already`, BY_HAND),
        ),
      )
      const alteredUnmet = await firstUnmet(altered, async (table) =>
        given(await context.ask('table', { schema, table }), (value) => {
          if (value === null) return unmet(`${quotedTable({ schema, table })} is not there`, BY_HAND)
          return value.dataBytes + value.indexBytes > ALTERED_BYTES_MOST
            ? unmet(`${quotedTable({ schema, table })} is too large to be altered here`, BY_HAND)
            : met('')
        }),
      )
      return (
        createdUnmet ??
        alteredUnmet ??
        met(
          `${created.length} tables to be created are not there, ${altered.length} to be altered are there and small`,
        )
      )
    }),
}

/** X4: nobody holds a table that is altered so long that the change would queue, and others behind it. */
export const nobodyHoldsAltered: Condition<OnMigrations> = {
  id: 'X4',
  rule: 'No old transaction touches a table that is altered, and nobody waits for its metadata lock.',
  test: (context) =>
    withMigrations(context, async (found) => {
      const { schema } = found
      const { altered } = tablesOf(chosen(found, context.params.files))
      const held = await firstUnmet(altered, async (table) =>
        given(await context.ask('table-blockers', { schema, table }), freeToChange),
      )
      return held ?? met(`${altered.length} tables that are altered are free to be`)
    }),
}

/** Tables that the files create, and those they alter that were there before. */
function tablesOf(files: readonly PendingMigration[]): {
  readonly created: readonly string[]
  readonly altered: readonly string[]
} {
  const created = new Set<string>()
  const altered = new Set<string>()
  for (const { creates, adds } of files) {
    for (const table of creates) created.add(table)
    for (const { table } of adds) if (!created.has(table)) altered.add(table)
  }
  return { created: [...created], altered: [...altered] }
}

async function firstUnmet(
  tables: readonly string[],
  test: (table: string) => Promise<Finding>,
): Promise<Finding | null> {
  for (const table of tables) {
    const finding = await test(table)
    if (finding.met !== true) return finding
  }
  return null
}

const BY_HAND = 'Look at what was done by hand, and apply the files with the application’s own tool.'
