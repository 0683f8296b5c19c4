/** The account that may EXPLAIN: a second one, so that the monitor itself can read no rows of applications. */
import { DbmedicError } from '../../../core/errors.ts'
import { identifierProblem } from '../../../sql/identifiers.ts'
import { quoteIdentifier, quoteQualified } from '../../../sql/quoting.ts'
import type { TargetSession } from '../connect.ts'
import { readStatistics, type StoredStatistics } from '../snapshots/innodb-statistics.ts'
import { TargetError } from '../target-error.ts'
import { type Probe, type ProbeContext, quotedAccount, report } from './capability.ts'

const SCHEMAS_MAX = 50
const CONSEQUENCE = 'Plans cannot be asked for, so a missing index cannot be told from stale statistics.'
const VIEWS_CONSEQUENCE =
  'Statements that read through views can neither be planned nor followed to their tables.'

/** Whether plans can be asked for, tried with one EXPLAIN a schema. */
export const plannerProbe: Probe = {
  ids: ['planner'],
  async run(context) {
    const tables = oneTableEach(
      await readStatistics(context).catch(() => new Map<string, StoredStatistics>()),
    )
    const { planner } = context
    if (planner === null)
      return [
        report('planner', false, {
          found: 'no planner account is configured',
          consequence: CONSEQUENCE,
          remedy: newAccount(context, tables),
        }),
      ]
    const opened = await planner.open().catch((error: unknown) => error)
    if (opened instanceof DbmedicError) {
      return [
        report('planner', false, { found: opened.message, consequence: CONSEQUENCE, remedy: [opened.hint] }),
      ]
    }
    const denied = await deniedSchemas(planner, tables)
    const hidden = await schemasOfHiddenViews(planner, tables)
    const account = quotedAccount(planner.server?.account ?? `${planner.user}@%`)
    const grant = (right: string) => (schema: string) =>
      `GRANT ${right} ON ${quoteIdentifier(schema, 'mysql')}.* TO ${account}`
    const lacks = [
      ...(denied.length === 0 ? [] : [`no SELECT in ${denied.join(', ')}`]),
      ...(hidden.length === 0 ? [] : [`no SHOW VIEW in ${hidden.join(', ')}, which have views`]),
    ]
    return [
      report('planner', lacks.length === 0, {
        found: lacks.length === 0 ? `${account} may EXPLAIN in ${tables.length} schemas` : lacks.join('; '),
        consequence: denied.length === 0 ? VIEWS_CONSEQUENCE : CONSEQUENCE,
        remedy: [...denied.map(grant('SELECT')), ...hidden.map(grant('SHOW VIEW'))],
      }),
    ]
  },
}

/** Of the schemas of these tables those whose views the planner can read and not look into. */
async function schemasOfHiddenViews(
  planner: TargetSession,
  tables: readonly StoredStatistics[],
): Promise<readonly string[]> {
  const hidden: string[] = []
  for (const { schema } of tables) {
    const rows = await planner.query(
      "SELECT TABLE_NAME FROM information_schema.VIEWS WHERE TABLE_SCHEMA = ? AND VIEW_DEFINITION = '' LIMIT 1",
      [schema],
    )
    if (rows.length > 0) hidden.push(schema)
  }
  return hidden
}

/** Of each schema one table, of those whose names may stand in a statement: nobody asks for a plan of the others. */
function oneTableEach(stored: ReadonlyMap<string, StoredStatistics>): readonly StoredStatistics[] {
  const first = new Map<string, StoredStatistics>()
  for (const one of stored.values()) {
    const mayBeNamed = [one.schema, one.table].every((name) => identifierProblem(name, 'mysql') === null)
    if (mayBeNamed && !first.has(one.schema)) first.set(one.schema, one)
  }
  return [...first.values()].slice(0, SCHEMAS_MAX)
}

async function deniedSchemas(
  planner: TargetSession,
  tables: readonly StoredStatistics[],
): Promise<readonly string[]> {
  const denied: string[] = []
  for (const { schema, table } of tables) {
    try {
      await planner.query(`EXPLAIN SELECT 1 FROM ${quoteQualified([schema, table], 'mysql')}`)
    } catch (error) {
      if (!(error instanceof TargetError) || error.code !== 'DBM_TARGET_DENIED') throw error
      denied.push(schema)
    }
  }
  return denied
}

function newAccount(context: ProbeContext, tables: readonly StoredStatistics[]): readonly string[] {
  const host = context.server.account.slice(context.server.account.lastIndexOf('@') + 1)
  const account = quotedAccount(`dbm_plan@${host}`)
  return [
    `CREATE USER ${account} IDENTIFIED BY '...' WITH MAX_USER_CONNECTIONS 2`,
    ...tables.map(
      ({ schema }) => `GRANT SELECT, SHOW VIEW ON ${quoteIdentifier(schema, 'mysql')}.* TO ${account}`,
    ),
    'name the account under `planner` of this target',
  ]
}
