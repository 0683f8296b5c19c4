/** Which column a name in a query block means, by the catalog's definitions. Nothing is guessed. */

import { columnParts, identifierText, member, type Node } from '../../../../sql/index.ts'
import type { ColumnDefinition, TableDefinition } from '../../shapes.ts'
import type { QueryBlock, Relation } from './query-blocks.ts'

/** A column of a base table in some block. */
export interface ResolvedColumn {
  readonly relation: Relation
  /** The relation of `block` it is seen through: a view or derived table, else `relation` itself. */
  readonly via: Relation
  readonly block: QueryBlock
  readonly column: ColumnDefinition
}

/** Resolves names in the blocks of one statement. */
export class Scope {
  readonly #tables: ReadonlyMap<Relation, TableDefinition>
  readonly #foldsCase: boolean

  /** `foldsCase`: names of tables compare without case (`lower_case_table_names` 1 or 2). Columns always do. */
  constructor(tables: ReadonlyMap<Relation, TableDefinition>, foldsCase: boolean) {
    this.#tables = tables
    this.#foldsCase = foldsCase
  }

  /** The definition behind a relation; undefined for derived and unknown tables. */
  definition(relation: Relation): TableDefinition | undefined {
    return this.#tables.get(relation)
  }

  /** The column an expression is; null if it is none, or not for certain. */
  column(node: Node, block: QueryBlock): ResolvedColumn | null {
    const parts = columnParts(node)
    return parts === null ? null : this.named(parts, block)
  }

  /**
   * The column of that name: in the block, else in the ones around it. A name that one base table has is that
   * table's even beside derived tables, for the server would have refused an ambiguous one.
   */
  named(parts: readonly string[], block: QueryBlock): ResolvedColumn | null {
    const name = (parts.at(-1) ?? '').toLowerCase()
    for (let at: QueryBlock | null = block; at !== null; at = at.parent) {
      const candidates = at.relations.filter((relation) => this.#isQualifiedBy(relation, parts.slice(0, -1)))
      const found = candidates.flatMap((relation) => {
        const column = this.#columnOf(relation, name)
        return column === null ? [] : [{ ...column, via: relation, block: at as QueryBlock }]
      })
      const isJoinedBy = at.using.some((item) => item.column.toLowerCase() === name)
      if (found.length > 0) return found.length === 1 || isJoinedBy ? (found[0] ?? null) : null
      if (parts.length > 1 && candidates.length > 0) return null
    }
    return null
  }

  /** The column a relation calls so; through a view or derived table that is merged, the one behind it. */
  #columnOf(relation: Relation, name: string): Pick<ResolvedColumn, 'relation' | 'column'> | null {
    const { merged } = relation
    if (merged === undefined) {
      const column = this.#tables.get(relation)?.columns.find((item) => item.column.toLowerCase() === name)
      return column === undefined ? null : { relation, column }
    }
    const parts = chosenAs(merged, name)
    // Names inside mean what is inside: a derived table sees nothing of the block it stands in.
    const found = parts === null ? null : this.named(parts, { ...merged, parent: null })
    return found === null ? null : { relation: found.relation, column: found.column }
  }

  /** Whether a name could belong to something that is no base table here, so that not finding it says nothing. */
  mayBeDerived(parts: readonly string[], block: QueryBlock): boolean {
    for (let at: QueryBlock | null = block; at !== null; at = at.parent) {
      const candidates = at.relations.filter((relation) => this.#isQualifiedBy(relation, parts.slice(0, -1)))
      if (candidates.some((relation) => relation.base === null)) return true
    }
    return false
  }

  #isQualifiedBy(relation: Relation, qualifier: readonly string[]): boolean {
    const [first, second] = qualifier
    if (first === undefined) return true
    if (second === undefined) return this.#same(relation.alias, first)
    // MySQL writes `schema`.`alias`.`column` for a view's column inside of another view's definition.
    if (relation.viewSchema !== undefined)
      return this.#same(relation.viewSchema, first) && this.#same(relation.alias, second)
    const definition = this.#tables.get(relation)
    const isPlain = definition !== undefined && relation.base?.isAliased === false
    return isPlain && this.#same(definition.schema, first) && this.#same(definition.table, second)
  }

  #same(left: string, right: string): boolean {
    return left === right || (this.#foldsCase && left.toLowerCase() === right.toLowerCase())
  }
}

/** The name inside a block of the plain column it gives as `name`; null if it computes it, or gives none such. */
function chosenAs(block: QueryBlock, name: string): readonly string[] | null {
  for (const item of block.projection) {
    const aliased = member(item, 'ExprWithAlias')
    const parts = columnParts(aliased === undefined ? member(item, 'UnnamedExpr') : member(aliased, 'expr'))
    const called = aliased === undefined ? parts?.at(-1) : identifierText(member(aliased, 'alias'))
    if (called?.toLowerCase() === name) return parts
  }
  const isAll = block.projection.some((item) => member(item, 'Wildcard') !== undefined)
  return isAll ? [name] : null
}
