/** One operation of the plan of a statement, with what feeds it. Names and numbers only: no literal, no value of a row. */

/** What a step does. `join`: for each row of one input, the rows of the next. `subquery`: asked for beside the rows. */
export type PlanOperation =
  | 'table'
  | 'join'
  | 'select'
  | 'sort'
  | 'group'
  | 'distinct'
  | 'window'
  | 'temporary'
  | 'union'
  | 'materialise'
  | 'subquery'

/** A step. What is left out was not said by the server. */
export interface PlanStep {
  readonly operation: PlanOperation
  /** Of a table: as the plan names it, which is the alias, or `<derived2>` and the like. */
  readonly name?: string
  /** `shop.orders`, where the name is of one base table. */
  readonly table?: string
  /** How it is read: `ALL`, `index`, `range`, `ref`, `eq_ref`, `const`, … */
  readonly access?: string
  readonly key?: string
  /** Rows expected to be read each time it is done. */
  readonly estimatedRows?: number
  /** Rows really read each time, where the statement was run for its plan or logged with it. */
  readonly actualRows?: number
  /** Percent of the rows read that are expected to be used. */
  readonly filteredPercent?: number
  /** How often it is done: the rows that what comes before it in its join passes on, by actual rows where they are known. */
  readonly passes?: number
  /** True: rows are collected in a join buffer and compared many at once, or hashed. */
  readonly buffered?: true
  /** True: it is done anew for each row around it. */
  readonly dependent?: true
  readonly inputs: readonly PlanStep[]
}
