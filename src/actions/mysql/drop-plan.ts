/** How an index is dropped, as an action and as the inverse of building one. */
import type { ActionPolicy } from '../../core/action.ts'
import type { Plan } from '../../core/plan.ts'
import { isMariadb, type ServerKind, versionNumber } from './flavour.ts'
import { ddlGuards, guard, statement } from './guards.ts'

/** From 11.5 on alter_algorithm is ignored (MDEV-33655). */
const ALTER_ALGORITHM_IGNORED = 110_500

/**
 * The plan that drops an index. MySQL takes ALGORITHM and LOCK in DROP INDEX. MariaDB's grammar has neither there
 * (error 1064 on 10.11), and ALTER TABLE … DROP INDEX would need ALTER instead of INDEX; so a guard forbids copying
 * up to 11.4. Later versions drop a secondary index of InnoDB in place whatever is set.
 * @param index and table, already quoted.
 */
export function dropIndexPlan(
  names: { readonly index: string; readonly table: string },
  policy: ActionPolicy,
  server: ServerKind,
): Plan {
  const drop = `DROP INDEX ${names.index} ON ${names.table}`
  const guards = ddlGuards(policy, server)
  if (!isMariadb(server)) {
    return { guards, steps: [statement(`${drop} ALGORITHM=INPLACE LOCK=NONE`, policy.statementTimeoutMs)] }
  }
  const forbidsCopy = (versionNumber(server.version) ?? 0) < ALTER_ALGORITHM_IGNORED
  return {
    guards: forbidsCopy ? [...guards, guard("SET SESSION alter_algorithm='INPLACE'")] : guards,
    steps: [statement(drop, policy.statementTimeoutMs)],
  }
}
