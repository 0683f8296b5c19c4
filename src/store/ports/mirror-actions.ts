/** The catalogue's mirror: new versions are added, old ones stay, nothing is changed in place. */
import { DbmedicError } from '../../core/errors.ts'
import type { PredefinedAction } from '../../core/nouns.ts'
import { queriesOf, type Runner } from '../database/store-database.ts'
import { flag, jsonText } from '../rows/cells.ts'

/** An action as the catalogue has it. */
export type CatalogueAction = Omit<PredefinedAction, 'actionId'>

/**
 * Adds the versions the store does not know. `actionEnabled` is only a new row's first value: what a person
 * switched stays switched, also for a newer version of a disabled action.
 * @throws DbmedicError DBM_ACTION_CHANGED if a known version has another definition.
 */
export async function mirrorActions(runner: Runner, actions: readonly CatalogueAction[]): Promise<void> {
  const q = queriesOf(runner.dialect)
  const rows = await runner.all(
    q
      .selectFrom('predefined_actions')
      .select([
        'engine',
        'action_name',
        'action_version',
        'definition_digest',
        'action_enabled',
        'enabled_set_by',
      ])
      .orderBy('action_version')
      .limit(10_000),
  )
  const known = new Map(rows.map((row) => [keyOf(row.engine, row.action_name, row.action_version), row]))
  const switchedOff = new Map(
    rows.map((row) => [row.action_name, row.action_enabled === 0 && row.enabled_set_by !== null]),
  )
  for (const action of actions) {
    const found = known.get(keyOf(action.engine, action.actionName, action.actionVersion))
    if (found === undefined) {
      await insert(runner, action, action.actionEnabled && switchedOff.get(action.actionName) !== true)
    } else if (found.definition_digest !== action.definitionDigest) {
      throw new DbmedicError('DBM_ACTION_CHANGED', {
        action: action.actionName,
        version: action.actionVersion,
      })
    }
  }
}

const keyOf = (engine: string, name: string, version: number): string => `${engine}\0${name}\0${version}`

async function insert(runner: Runner, action: CatalogueAction, enabled: boolean): Promise<void> {
  await runner.write(
    queriesOf(runner.dialect)
      .insertInto('predefined_actions')
      .values({
        action_name: action.actionName,
        action_version: action.actionVersion,
        engine: action.engine,
        action_category: action.actionCategory,
        execution_query: action.executionQuery,
        risk_level: action.riskLevel,
        applicable_issue_categories: jsonText(action.applicableIssueCategories),
        requires_manual_verification: flag(action.requiresManualVerification),
        action_enabled: flag(enabled),
        estimated_duration_seconds: action.estimatedDurationSeconds,
        parameter_schema: jsonText(action.parameterSchema),
        preconditions: jsonText(action.preconditions),
        guards: jsonText(action.guards),
        verification: action.verification,
        undo_action: action.undo,
        binds_connection: flag(bindsConnection(action)),
        definition_digest: action.definitionDigest,
      }),
  )
}

/** An action that takes a connection as parameter is about that connection's life. */
function bindsConnection(action: CatalogueAction): boolean {
  const schema = action.parameterSchema
  if (schema === null || typeof schema !== 'object') return false
  return Object.values(schema).some(
    (parameter: unknown) =>
      typeof parameter === 'object' &&
      parameter !== null &&
      'type' in parameter &&
      parameter.type === 'connection',
  )
}
