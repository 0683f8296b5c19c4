/** The catalogue of actions: the explicit list of everything that may ever be done to a target. */
export { type ActionDescription, definitionDigest, toPredefinedAction } from './describe-action.ts'
export { HIDING_ACTIONS, hiddenIndexes } from './mysql/hidden-indexes.ts'
export { mysqlActions } from './mysql/index.ts'
export { type Inverse, inverseOf } from './mysql/inverse.ts'
export type { Condition, DescribedAction, MysqlAction } from './mysql/mysql-action.ts'
export { EXECUTOR_READS } from './mysql/privileges.ts'
export { sourceActions } from './source/index.ts'
export { inverseOfChange } from './source/inverse.ts'
