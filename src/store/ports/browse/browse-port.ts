/** Reads for people at a door. */
import type { BrowsePort } from '../../../core/browse-port.ts'
import { queriesOf, type StoreDatabase } from '../../database/store-database.ts'
import { approvers } from './approvers.ts'
import { figures } from './figures.ts'
import { pages } from './pages.ts'
import { placeOf } from './place.ts'
import { records } from './records.ts'
import { watchingCosts } from './watching-costs.ts'

/** The browse port over a store. Reading the chain's head needs the account of serve or of an auditor. */
export function browsePort(db: StoreDatabase): BrowsePort {
  const q = queriesOf(db.dialect)
  return {
    ...pages(db),
    ...figures(db),
    ...records(db),
    ...approvers(db),
    watchingCosts: () => watchingCosts(db),
    workspaceOf: async (targetId) => {
      const row = await db.first(
        q.selectFrom('targets').select('workspace_id').where('target_id', '=', targetId),
      )
      return row?.workspace_id ?? null
    },
    targetIds: async (workspaceId) =>
      (
        await db.all(
          q
            .selectFrom('targets')
            .select('target_id')
            .where('workspace_id', '=', workspaceId)
            .orderBy('target_id')
            .limit(5000),
        )
      ).map((row) => row.target_id),
    place: (table, key) => placeOf(db, table, key),
    newestSeq: async () => {
      const row = await db.first(q.selectFrom('audit_head').select('last_seq').where('head_id', '=', 1))
      return row?.last_seq ?? 0
    },
  }
}
