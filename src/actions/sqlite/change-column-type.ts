/** Gives one column of a table another type, by a rebuild of the table, only where every value survives it. */
import type { Postcondition, Rendered } from '../../core/action.ts'
import type { Reading } from '../../core/observer.ts'
import type { Forecast, Interval, PreconditionResult } from '../../core/plan.ts'
import type { RowKey, TableFacts } from '../../engines/sqlite/shapes.ts'
import { type DefinedTable, readSqliteTable } from '../../sql/sqlite-table.ts'
import { type Bounds, copyName, definitionWith, filePath, rebuildPlan, rebuildSteps } from './rebuild-plan.ts'
import type { SqliteAction, SqliteContext } from './sqlite-action.ts'

/** In a table that is not STRICT any words are a type; these are the ones whose meaning is plain. */
const TYPES = ['INTEGER', 'REAL', 'TEXT', 'NUMERIC', 'BLOB', 'ANY'] as const

const PARAMETERS = {
  table: { type: 'table', schema: 'main' },
  columns: { type: 'columns', of: 'table', most: 1 },
  type: { type: 'enum', values: TYPES },
} as const

type Context = SqliteContext<typeof PARAMETERS>
type Finding = Omit<PreconditionResult, 'id'>

/** What the statements are made of, once it is certain that they can be. */
interface Ready {
  readonly facts: TableFacts
  readonly key: RowKey
  readonly defined: DefinedTable
  readonly column: string
  /** The type the catalog states now. */
  readonly was: string
}

const met = (found: string): Finding => ({ met: true, found, toProceed: '' })
const unmet = (
  found: string,
  toProceed = 'Change the table by hand, on a copy of the database first.',
): Finding => ({
  met: false,
  found,
  toProceed,
})
const given = <T>(reading: Reading<T>, judge: (value: T) => Finding): Finding =>
  reading.known
    ? judge(reading.value)
    : { met: 'unknown', found: reading.because, toProceed: reading.toProceed }

/** What a rebuild needs of the table, or why it is not for it. */
async function readyFor({ ask, params }: Context): Promise<Ready | { readonly because: string }> {
  const reading = await ask('table', { table: params.table.table })
  if (!reading.known) return reading
  const facts = reading.value
  const defined = readSqliteTable(facts.sql)
  const column = facts.columns.find(({ name }) => name === params.columns[0]?.column)
  if (facts.problem !== null || defined === null)
    return { because: facts.problem ?? 'its definition cannot be taken apart' }
  if (column === undefined) return { because: 'it has no such column' }
  if (facts.key === null)
    return { because: 'columns hide every name of its rowid, so the rows cannot keep theirs' }
  const because = columnProblem(facts, column, params.type)
  if (because !== null) return { because }
  if (facts.names.includes(copyName(facts.table).toLowerCase()))
    return { because: `there is a ${copyName(facts.table)} already` }
  return { facts, key: facts.key, defined, column: column.name, was: column.type }
}

function columnProblem(
  { key, columns, strict }: TableFacts,
  column: TableFacts['columns'][number],
  type: string,
): string | null {
  if (column.type.toUpperCase() === type) return 'the column has that type already'
  if (column.isGenerated) return 'the column is generated and holds no values of its own'
  if (strict && type === 'NUMERIC') return 'a STRICT table takes no NUMERIC'
  if (!strict && type === 'ANY') return 'ANY is a type of STRICT tables'
  return key?.kind === 'rowid' ? rowidProblem({ key, columns }, column, type) : null
}

/** An INTEGER PRIMARY KEY is the rowid, and nothing else is: a change from or to it would give rows other rowids. */
function rowidProblem(
  {
    key,
    columns,
  }: { readonly key: Extract<RowKey, { kind: 'rowid' }>; readonly columns: TableFacts['columns'] },
  column: TableFacts['columns'][number],
  type: string,
): string | null {
  if (key.isColumn && key.name === column.name) return 'the column is the rowid, and would not be any more'
  const isWholeKey = column.keyPlace === 1 && columns.filter(({ keyPlace }) => keyPlace > 0).length === 1
  return isWholeKey && type === 'INTEGER'
    ? 'the column would become the rowid, and rows would have others'
    : null
}

