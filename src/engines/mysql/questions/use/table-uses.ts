/** How the conditions, order and output of a statement use the columns of each base table in it. */

import {
  columnParts,
  findIn,
  identifierText,
  items,
  literalNumber,
  member,
  type Node,
  unwrapped,
  variant,
} from '../../../../sql/index.ts'
import type { ColumnDefinition, TableUse } from '../../shapes.ts'
import { columnMismatch, literalFamily, literalMismatch } from './comparison-types.ts'
import type { Conjunct, QueryBlock, Relation, SortItem } from './query-blocks.ts'
import type { ResolvedColumn, Scope } from './scope.ts'

/** A longer IN list is a range to the optimizer and to us. */
const IN_MAX = 16
const RANGE_OPERATORS = new Set(['Gt', 'Lt', 'GtEq', 'LtEq'])
const EQUAL_OPERATORS = new Set(['Eq', 'Spaceship'])

interface Draft {
  readonly equal: Set<string>
  readonly range: Set<string>
  readonly output: Set<string>
  readonly wrapped: Map<string, TableUse['wrapped'][number]>
  readonly mismatched: Map<string, TableUse['mismatched'][number]>
  sort: TableUse['sort']
}

/** Collects the uses of one statement's blocks. */
export class TableUses {
  readonly notes = new Set<string>()
  readonly #scope: Scope
  readonly #drafts = new Map<Relation, Draft>()

  constructor(scope: Scope) {
    this.#scope = scope
  }

  /** Reads one block. Call once for each. */
  add(block: QueryBlock): void {
    for (const conjunct of block.conjuncts) this.#conjunct(conjunct, block)
    for (const { column, left, right } of block.using) this.#using(column, [...left, right], block)
    this.#sort(block)
    this.#output(block)
  }

  /** The use of a relation: columns that only are read are those in no other list. */
  useOf(
    relation: Relation,
  ): Pick<TableUse, 'equal' | 'range' | 'sort' | 'output' | 'wrapped' | 'mismatched'> {
    const { equal, range, output, wrapped, mismatched, sort } = this.#draft(relation)
    const searched = new Set([...equal, ...range, ...sort.map((item) => item.column)])
    return {
      equal: [...equal],
      range: [...range].filter((column) => !equal.has(column)),
      sort,
      output: [...output].filter((column) => !searched.has(column)),
      wrapped: [...wrapped.values()],
      mismatched: [...mismatched.values()],
    }
  }

