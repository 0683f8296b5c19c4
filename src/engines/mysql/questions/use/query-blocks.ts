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
  /**
   * What its columns are columns of, where the server merges it into the block it stands in: a view or derived table that only
   * chooses rows and columns. Left out: it is a table, or is made row by row before anything is searched in it.
   * https://dev.mysql.com/doc/refman/8.4/en/derived-table-optimization.html
   */
  readonly merged?: QueryBlock
  /** The schema of the view it is; left out where it is none. */
  readonly viewSchema?: string
}

/** The query a view stands for, parsed; tables it names without a schema are of `schema`. */
export interface ViewQuery {
  readonly schema: string
  readonly query: Node
}

/** The view of that name; null where there is none, or it could not be read. */
export type ViewOf = (name: { readonly schema: string | null; readonly table: string }) => ViewQuery | null

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

/** Views within views that are followed. */
const VIEW_DEPTH_MAX = 8

/** Splits a parsed statement into blocks; those of the views it reads through are among them. */
export function queryBlocks(statement: Node, viewOf: ViewOf = () => null): StatementBlocks {
  const builder = new Builder(viewOf)
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
  readonly #viewOf: ViewOf
  /** Schemas of the views being read, the innermost last. */
  readonly #inViews: string[] = []
  readonly blocks: QueryBlock[] = []
  readonly notes: string[] = []
  limit: Pick<StatementBlocks, 'hasLimit' | 'offset'> = { hasLimit: false, offset: null }

  constructor(viewOf: ViewOf) {
    this.#viewOf = viewOf
  }

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
      this.#table(tableRelation(found.payload, alias, names), block)
    } else if (found?.name === 'NestedJoin') {
      this.#from([member(found.payload, 'table_with_joins')], block, names)
    } else {
      const merged = this.#derived(found, block, names)
      const isRenamed = items(member(found?.payload, 'alias'), 'columns').length > 0
      this.#through(block, { alias: alias ?? '', merged: isRenamed ? null : merged })
    }
  }

  /** A table, or the query of the view of that name. */
  #table(relation: Relation, block: QueryBlock): void {
    const schema = relation.base?.schema ?? this.#inViews.at(-1) ?? null
    const base = relation.base === null ? null : { ...relation.base, schema }
    const view =
      base === null || this.#inViews.length >= VIEW_DEPTH_MAX || this.blocks.length >= BLOCKS_MAX
        ? null
        : this.#viewOf(base)
    if (view === null) {
      block.relations.push({ ...relation, base })
      return
    }
    this.#inViews.push(view.schema)
    const merged = this.#whole(view.query, null, new Set())
    this.#inViews.pop()
    this.#through(block, { alias: relation.alias, merged, viewSchema: view.schema })
  }

  #through(
    block: QueryBlock,
    { merged, ...named }: Pick<Relation, 'alias' | 'viewSchema'> & { readonly merged: QueryBlock | null },
  ): void {
    block.relations.push({ ...named, base: null, ...(merged === null ? {} : { merged }) })
  }

  #derived(found: ReturnType<typeof variant>, block: QueryBlock, names: Names): QueryBlock | null {
    if (found?.name !== 'Derived') {
      this.#note(`a table of kind ${found?.name ?? 'unknown'}`)
      return null
    }
    const isLateral = member(found.payload, 'lateral') === true
    return this.#whole(member(found.payload, 'subquery'), isLateral ? block : null, names)
  }

  /** Reads a query that is a table here; its block if the server merges it with the one it stands in. */
  #whole(node: Node, parent: QueryBlock | null, names: Names): QueryBlock | null {
    const before = this.blocks.length
    this.#query(node, parent, names)
    return isMerged(node) ? (this.blocks[before] ?? null) : null
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

/** Clauses of a SELECT whose rows are made before anything is searched in them. */
const MAKES_ROWS = ['distinct', 'top', 'having', 'qualify'] as const
const MAKES_ROWS_OF_A_QUERY = ['with', 'limit_clause', 'fetch'] as const
const AGGREGATES =
  /^(?:any_value|avg|bit_(?:and|or|xor)|count|group_concat|json_(?:array|object)agg|max|min|st_collect|std|stddev(?:_pop|_samp)?|sum|var_pop|var_samp|variance)$/i

/** Whether a query only chooses rows and columns of its tables. */
function isMerged(query: Node): boolean {
  const select = member(member(query, 'body'), 'Select')
  const isGiven = (node: Node): boolean => node !== undefined && node !== null && node !== false
  if (select === undefined || MAKES_ROWS_OF_A_QUERY.some((name) => isGiven(member(query, name)))) return false
  if (MAKES_ROWS.some((name) => isGiven(member(select, name)))) return false
  const grouping = member(member(select, 'group_by'), 'Expressions')
  const isGrouped =
    grouping !== undefined && items(member(select, 'group_by'), 'Expressions').flat().length > 0
  return !isGrouped && !items(select, 'projection').some(makesOneOfMany)
}

/** Whether an expression holds an aggregate, a window function or a subselect: anything but a value of its own row. */
function makesOneOfMany(node: Node): boolean {
  const waiting: Node[] = [node]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next !== 'object' || next === null) continue
    if (isQuery(next)) return true
    const call = member(next, 'Function')
    const name = identifierText(member(items(call, 'name').at(-1), 'Identifier'))
    const over = member(call, 'over')
    if (call !== undefined && ((over !== undefined && over !== null) || AGGREGATES.test(name ?? '')))
      return true
    waiting.push(...Object.values(next).filter((value) => value !== undefined))
  }
  return false
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