const backupOf = ({ facts }: Ready, expectedSchema: string): string =>
  `${facts.file}.dbmedic-${facts.schemaDigest.slice(0, 8)}-${expectedSchema.slice(0, 8)}.backup`

/** The conditions, in order; each is checked on its own connection again right before a run. */
const CONDITIONS: readonly {
  readonly id: string
  readonly rule: string
  test(context: Context): Promise<Finding>
}[] = [
  {
    id: 'definition-certain',
    rule: 'The table’s text, taken apart, is what SQLite says of the table, and the column’s type is a part that may change.',
    test: async (context) => {
      const ready = await readyFor(context)
      return 'because' in ready
        ? unmet(ready.because)
        : met(`the column is ${ready.was === '' ? 'untyped' : ready.was}`)
    },
  },
  {
    id: 'values-survive',
    rule: 'Every value of the column, and its default, has the new type’s storage class afterwards and, made its old class again, is what it was.',
    test: async ({ ask, params }) => {
      const change = { column: params.columns[0]?.column ?? '', type: params.type }
      return given(
        await ask('losses', { table: params.table.table, ...change }),
        ({ rows, lost, defaultSurvives, examples }) => {
          if (lost === 0 && !defaultSurvives)
            return unmet('the column’s default would not survive', 'Mend the default first.')
          if (lost === 0) return met(`all of ${rows} values survive, and the default`)
          const where = examples.map(
            ({ rowid, storageClass, length }) =>
              `${rowid === null ? 'a row' : `rowid ${rowid}`}: ${storageClass} of ${length} bytes`,
          )
          return unmet(
            `${lost} of ${rows} values would not survive: ${where.join(', ')}`,
            'Mend these values first, or choose a type that keeps them.',
          )
        },
      )
    },
  },
  {
    id: 'sound-before',
    rule: 'integrity_check finds nothing in the table, and no row breaks a foreign key of it or to it.',
    test: async ({ ask, params }) =>
      given(await ask('state', { table: params.table.table }), ({ integrity, foreignKeyViolations }) =>
        integrity === 'ok' && foreignKeyViolations === 0
          ? met('the table is sound')
          : unmet(
              `integrity_check: ${integrity}; foreign keys are broken by ${foreignKeyViolations} rows`,
              'Mend the table first.',
            ),
      ),
  },
  {
    id: 'rehearsed',
    rule: 'The statements come to the intended definitions on empty tables of the same definitions.',
    test: async (context) => {
      const ready = await readyFor(context)
      if ('because' in ready) return unmet(ready.because)
      const texts = rebuildSteps({ ...ready, type: context.params.type }, ready.defined)
      const sql = finalText(ready, context.params.type)
      const answer = await context.ask('rehearsal', { table: ready.facts.table, texts, sql })
      return given(answer, ({ problem }) => (problem === null ? met('they do') : unmet(problem)))
    },
  },
  {
    id: 'room',
    rule: 'Where the database lies there is room for a backup of it and for the table with its indexes twice.',
    test: async ({ ask, params }) =>
      given(await ask('room', { table: params.table.table }), ({ table, database, free }) => {
        const needed = database + 2 * table
        const found = `${needed} bytes are needed, ${free} are free`
        return needed <= free ? met(found) : unmet(found, 'Make room first.')
      }),
  },
  {
    id: 'window-if-large',
    rule: 'A table larger than the installation leaves unattended is rebuilt in a change window only: nobody else writes meanwhile.',
    test: async ({ ask, params, policy }) =>
      given(await ask('room', { table: params.table.table }), ({ table }) =>
        table <= policy.maxUnattendedBytes || policy.insideChangeWindow
          ? met(`the table has ${table} bytes`)
          : unmet(`the table has ${table} bytes, of ${policy.maxUnattendedBytes}`, 'Choose a change window.'),
      ),
  },
  {
    id: 'backup-name-free',
    rule: 'No file has the name of the backup yet, and the name can be written into a plan.',
    test: async (context) => {
      const ready = await readyFor(context)
      if ('because' in ready) return unmet(ready.because)
      const expected = await askExpected(context, ready)
      if (!expected.known) return given(expected, () => met(''))
      const file = backupOf(ready, expected.value.schema)
      if (!isWritable(file))
        return unmet('the database’s path has a character that is not written into a plan')
      return given(await context.ask('beside', { file }), ({ exists }) =>
        exists ? unmet(`there is ${file}`, 'Move the earlier backup away.') : met('the name is free'),
      )
    },
  },
]

