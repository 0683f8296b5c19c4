/**
 * A statement as query blocks: each SELECT, and the reading part of UPDATE and DELETE, with its relations, its
 * conjuncts, and everything else it computes from. Names are not resolved here.
 */
import {
  findIn,
  identifierText,
  isQuery,
  items,
  literalNumber,
  member,
  type Node,
  nameParts,
  unwrapped,
  variant,
} from '../../../../sql/index.ts'

/** A table or derived table in FROM. */
export interface Relation {
  readonly alias: string
  /** Null for a derived table, a CTE or anything else that is no table of the catalog. */
  readonly base: {
    readonly schema: string | null
    readonly table: string
    readonly isAliased: boolean
  } | null
}

/** One item of ORDER BY or GROUP BY. */
export interface SortItem {
  readonly expression: Node
  readonly direction: 'ASC' | 'DESC'
}

/** A condition that must hold. */
export interface Conjunct {
  readonly condition: Node
  /**
   * The only relations it restricts: in `a LEFT JOIN b ON …` the condition selects rows of b, while rows of a stay
   * whatever it says. Null: all.
   */
  readonly only: readonly Relation[] | null
}

/** One query block. */
export interface QueryBlock {
  readonly parent: QueryBlock | null
  readonly relations: Relation[]
  /** Conditions that all must hold: WHERE and the ON of joins. */
  readonly conjuncts: Conjunct[]
  /** Columns compared by USING, in the two sides' relations. */
  readonly using: { readonly column: string; readonly left: readonly Relation[]; readonly right: Relation }[]
  readonly projection: Node[]
  readonly groupBy: SortItem[]
  readonly orderBy: SortItem[]
  /** HAVING, assigned values and the like: columns here are read, not searched by. */
  readonly others: Node[]
}

/** A whole statement. */
export interface StatementBlocks {
  readonly blocks: readonly QueryBlock[]
  readonly hasLimit: boolean
  readonly offset: number | null
  /** Parts of the statement that were not understood. */
  readonly notes: readonly string[]
}

/** Relations and blocks read of one statement at most. */
const BLOCKS_MAX = 100

/** Splits a parsed statement into blocks. */
export function queryBlocks(statement: Node): StatementBlocks {
  const builder = new Builder()
  builder.statement(statement)
  return { blocks: builder.blocks, notes: [...new Set(builder.notes)], ...builder.limit }
}

/**
 * Why no table of a sample can be looked up or planned; null if all can. Without the database it ran in a plain name
 * means nothing, and whatever database our own session is in would be taken for it.
 */
export function missingDatabase(
  blocks: readonly QueryBlock[],
  database: string | null,
): { readonly because: string; readonly toProceed: string } | null {
  const isPlain = ({ base }: Relation): boolean => base !== null && base.schema === null
  if (database !== null || !blocks.some((block) => block.relations.some(isPlain))) return null
  return {
    because: 'it is not known in which database the statement ran',
    toProceed: 'Wait for another sample: the statement digests and the process list name it.',
  }
}

type Names = ReadonlySet<string>

class Builder {
  readonly blocks: QueryBlock[] = []
  readonly notes: string[] = []
  limit: Pick<StatementBlocks, 'hasLimit' | 'offset'> = { hasLimit: false, offset: null }

  statement(node: Node): void {
    const found = variant(node)
    if (found?.name === 'Query') {
      this.limit = limitOf(found.payload)
      this.#query(found.payload, null, new Set())
    } else if (found?.name === 'Insert') this.#insert(found.payload)
    else if (found?.name === 'Update') this.#update(found.payload)
    else if (found?.name === 'Delete') this.#delete(found.payload)
    else this.#note(`a statement of kind ${found?.name ?? 'unknown'}`)
  }

