/** Roles of logins in workspaces, and the workspaces. */
import type { Membership, SignInPort } from '../../../core/sign-in-port.ts'
import { queriesOf, type Runner, type StoreDatabase } from '../../database/store-database.ts'
import { flag } from '../../rows/cells.ts'
import { membershipsOf } from './callers.ts'

/** Workspaces in a list. */
const LIST_MOST = 1_000

type Memberships = Pick<SignInPort, 'memberships' | 'setMembership' | 'workspaces' | 'addWorkspace'>

/** Roles and workspaces over serve's store. */
export function memberships(db: StoreDatabase): Memberships {
  const q = queriesOf(db.dialect)
  return {
    memberships: () => membershipsOf(db),
    setMembership: (given) => db.transaction((runner) => setMembership(runner, given)),
    workspaces: async () => {
      const rows = await db.all(
        q
          .selectFrom('workspaces')
          .select(['workspace_id', 'workspace_name'])
          .orderBy('workspace_id')
          .limit(LIST_MOST),
      )
      return rows.map((row) => ({ workspaceId: row.workspace_id, workspaceName: row.workspace_name }))
    },
    addWorkspace: (workspaceName, by) =>
      db.transaction(async (runner) => {
        const { id } = await runner.write(
          q.insertInto('workspaces').values({ workspace_name: workspaceName }),
        )
        // Somebody must be able to let others in.
        const role = { userName: by, workspaceId: id, role: 'administrator', held: true, by } as const
        await setMembership(runner, role)
        return id
      }),
  }
}

/** Gives or takes a role. */
export async function setMembership(
  runner: Runner,
  given: Membership & { readonly held: boolean; readonly by: string },
): Promise<void> {
  const q = queriesOf(runner.dialect)
  const set = { is_held: flag(given.held), changed_by: given.by }
  const key = { user_id: given.userName, workspace_id: given.workspaceId, member_role: given.role }
  const known = await runner.write(
    q
      .updateTable('memberships')
      .set(set)
      .where('user_id', '=', key.user_id)
      .where('workspace_id', '=', key.workspace_id)
      .where('member_role', '=', key.member_role),
  )
  if (known.rows === 0 && given.held)
    await runner.write(q.insertInto('memberships').values({ ...key, ...set }))
}
