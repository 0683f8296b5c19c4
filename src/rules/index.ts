/** The catalogue of code rules, and the seam they are written against. */
import { ddlHazard } from './ddl-hazard.ts'
import { implicitConversion } from './implicit-conversion.ts'
import { inListUnbounded } from './in-list-unbounded.ts'
import { lockOrder } from './lock-order.ts'
import { missingColumn } from './missing-column.ts'
import { missingIndex } from './missing-index.ts'
import { missingRetry } from './missing-retry.ts'
import { missingTable } from './missing-table.ts'
import { nPlusOne } from './n-plus-one.ts'
import { nonSargable } from './non-sargable.ts'
import { notInWithNull } from './not-in-with-null.ts'
import { offsetPagination } from './offset-pagination.ts'
import { orderByRand } from './order-by-rand.ts'
import type { CodeRule } from './rule.ts'
import { selectStar } from './select-star.ts'
import { sqlInjection } from './sql-injection.ts'
import { transactionLeak } from './transaction-leak.ts'
import { typeMismatch } from './type-mismatch.ts'
import { unboundedResult } from './unbounded-result.ts'
import { writeWithoutWhere } from './write-without-where.ts'

export {
  type CodeColumn,
  type CodeIndex,
  type CodeSchema,
  type CodeTable,
  type DeclaredAt,
  familyOf,
  nearestName,
} from './code-schema.ts'
export { meetingsIn } from './meetings.ts'
export { isSystemTable, resolveColumn } from './resolve-column.ts'
export {
  type CodeRule,
  type ColumnRetype,
  type Finding,
  type FindingSeverity,
  type RuleContext,
  SEVERITIES,
} from './rule.ts'
export {
  type CodeValue,
  type Coercion,
  type FileRole,
  FRAGMENT_TABLE,
  type Hole,
  type HolePlace,
  inOwnWords,
  isDynamic,
  type LoopContext,
  marker,
  type OffsetReach,
  type OpenList,
  type Origin,
  type OriginKind,
  type RowUse,
  type SourceSpan,
  type SourceStatement,
} from './source-statement.ts'
export type { OpenEnd, UnitOfWork, UnitStep } from './unit-of-work.ts'

/** Every rule, the gravest first. */
export const CODE_RULES: readonly CodeRule[] = [
  sqlInjection,
  typeMismatch,
  missingTable,
  missingColumn,
  transactionLeak,
  lockOrder,
  missingRetry,
  ddlHazard,
  implicitConversion,
  missingIndex,
  nPlusOne,
  nonSargable,
  offsetPagination,
  inListUnbounded,
  unboundedResult,
  orderByRand,
  writeWithoutWhere,
  notInWithNull,
  selectStar,
]
