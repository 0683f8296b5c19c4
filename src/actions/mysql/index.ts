/** The whitelist for MySQL and MariaDB: what is not in this list cannot be done. */
import type { Sha256 } from '../../core/canonical.ts'
import { analyzeTable } from './analyze-table.ts'
import { createHiddenIndex } from './create-hidden-index.ts'
import { createIndex } from './create-index.ts'
import { hideIndex } from './hide-index.ts'
import { killIdleReader } from './kill-idle-reader.ts'
import type { DescribedAction } from './mysql-action.ts'
import { showIndex } from './show-index.ts'

/** All actions of the engine `mysql`, by topic. `sha256` names new indexes. */
export function mysqlActions(sha256: Sha256): readonly DescribedAction[] {
  return [analyzeTable, createIndex(sha256), createHiddenIndex(sha256), hideIndex, showIndex, killIdleReader]
}
