// What one statement does with which names, as read from its tree; shapes only.

import type { Node } from './syntax.ts'

/** Half-open range of UTF-16 offsets in the parsed text. */
export interface TextSpan {
  readonly start: number
  readonly end: number
}

/** A possibly qualified name as it stands in the text. */
export interface NameRef {
  /** `['schema', 'table', 'column']` from its right end; as written, without quotes. */
  readonly parts: readonly string[]
  /** The quote of the last part, or null. */
  readonly quote: string | null
  readonly span: TextSpan
}

/** Something in FROM. */
export interface Source {
  /** Alias or the table's own name, lower case; '' if it has none. */
  readonly alias: string
  /** The base table; null for a derived table, a function or a common table expression. */
  readonly table: NameRef | null
  /** Column names, lower case, of a derived table; null if not known or if it is a base table. */
  readonly columns: readonly string[] | null
}

/** A column named somewhere in an expression or as a target. */
export interface ColumnUse {
  readonly name: NameRef
  readonly block: Block
}

/** One SELECT, UPDATE, DELETE or INSERT with what can be named in it. */
export interface Block {
  readonly kind: 'select' | 'insert' | 'update' | 'delete'
  readonly parent: Block | null
  readonly sources: Source[]
  /** Aliases of output columns, lower case. */
  readonly outputs: Set<string>
  /** True if an output is a star, so that its names are not known from the text. */
  star: boolean
  /** True for the subselect of EXISTS, whose select list nobody reads. */
  readonly inExists: boolean
}

/** `*` or `t.*` in a select list. */
export interface StarUse {
  readonly block: Block
  /** `t` of `t.*`, lower case, or null. */
  readonly qualifier: string | null
  /** True for the outermost select list, which the application receives. */
  readonly outermost: boolean
  readonly span: TextSpan
}

/** How two expressions meet. `assign`: SET c = v, or the value of an INSERT's column. */
export type Meeting = 'equal' | 'unequal' | 'range' | 'like' | 'in' | 'not-in' | 'assign'

/** Two expressions that meet in a predicate or an assignment. */
export interface Comparison {
  readonly how: Meeting
  readonly left: Node
  readonly right: Node
  readonly block: Block
}

/** `x NOT IN (SELECT ...)`: what is selected and where. */
export interface NotInSubquery {
  readonly left: Node
  /** The subselect's block and its one output expression, null if it is not one expression. */
  readonly block: Block
  readonly output: Node
  /** The subselect's own condition. */
  readonly selection: Node
}

/** An UPDATE or DELETE. */
export interface WriteUse {
  readonly kind: 'update' | 'delete'
  readonly table: NameRef | null
  readonly hasWhere: boolean
  readonly hasLimit: boolean
  /** True where other tables restrict it (FROM, USING, JOIN). */
  readonly joined: boolean
}

/** What a statement names and does. */
export interface StatementFacts {
  /** The variant of the tree's root: `Query`, `Insert`, `CreateTable` and so on. */
  readonly root: string
  readonly tables: readonly { readonly name: NameRef; readonly block: Block }[]
  readonly columns: readonly ColumnUse[]
  readonly comparisons: readonly Comparison[]
  readonly notIns: readonly NotInSubquery[]
  readonly stars: readonly StarUse[]
  readonly writes: readonly WriteUse[]
  /** Expressions of every ORDER BY. */
  readonly sortKeys: readonly Node[]
  /** True if an INSERT takes its rows from a `SELECT *`. */
  readonly insertsStar: boolean
}