  #draft(relation: Relation): Draft {
    const known = this.#drafts.get(relation)
    if (known !== undefined) return known
    const draft: Draft = {
      equal: new Set(),
      range: new Set(),
      output: new Set(),
      wrapped: new Map(),
      mismatched: new Map(),
      sort: [],
    }
    this.#drafts.set(relation, draft)
    return draft
  }

  #conjunct({ condition, only }: Conjunct, block: QueryBlock): void {
    // Whatever a condition says, its columns are read.
    this.#reads(condition, block)
    const found = variant(condition)
    if (found === null) return
    const usable = (side: ResolvedColumn | null): ResolvedColumn | null =>
      side !== null && side.block === block && (only === null || only.includes(side.via)) ? side : null
    if (found.name === 'BinaryOp') {
      this.#binary(found.payload, block, usable)
      return
    }
    if (found.name === 'InList') {
      this.#inList(found.payload, block, usable)
      return
    }
    if (found.name === 'Between') {
      this.#between(found.payload, block, usable)
      return
    }
    if (found.name === 'Like' || found.name === 'RLike') {
      this.#like(found, block, usable)
      return
    }
    // `WHERE JSON_CONTAINS(doc, …)`: a function is the condition.
    if (found.name === 'Function') this.#wrapped(condition, block, usable)
    else this.#searched(found, block, usable)
  }

  /** A column that is NULL, or in what a subquery gives, is searched for like one value. */
  #searched(
    found: { readonly name: string; readonly payload: Node },
    block: QueryBlock,
    usable: Usable,
  ): void {
    const isIn = found.name === 'InSubquery' && member(found.payload, 'negated') !== true
    if (!isIn && found.name !== 'IsNull') return
    const node = isIn ? member(found.payload, 'expr') : found.payload
    const side = usable(this.#scope.column(node, block))
    if (side !== null) this.#draft(side.relation).equal.add(side.column.column)
  }

  #binary(operation: Node, block: QueryBlock, usable: Usable): void {
    const operator = member(operation, 'op')
    if (operator === 'Or') {
      this.#either(operation, block, usable)
      return
    }
    const isEqual = typeof operator === 'string' && EQUAL_OPERATORS.has(operator)
    if (!isEqual && !(typeof operator === 'string' && RANGE_OPERATORS.has(operator))) return
    const sides = [member(operation, 'left'), member(operation, 'right')] as const
    for (const [own, other] of [sides, [sides[1], sides[0]] as const]) {
      this.#side({ own, other, into: isEqual ? 'equal' : 'range' }, block, usable)
    }
  }

  /** One side of a comparison: a column by itself can be searched, a column inside something cannot. */
  #side({ own, other, into }: Side, block: QueryBlock, usable: Usable): void {
    const parts = columnParts(own)
    if (parts === null) {
      this.#wrapped(own, block, usable)
      return
    }
    const side = usable(this.#scope.named(parts, block))
    if (side === null) return
    const draft = this.#draft(side.relation)
    if (columnParts(other) === null && this.#dependsOn(other, side.relation, block)) return
    const mismatch = this.#mismatch(side, other, block)
    if (mismatch === 'same table') return
    if (mismatch !== null) {
      mismatched(draft, side.column, mismatch)
      return
    }
    draft[into].add(side.column.column)
  }

  #mismatch(side: ResolvedColumn, other: Node, block: QueryBlock): string | null {
    const collate = variant(unwrapped(other))
    if (collate?.name === 'Collate') {
      const collation = identifierText(member(items(collate.payload, 'collation')[0], 'Identifier'))
      return collation !== null && collation !== side.column.collation && side.column.collation !== null
        ? `collation ${collation}`
        : null
    }
    const column = this.#scope.column(other, block)
    if (column === null) return literalMismatch(side.column, other)
    return column.relation === side.relation ? 'same table' : columnMismatch(side.column, column.column)
  }

  #dependsOn(node: Node, relation: Relation, block: QueryBlock): boolean {
    return findIn(node).columns.some((parts) => this.#scope.named(parts, block)?.relation === relation)
  }

  /** `a = 1 OR a = 2` on one column is an IN list; any other OR cannot be searched by one index. */
  #either(operation: Node, block: QueryBlock, usable: Usable): void {
    const compared = alternatives(operation).map((node) => {
      const equal = member(unwrapped(node), 'BinaryOp')
      const isEqual = member(equal, 'op') === 'Eq' && literalFamily(member(equal, 'right')) !== null
      return isEqual ? usable(this.#scope.column(member(equal, 'left'), block)) : null
    })
    const first = compared[0]
    if (first === undefined || first === null) return
    const isOne = compared.every((side) => side?.column === first.column && side.relation === first.relation)
    if (isOne)
      this.#draft(first.relation)[compared.length <= IN_MAX ? 'equal' : 'range'].add(first.column.column)
  }

  #inList(node: Node, block: QueryBlock, usable: Usable): void {
    if (member(node, 'negated') === true) return
    const own = member(node, 'expr')
    const list = items(node, 'list')
    if (variant(unwrapped(own))?.name === 'Tuple') {
      this.notes.add('a comparison of rows')
      return
    }
    if (columnParts(own) === null) {
      this.#wrapped(own, block, usable)
      return
    }
    const side = usable(this.#scope.column(own, block))
    if (side === null) return
    const draft = this.#draft(side.relation)
    const mismatch = list.map((item) => literalMismatch(side.column, item)).find((found) => found !== null)
    if (mismatch !== undefined && mismatch !== null) {
      mismatched(draft, side.column, mismatch)
      return
    }
    draft[list.length <= IN_MAX ? 'equal' : 'range'].add(side.column.column)
  }

  #between(node: Node, block: QueryBlock, usable: Usable): void {
    if (member(node, 'negated') === true) return
    for (const bound of ['low', 'high']) {
      this.#side({ own: member(node, 'expr'), other: member(node, bound), into: 'range' }, block, usable)
    }
  }

  #like(found: { readonly name: string; readonly payload: Node }, block: QueryBlock, usable: Usable): void {
    if (member(found.payload, 'negated') === true) return
    const own = member(found.payload, 'expr')
    const side = usable(this.#scope.column(own, block))
    if (side === null) {
      this.#wrapped(own, block, usable)
      return
    }
    const draft = this.#draft(side.relation)
    if (found.name === 'RLike') {
      wrapped(draft, side.column, 'REGEXP')
      return
    }
    const literal = variant(member(member(member(found.payload, 'pattern'), 'Value'), 'value'))
    if (typeof literal?.payload !== 'string' || literal.name === 'Placeholder') {
      this.notes.add('the pattern of a LIKE')
    } else if (/^[%_]/.test(literal.payload)) {
      wrapped(draft, side.column, 'leading wildcard')
    } else {
      draft.range.add(side.column.column)
    }
  }

  /** Columns inside an expression that is compared. */
  #wrapped(node: Node, block: QueryBlock, usable: Usable): void {
    const how = wrapping(node)
    if (how === null) return
    for (const parts of findIn(node).columns) {
      const side = usable(this.#scope.named(parts, block))
      if (side !== null) wrapped(this.#draft(side.relation), side.column, how)
    }
  }

  #using(column: string, relations: readonly Relation[], block: QueryBlock): void {
    for (const relation of relations) {
      const found = this.#scope
        .definition(relation)
        ?.columns.find((item) => item.column.toLowerCase() === column.toLowerCase())
      if (found !== undefined && block.relations.includes(relation))
        this.#draft(relation).equal.add(found.column)
    }
  }

  /** GROUP BY comes before ORDER BY; either serves only if all of it is plain columns of one table. */
  #sort(block: QueryBlock): void {
    const wanted = block.groupBy.length > 0 ? block.groupBy : block.orderBy
    const resolved = wanted.map((item) => ({
      item,
      side: this.#scope.column(this.#meant(item, block), block),
    }))
    for (const { item } of resolved) this.#reads(item.expression, block)
    const first = resolved[0]?.side ?? null
    if (first === null || !block.relations.includes(first.via)) return
    const { relation } = first
    const sort = resolved.flatMap(({ item, side }) =>
      side?.relation === relation ? [{ column: side.column.column, direction: item.direction }] : [],
    )
    if (sort.length === wanted.length) this.#draft(relation).sort = sort
  }

  /** ORDER BY 2 and ORDER BY alias mean an item of the projection. */
  #meant({ expression }: SortItem, block: QueryBlock): Node {
    const position = literalNumber(expression)
    if (position !== null) return member(block.projection[position - 1], 'UnnamedExpr')
    const parts = columnParts(expression)
    if (parts?.length !== 1) return expression
    const aliased = block.projection
      .map((item) => member(item, 'ExprWithAlias'))
      .find((item) => identifierText(member(item, 'alias'))?.toLowerCase() === parts[0]?.toLowerCase())
    return aliased === undefined ? expression : member(aliased, 'expr')
  }

  #output(block: QueryBlock): void {
    for (const item of block.projection) {
      const found = variant(item)
      if (found?.name === 'Wildcard') for (const relation of block.relations) this.#all(relation)
      else if (found?.name === 'QualifiedWildcard') this.#qualified(found.payload, block)
      else this.#reads(item, block)
    }
    this.#reads(block.others, block)
  }

  #qualified(payload: Node, block: QueryBlock): void {
    const text = JSON.stringify(payload)
    for (const relation of block.relations)
      if (text.includes(JSON.stringify(relation.alias))) this.#all(relation)
  }

  #all(relation: Relation): void {
    for (const column of this.#scope.definition(relation)?.columns ?? [])
      this.#draft(relation).output.add(column.column)
  }

  #reads(node: Node, block: QueryBlock): void {
    for (const parts of findIn(node).columns) {
      const side = this.#scope.named(parts, block)
      if (side !== null) this.#draft(side.relation).output.add(side.column.column)
      else if (!this.#scope.mayBeDerived(parts, block) && !isAliasOfProjection(parts, block)) {
        this.notes.add(`column ${parts.at(-1) ?? ''}`)
      }
    }
  }
}

