/** Targets, switches and windows: what an administrator keeps. */
import { sql } from 'kysely'
import { DbmedicError } from '../../core/errors.ts'
import type { ServePort } from '../../core/store-ports.ts'
import { queriesOf, type Runner } from '../database/store-database.ts'
import { cellsOf, flag, jsonText } from '../rows/cells.ts'

type TargetChange = Parameters<ServePort['updateTarget']>[1]

/** Adds a target to a workspace. */
export async function addTarget(
  runner: Runner,
  target: Parameters<ServePort['addTarget']>[0],
): Promise<number> {
  const q = queriesOf(runner.dialect)
  const { targetName, engine, connection, workspaceName } = target
  const row = { target_name: targetName, engine, connection: jsonText(connection) }
  if (workspaceName === undefined) return (await runner.write(q.insertInto('targets').values(row))).id
  const workspace = await runner.first(
    q.selectFrom('workspaces').select('workspace_id').where('workspace_name', '=', workspaceName),
  )
  const { workspace_id } = workspace ?? unknown(`workspace ${workspaceName}`)
  return (await runner.write(q.insertInto('targets').values({ ...row, workspace_id }))).id
}

/** Changes a target's connection or switches it. */
export async function updateTarget(runner: Runner, targetName: string, change: TargetChange): Promise<void> {
  const set = {
    ...(change.connection === undefined ? {} : { connection: jsonText(change.connection) }),
    ...(change.enabled === undefined ? {} : { enabled: flag(change.enabled) }),
  }
  const q = queriesOf(runner.dialect)
  const known = await runner.first(
    q.selectFrom('targets').select('target_id').where('target_name', '=', targetName),
  )
  if (known === null) unknown(`target ${targetName}`)
  if (Object.keys(set).length === 0) return
  await runner.write(q.updateTable('targets').set(set).where('target_name', '=', targetName))
}

/** Lifts a stop switch, once. */
export async function liftHalt(runner: Runner, haltId: number, by: string): Promise<void> {
  const written = await runner.write(
    queriesOf(runner.dialect)
      .updateTable('halts')
      .set({ lifted_by: by })
      .where('halt_id', '=', haltId)
      .where('lifted_by', 'is', null),
  )
  if (written.rows === 0) unknown(`halt ${haltId} that is on`)
}

/** Revokes a grant, once and at once. */
export async function revokeStanding(runner: Runner, standingApprovalId: number, by: string): Promise<void> {
  const written = await runner.write(
    queriesOf(runner.dialect)
      .updateTable('standing_approvals')
      .set({ revoked_by: by })
      .where('standing_approval_id', '=', standingApprovalId)
      .where('revoked_by', 'is', null),
  )
  if (written.rows === 0) unknown(`standing approval ${standingApprovalId} in force`)
}

/** Adds a change window. */
export async function addChangeWindow(
  runner: Runner,
  window: Parameters<ServePort['addChangeWindow']>[0],
): Promise<number> {
  const { time } = cellsOf(runner.dialect)
  const written = await runner.write(
    queriesOf(runner.dialect)
      .insertInto('change_windows')
      .values({
        target_id: window.targetId,
        starts_at: time(window.startsAt),
        ends_at: time(window.endsAt),
        created_by: window.createdBy,
        reason: window.reason,
      }),
  )
  return written.id
}

/** Switches an action: every version off, or the newest version on. */
export async function setActionEnabled(
  runner: Runner,
  actionName: string,
  change: { readonly enabled: boolean; readonly by: string },
): Promise<void> {
  const q = queriesOf(runner.dialect)
  const newest = await runner.first(
    q
      .selectFrom('predefined_actions')
      .select(sql<number | null>`MAX(action_version)`.as('version'))
      .where('action_name', '=', actionName),
  )
  if (newest === null || newest.version === null) unknown(`action ${actionName}`)
  let update = q
    .updateTable('predefined_actions')
    .set({ action_enabled: flag(change.enabled), enabled_set_by: change.by })
    .where('action_name', '=', actionName)
  if (change.enabled) update = update.where('action_version', '=', newest.version)
  await runner.write(update)
}

/** @throws DbmedicError DBM_STORE_NO_ROW */
export function unknown(what: string): never {
  throw new DbmedicError('DBM_STORE_NO_ROW', { what })
}
