/**
 * Applies an application's own pending migrations: whole files in order, their statements byte for byte, each file put on
 * record as the application's own tool would. The one action that creates tables, and it invents none.
 */
import type { Postcondition, Rendered } from '../../core/action.ts'
import type { Forecast, Step } from '../../core/plan.ts'
import type { PendingMigration } from '../../engines/mysql/shapes.ts'
import { exactly, NONE, workMs } from './forecast.ts'
import { DDL_GUARDS, ddlGuards, guard, statement } from './guards.ts'
import { HOUR, oncePerServer } from './limits.ts'
import { defineAction, type MysqlContext } from './mysql-action.ts'
import { quotedName, quotedTable } from './names.ts'
import {
  chosen,
  intendedDatabase,
  MIGRATION_PARAMETERS,
  migrationSchemaAllowed,
  nobodyHoldsAltered,
  type OnMigrations,
  onlyAdds,
  recordTakesRows,
  roomForAll,
} from './pending-migrations.ts'
import { replicasCloseBehind } from './preconditions/replicas-and-backups.ts'
import { noClusterWideDdl, serverHealthy, serverWritable } from './preconditions/server-state.ts'
import { GRANT_MIGRATE, GRANT_MIGRATION_RECORD } from './privileges.ts'
import { unknownForecast } from './table-plan.ts'
import { verifyBy } from './verification.ts'

type Context = MysqlContext<OnMigrations>

const LOCK = 'metadata lock, exclusive on each table for the moment it is created or altered'
const BLOCKS = 'statements that begin on a table while it is altered, for at most the lock guard’s seconds'

/** The action. */
export const applyMigration = defineAction({
  id: 'mysql/apply-migration',
  category: 'STORAGE',
  title: 'Apply pending migrations of the application',
  risk: 'HIGH',
  riskReason:
    'It changes the application’s schema for good: each statement commits by itself, and a file that stops in the middle is finished by hand.',
  issueCategories: ['APPLICATION', 'MISSING_TABLE'],
  parameters: MIGRATION_PARAMETERS,
  template:
    'the statements of the next {files} files after {recorded}, and INSERT INTO {record} (name, checksum) after each',
  estimatedDurationSeconds: 10,
  conditions: [
    intendedDatabase,
    migrationSchemaAllowed,
    onlyAdds,
    recordTakesRows,
    roomForAll,
    nobodyHoldsAltered,
    replicasCloseBehind(async () => 1),
    serverHealthy,
    serverWritable,
    noClusterWideDdl,
  ],
  guards: [...DDL_GUARDS, 'USE {schema}'],
  verification: 'The files are on record, and every table they create is there.',
  undo: {
    whyNot:
      'taking a migration back would drop what has been written since; the application’s own tool and a backup are for that',
  },
  limits: oncePerServer(HOUR / 6),
  privileges: [GRANT_MIGRATE, GRANT_MIGRATION_RECORD],
  render,
  forecast,
  // The candidate names no series: the error ends or does not, and the postcondition decides.
  verificationPlan: (context) =>
    verifyBy(context, {
      postcondition: 'the files are on record and the tables they create are there',
      metricName: 'pending_migrations',
      metricUnit: 'files',
    }),
  postcondition,
})

async function render(context: Context): Promise<Rendered> {
  const { params, policy, server, ask } = context
  const undo = { whyNot: 'what a migration made may hold rows by then; nothing is dropped' }
  const reading = await ask('migrations', {})
  if (!reading.known || reading.value === null) return { plan: { guards: [], steps: [] }, undo, objects: [] }
  const { schema, table } = reading.value
  const files = chosen(reading.value, params.files)
  const record = quotedTable({ schema, table })
  return {
    plan: {
      guards: [...ddlGuards(policy, server), guard(`USE ${quotedName(schema)}`)],
      steps: files.flatMap((file) => stepsOf(file, record, policy.statementTimeoutMs)),
    },
    undo,
    objects: files.map(({ name, checksum }) => ({ kind: 'migration', name, definitionDigest: checksum })),
  }
}

/** The file, and that it was applied. Its name holds letters, digits, dots, dashes and underscores, its checksum hex digits. */
const stepsOf = (
  { statements, name, checksum }: PendingMigration,
  record: string,
  timeoutMs: number,
): Step[] =>
  [...statements, `INSERT INTO ${record} (name, checksum) VALUES ('${name}', '${checksum}')`].map((text) =>
    statement(text, timeoutMs),
  )

async function forecast({ ask, params }: Context): Promise<Forecast> {
  const reading = await ask('migrations', {})
  if (!reading.known || reading.value === null) return unknownForecast(LOCK, BLOCKS)
  const files = chosen(reading.value, params.files)
  const statements = files.flatMap(({ statements: each }) => each).length
  return {
    lockClass: LOCK,
    blocks: BLOCKS,
    durationMs: {
      low: 10 * statements,
      expected: 200 * statements,
      high: 3_000 + workMs(0).high * statements,
    },
    rowsTouched: exactly(files.length),
    bytesWritten: NONE,
    replicaLagSeconds: NONE,
    diskPeakBytes: NONE,
    basis: `${statements} statements of ${files.map(({ name }) => name).join(', ')}; new tables are empty, altered ones small`,
  }
}

async function postcondition({ ask, params }: Context): Promise<Postcondition> {
  const reading = await ask('migrations', {})
  if (!reading.known) return { holds: 'unknown', found: reading.because }
  if (reading.value === null) return { holds: 'unknown', found: 'no folder of migrations is configured' }
  const { recorded, disagreement, made, schema } = reading.value
  const wanted = params.recorded + params.files
  if (disagreement !== null) return { holds: false, found: disagreement }
  if (recorded < wanted) return { holds: false, found: `${recorded} files are on record, not ${wanted}` }
  const created = made.filter(({ at, column }) => at >= params.recorded && at < wanted && column === null)
  for (const { table } of created) {
    const now = await ask('table', { schema, table })
    if (!now.known) return { holds: 'unknown', found: now.because }
    if (now.value === null) return { holds: false, found: `${schema}.${table} is not there` }
  }
  return {
    holds: true,
    found: `${recorded} files are on record; ${created.length} tables they create are there`,
  }
}