function isWritable(file: string): boolean {
  try {
    return filePath(file) !== ''
  } catch {
    return false
  }
}

const finalText = ({ defined, facts, column }: Ready, type: string): string =>
  definitionWith(defined, facts.table, { column, type }) ?? ''

const askExpected = ({ ask, params }: Context, ready: Ready) =>
  ask('expected', {
    table: ready.facts.table,
    column: ready.column,
    type: params.type,
    sql: finalText(ready, params.type),
  })

/** The plan, and the same procedure back to the type as it was written. */
async function render(context: Context): Promise<Rendered> {
  const ready = await readyFor(context)
  const nothing = (because: string): Rendered => ({
    plan: { guards: [], steps: [] },
    undo: { whyNot: because },
    objects: [],
  })
  if ('because' in ready) return nothing(ready.because)
  const expected = await askExpected(context, ready)
  if (!expected.known) return nothing(expected.because)
  const { facts, key, column } = ready
  const backup = backupOf(ready, expected.value.schema)
  if (!isWritable(backup)) return nothing('the path of the database cannot be written into a plan')
  const sql = finalText(ready, context.params.type)
  const { lockWaitMs, statementTimeoutMs, memoryBytes = null } = context.policy
  const bounds = { lockWaitMs, statementTimeoutMs, memoryBytes }
  const there = {
    facts,
    key,
    column,
    type: context.params.type,
    sql,
    expected: expected.value,
    backup,
    isBack: false,
    bounds,
  }
  return {
    plan: rebuildPlan(there, ready.defined),
    undo: await wayBack(context, ready, { ...there, schema: expected.value.schema }),
    objects: [
      { kind: 'database', name: facts.file, definitionDigest: facts.schemaDigest },
      { kind: 'table', name: facts.table, definitionDigest: facts.schemaDigest },
    ],
  }
}

async function wayBack(
  { ask }: Context,
  { facts, key, column, was, defined }: Ready,
  there: { readonly sql: string; readonly schema: string; readonly backup: string; readonly bounds: Bounds },
): Promise<Rendered['undo']> {
  const after = readSqliteTable(there.sql)
  const written = writtenType(defined, column)
  // BLOB, ANY and no type at all convert nothing, so what became another class would stay it.
  if (/^(|.*BLOB.*|ANY)$/i.test(was) || written === '')
    return { whyNot: `the old type converts nothing back; the database as it was is in ${there.backup}` }
  const sql = definitionWith(defined, facts.table, null)
  if (after === null || sql === null) return { whyNot: 'the new definition cannot be taken apart' }
  const expected = await ask('expected', { table: facts.table, column, type: was, sql })
  if (!expected.known) return { whyNot: expected.because }
  const changed = { ...facts, sql: there.sql, schemaDigest: there.schema }
  const backup = `${there.backup}.undo`
  const back = {
    facts: changed,
    key,
    column,
    type: written,
    sql,
    expected: expected.value,
    backup,
    isBack: true,
    bounds: there.bounds,
  }
  return { plan: rebuildPlan(back, after) }
}

/** The type as it stands in the text. */
const writtenType = ({ sql, columns }: DefinedTable, column: string): string => {
  const place = columns.find(({ name }) => name === column)?.type
  return place === undefined ? '' : sql.slice(place.start, place.end)
}

/** Bytes a second that a rebuild works through: a slow disk, an ordinary one, pages in memory. */
const RATE = { low: 5e6, expected: 40e6, high: 200e6 }
const exactly = (value: number): Interval => ({ low: value, expected: value, high: value })

