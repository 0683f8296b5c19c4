/** Every table of the store, in an order in which each only refers to earlier ones. */

import type { Table } from './table.ts'
import { AUDIT_TABLES } from './tables-audit.ts'
import { ERASURE_TABLES } from './tables-erasures.ts'
import { FAILURE_TABLES } from './tables-failures.ts'
import { PASSKEY_TABLES } from './tables-passkeys.ts'
import { PEOPLE_TABLES } from './tables-people.ts'
import { PIPELINE_TABLES } from './tables-pipeline.ts'
import { RECOVERY_TABLES } from './tables-recovery.ts'
import { SIGN_IN_TABLES } from './tables-sign-in.ts'
import { SUPPRESSION_TABLES } from './tables-suppressions.ts'
import { WATCH_TABLES } from './tables-watches.ts'

/** All tables. */
export const TABLES: readonly Table[] = [
  ...AUDIT_TABLES,
  ...PEOPLE_TABLES,
  ...PIPELINE_TABLES,
  ...SIGN_IN_TABLES,
  ...FAILURE_TABLES,
  ...SUPPRESSION_TABLES,
  ...RECOVERY_TABLES,
  ...WATCH_TABLES,
  ...PASSKEY_TABLES,
  ...ERASURE_TABLES,
]

/** The table of that name. @throws RangeError if there is none. */
export function tableNamed(name: string): Table {
  const found = TABLES.find((table) => table.name === name)
  if (found === undefined) throw new RangeError(`no table ${name}`)
  return found
}
