/** A person switches recovering from one kind of failure; the trigger of the row does it, and its rules judge it. */
import type { ServePort } from '../../core/store-ports.ts'
import { queriesOf, type Runner } from '../database/store-database.ts'
import { flag } from '../rows/cells.ts'
import { unknown } from './people-and-targets.ts'

/** @throws DbmedicError DBM_STORE_NO_ROW for a failure nobody looked at; DBM_STORE_REFUSED with the rule */
export async function switchRecovery(
  runner: Runner,
  { workspaceId, signature, on, reason, by }: Parameters<ServePort['switchRecovery']>[0],
): Promise<void> {
  const q = queriesOf(runner.dialect)
  const task = await runner.first(
    q
      .selectFrom('recovery_tasks as t')
      .innerJoin('failure_patterns as p', 'p.pattern_id', 't.pattern_id')
      .select('t.task_id')
      .where('p.workspace_id', '=', workspaceId)
      .where('p.signature', '=', signature),
  )
  if (task === null) unknown(`error ${signature}`)
  await runner.write(
    q.insertInto('recovery_switches').values({ task_id: task.task_id, is_on: flag(on), reason, set_by: by }),
  )
}