async function forecast({ ask, params }: Context): Promise<Forecast> {
  const [room, losses] = [
    await ask('room', { table: params.table.table }),
    await ask('losses', {
      table: params.table.table,
      column: params.columns[0]?.column ?? '',
      type: params.type,
    }),
  ]
  const table = room.known ? room.value.table : 0
  const all = room.known ? room.value.database + 2 * table : 0
  const ms = (rate: number): number => Math.round(50 + (1000 * all) / rate)
  return {
    lockClass: 'the database’s one write lock, from the backup to COMMIT',
    blocks:
      'everybody who writes anywhere in the database waits, each for at most its own busy_timeout; readers go on in WAL mode, and otherwise wait once the cache overflows',
    durationMs: { low: Math.round(ms(RATE.high) / 4), expected: ms(RATE.expected), high: 4 * ms(RATE.low) },
    rowsTouched: exactly(losses.known ? losses.value.rows : 0),
    bytesWritten: { low: Math.round(all / 4), expected: all, high: 2 * all },
    replicaLagSeconds: exactly(0),
    diskPeakBytes: { low: Math.round(all / 4), expected: all, high: 2 * all },
    basis: room.known
      ? `the table with its indexes has ${table} bytes of ${room.value.database}; the file does not become smaller again by itself`
      : room.because,
  }
}

async function postcondition({ ask, params }: Context): Promise<Postcondition> {
  const reading = await ask('table', { table: params.table.table })
  if (!reading.known) return { holds: 'unknown', found: reading.because }
  const column = reading.value.columns.find(({ name }) => name === params.columns[0]?.column)
  if (column === undefined) return { holds: false, found: 'the column is not there' }
  return {
    holds: column.type === params.type,
    found: `the column is ${column.type === '' ? 'untyped' : column.type}`,
  }
}

/** The action. */
export const changeColumnType: SqliteAction<typeof PARAMETERS> = {
  id: 'sqlite/change-column-type',
  version: 1,
  engine: 'sqlite',
  category: 'SCHEMA',
  title: 'Give a column another type, by a rebuild of its table',
  risk: 'HIGH',
  riskReason:
    'Every row is written anew, and an application that relies on the old type sees another one at once.',
  issueCategories: ['TYPE_MISMATCH'],
  parameters: PARAMETERS,
  template:
    'BEGIN IMMEDIATE; backup; CREATE TABLE copy of {table} with {type} for {columns}; INSERT INTO copy SELECT ...; DROP TABLE {table}; ALTER TABLE copy RENAME TO {table}; indexes and triggers; COMMIT',
  bindsConnection: false,
  isOneTransaction: true,
  estimatedDurationSeconds: 60,
  preconditions: CONDITIONS.map(({ id }) => id),
  conditions: CONDITIONS,
  guards: ['PRAGMA busy_timeout', 'PRAGMA foreign_keys = OFF', 'PRAGMA legacy_alter_table = ON'],
  verification: 'The catalog states the new type, and nothing else of the table differs.',
  undo: { actionId: 'sqlite/change-column-type' },
  // No pause: who approved a change that an application cannot live with takes it back at once, and each run proves all of it.
  limits: { coolDownSeconds: 0, perTargetPerHour: 2, perTargetPerDay: 10 },
  privileges: [],
  check: async (context) => {
    const results: PreconditionResult[] = []
    for (const { id, test } of CONDITIONS) results.push({ id, ...(await test(context)) })
    return results
  },
  render,
  forecast,
  verificationPlan: ({ policy }) => ({
    postcondition: 'The catalog states the new type, and nothing else of the table differs.',
    affectedSeries: [],
    metricName: 'lost_values',
    metricUnit: 'count',
    lowerIsBetter: true,
    beforeSeconds: policy.beforeSeconds,
    settleSeconds: policy.settleSeconds,
    afterSeconds: policy.afterSeconds,
    minimumCalls: policy.minimumCalls,
    minimumGainPercent: 0,
  }),
  postcondition,
}