  #insert(node: Node): void {
    const source = member(node, 'source')
    if (isQuery(source)) this.#query(source, null, new Set())
  }

  #update(node: Node): void {
    const block = this.#block(null)
    this.#from([member(node, 'table')], block, new Set())
    this.#changing(node, block)
    block.others.push(...items(node, 'assignments').map((item) => member(item, 'value')))
    this.#subqueries(block, new Set())
  }

  #delete(node: Node): void {
    const block = this.#block(null)
    const from = member(node, 'from')
    const using = items(node, 'using')
    this.#from(
      using.length > 0 ? using : [...items(from, 'WithFromKeyword'), ...items(from, 'WithoutKeyword')],
      block,
      new Set(),
    )
    this.#changing(node, block)
    this.#subqueries(block, new Set())
  }

  #changing(node: Node, block: QueryBlock): void {
    block.conjuncts.push(...conjunctsOf(member(node, 'selection')))
    block.orderBy.push(...items(node, 'order_by').map(sortItem))
    this.limit = {
      hasLimit: member(node, 'limit') !== undefined && member(node, 'limit') !== null,
      offset: null,
    }
  }

  #query(node: Node, parent: QueryBlock | null, outer: Names): void {
    const names = new Set(outer)
    for (const cte of items(member(node, 'with'), 'cte_tables')) {
      const name = identifierText(member(member(cte, 'alias'), 'name'))
      if (name !== null) names.add(name)
      this.#query(member(cte, 'query'), null, names)
    }
    const before = this.blocks.length
    const isSingle = this.#body(member(node, 'body'), parent, names)
    const block = this.blocks[before]
    const order = items(member(member(node, 'order_by'), 'kind'), 'Expressions').map(sortItem)
    if (isSingle && block !== undefined) block.orderBy.push(...order)
  }

  /** True if it is one SELECT and not a set operation, whose ORDER BY sorts the result of all. */
  #body(node: Node, parent: QueryBlock | null, names: Names): boolean {
    const found = variant(node)
    if (found?.name === 'Select') {
      this.#select(found.payload, parent, names)
      return true
    }
    if (found?.name === 'SetOperation') {
      this.#body(member(found.payload, 'left'), parent, names)
      this.#body(member(found.payload, 'right'), parent, names)
      return false
    }
    if (found?.name === 'Query') {
      this.#query(found.payload, parent, names)
      return false
    }
    if (found?.name !== 'Values') this.#note('a part of the query')
    return false
  }

  #select(node: Node, parent: QueryBlock | null, names: Names): void {
    const block = this.#block(parent)
    this.#from(items(node, 'from'), block, names)
    block.conjuncts.push(...conjunctsOf(member(node, 'selection')))
    block.projection.push(...items(node, 'projection'))
    const grouping = items(member(node, 'group_by'), 'Expressions')[0]
    if (Array.isArray(grouping))
      block.groupBy.push(...grouping.map((expression) => ({ expression, direction: 'ASC' as const })))
    block.others.push(member(node, 'having'))
    this.#subqueries(block, names)
  }

  #from(from: readonly Node[], block: QueryBlock, names: Names): void {
    for (const item of from) {
      this.#relation(member(item, 'relation'), block, names)
      for (const join of items(item, 'joins')) this.#join(join, block, names)
    }
  }

  #join(join: Node, block: QueryBlock, names: Names): void {
    const left = [...block.relations]
    this.#relation(member(join, 'relation'), block, names)
    const right = block.relations.at(-1)
    const operator = member(join, 'join_operator')
    const constraint = variant(operator)?.payload
    const on = member(constraint, 'On')
    if (on !== undefined)
      block.conjuncts.push(...conjunctsOf(on, restricted(variant(operator)?.name ?? '', left, right)))
    for (const name of items(constraint, 'Using')) {
      const column = nameParts(name)?.[0]
      if (column !== undefined && right !== undefined) block.using.push({ column, left, right })
    }
    if (constraint === 'Natural') this.#note('NATURAL JOIN')
  }

  #relation(node: Node, block: QueryBlock, names: Names): void {
    const found = variant(node)
    const alias = identifierText(member(member(found?.payload, 'alias'), 'name'))
    if (found?.name === 'Table') {
      block.relations.push(tableRelation(found.payload, alias, names))
    } else if (found?.name === 'NestedJoin') {
      this.#from([member(found.payload, 'table_with_joins')], block, names)
    } else {
      block.relations.push({ alias: alias ?? '', base: null })
      this.#derived(found, block, names)
    }
  }

  #derived(found: ReturnType<typeof variant>, block: QueryBlock, names: Names): void {
    if (found?.name !== 'Derived') {
      this.#note(`a table of kind ${found?.name ?? 'unknown'}`)
      return
    }
    const isLateral = member(found.payload, 'lateral') === true
    this.#query(member(found.payload, 'subquery'), isLateral ? block : null, names)
  }

  #subqueries(block: QueryBlock, names: Names): void {
    const sorted = [...block.groupBy, ...block.orderBy].map((item) => item.expression)
    const { queries } = findIn([
      block.projection,
      block.conjuncts.map((item) => item.condition),
      block.others,
      sorted,
    ])
    for (const query of queries) this.#query(query, block, names)
  }

  #block(parent: QueryBlock | null): QueryBlock {
    const block: QueryBlock = {
      parent,
      relations: [],
      conjuncts: [],
      using: [],
      projection: [],
      groupBy: [],
      orderBy: [],
      others: [],
    }
    if (this.blocks.length < BLOCKS_MAX) this.blocks.push(block)
    else this.#note('more than 100 query blocks')
    return block
  }

  #note(what: string): void {
    this.notes.push(what)
  }
}

function tableRelation(node: Node, alias: string | null, names: Names): Relation {
  const parts = nameParts(member(node, 'name'))
  const table = parts?.at(-1)
  if (parts === null || table === undefined || parts.length > 2) return { alias: alias ?? '', base: null }
  const isCte = parts.length === 1 && names.has(table)
  const schema = parts.length === 2 ? (parts[0] ?? null) : null
  return { alias: alias ?? table, base: isCte ? null : { schema, table, isAliased: alias !== null } }
}

function restricted(
  join: string,
  left: readonly Relation[],
  right: Relation | undefined,
): readonly Relation[] | null {
  if (right !== undefined && /^Left/.test(join)) return [right]
  return /^Right/.test(join) ? left : null
}

function conjunctsOf(node: Node, only: Conjunct['only'] = null): readonly Conjunct[] {
  const conjuncts: Conjunct[] = []
  const waiting = [node]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const inner = unwrapped(next)
    const operation = member(inner, 'BinaryOp')
    if (member(operation, 'op') === 'And') waiting.push(member(operation, 'right'), member(operation, 'left'))
    else if (inner !== null) conjuncts.push({ condition: inner, only })
  }
  return conjuncts
}

function sortItem(node: Node): SortItem {
  return {
    expression: member(node, 'expr'),
    direction: member(member(node, 'options'), 'asc') === false ? 'DESC' : 'ASC',
  }
}

function limitOf(node: Node): Pick<StatementBlocks, 'hasLimit' | 'offset'> {
  const found = variant(member(node, 'limit_clause'))
  if (found === null) return { hasLimit: false, offset: null }
  const offset = member(found.payload, 'offset')
  return { hasLimit: true, offset: literalNumber(member(offset, 'value') ?? offset) }
}
