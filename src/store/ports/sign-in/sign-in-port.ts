/** Signing in: passwords, links, sessions, tokens, roles in workspaces. For `serve` alone. */
import type { SignInPort } from '../../../core/sign-in-port.ts'
import { queriesOf, type StoreDatabase } from '../../database/store-database.ts'
import { flag } from '../../rows/cells.ts'
import { attempts } from './attempts.ts'
import { callers, membershipsOf } from './callers.ts'
import { doorRecords } from './door-records.ts'
import { links } from './links.ts'

/** The sign-in port over serve's store. */
export function signInPort(db: StoreDatabase): SignInPort {
  return {
    ...links(db),
    ...callers(db),
    ...attempts(db),
    ...doorRecords(db),
    memberships: () => membershipsOf(db),
    setMembership: (given) =>
      db.transaction(async (runner) => {
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
      }),
  }
}