type Usable = (side: ResolvedColumn | null) => ResolvedColumn | null

interface Side {
  readonly own: Node
  readonly other: Node
  readonly into: 'equal' | 'range'
}

function isAliasOfProjection(parts: readonly string[], block: QueryBlock): boolean {
  const name = parts.length === 1 ? parts[0]?.toLowerCase() : undefined
  return block.projection.some(
    (item) => identifierText(member(member(item, 'ExprWithAlias'), 'alias'))?.toLowerCase() === name,
  )
}

function mismatched(draft: Draft, column: ColumnDefinition, otherType: string): void {
  draft.mismatched.set(`${column.column} ${otherType}`, {
    column: column.column,
    columnType: column.columnType,
    otherType,
  })
}

function wrapped(draft: Draft, column: ColumnDefinition, how: string): void {
  draft.wrapped.set(`${column.column} ${how}`, { column: column.column, how })
}

function alternatives(operation: Node): readonly Node[] {
  const found: Node[] = []
  const waiting = [member(operation, 'left'), member(operation, 'right')]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const inner = member(unwrapped(next), 'BinaryOp')
    if (member(inner, 'op') === 'Or') waiting.push(member(inner, 'left'), member(inner, 'right'))
    else found.push(next)
  }
  return found
}

/** Nodes that wrap nothing. */
const NO_WRAPPING = new Set(['Value', 'Subquery', 'TypedString'])
const WRAPPINGS: { readonly [name: string]: string } = { Cast: 'CAST', Convert: 'CAST', Collate: 'COLLATE' }

/** What stands around a column, in a word or two; null for literals, parameters and subselects. */
function wrapping(node: Node): string | null {
  const found = variant(unwrapped(node))
  if (found === null || NO_WRAPPING.has(found.name)) return null
  if (found.name === 'Function') return functionName(found.payload)
  if (found.name === 'UnaryOp') return literalFamily(node) === null ? 'arithmetic' : null
  if (found.name !== 'BinaryOp') return WRAPPINGS[found.name] ?? found.name.toUpperCase()
  const operator = member(found.payload, 'op')
  return operator === 'Arrow' || operator === 'LongArrow' ? 'JSON path' : 'arithmetic'
}

function functionName(call: Node): string {
  return (identifierText(member(items(call, 'name').at(-1), 'Identifier')) ?? 'a function').toUpperCase()
}
