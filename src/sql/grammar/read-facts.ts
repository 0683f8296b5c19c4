/**
 * Reads one statement's tree into facts: blocks with what can be named in them, names, comparisons, stars, writes. What
 * the tree has and this reader does not know makes a block opaque, so that nothing is concluded from it.
 */
import { COMPARING, NOT_EXPRESSIONS, TAKES_UNIT } from './fact-words.ts'
import { Offsets } from './operands.ts'
import type {
  Block,
  ColumnUse,
  Comparison,
  Meeting,
  NameRef,
  NotInSubquery,
  Source,
  StarUse,
  StatementFacts,
  WriteUse,
} from './statement-facts.ts'
import { identifierText, isQuery, items, member, type Node, variant } from './syntax.ts'

const DEPTH_MAX = 1_500

/** The facts of one parsed statement; `text` is what was parsed. Null if it is nested too deeply. */
export function readFacts(statement: Node, text: string): StatementFacts | null {
  const reader = new FactReader(text)
  try {
    reader.statement(statement)
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
  return reader.facts
}

/** Common table expressions in sight, by lower-case name: their columns, null if not known. */
type Ctes = ReadonlyMap<string, readonly string[] | null>

interface Where {
  readonly parent: Block | null
  readonly ctes: Ctes
  readonly inExists?: boolean
  readonly outermost?: boolean
}

const NO_CTES: Ctes = new Map()
/** A source nothing is known of. */
const OPAQUE: Source = { alias: '', table: null, columns: null }

class FactReader {
  readonly #offsets: Offsets
  readonly #tables: { name: NameRef; block: Block }[] = []
  readonly #columns: ColumnUse[] = []
  readonly #comparisons: Comparison[] = []
  readonly #notIns: NotInSubquery[] = []
  readonly #stars: StarUse[] = []
  readonly #writes: WriteUse[] = []
  readonly #sortKeys: Node[] = []
  readonly facts: {
    -readonly [K in keyof StatementFacts]: StatementFacts[K]
  }
  #depth = 0
  #ctes: Ctes = NO_CTES

  constructor(text: string) {
    this.#offsets = new Offsets(text)
    this.facts = {
      root: '',
      tables: this.#tables,
      columns: this.#columns,
      comparisons: this.#comparisons,
      notIns: this.#notIns,
      stars: this.#stars,
      writes: this.#writes,
      sortKeys: this.#sortKeys,
      insertsStar: false,
    }
  }

  statement(node: Node): void {
    const found = variant(node)
    if (found === null) return
    this.facts.root = found.name
    this.#statement(found.name, found.payload, { parent: null, ctes: NO_CTES, outermost: true })
  }

  #statement(name: string, payload: Node, where: Where): void {
    if (name === 'Query') this.#query(payload, where)
    else if (name === 'Insert') this.#insert(payload, where)
    else if (name === 'Update') this.#update(payload, where)
    else if (name === 'Delete') this.#delete(payload, where)
    else if (name === 'Explain') this.#explained(payload, where)
  }

  #explained(payload: Node, where: Where): void {
    const inner = variant(member(payload, 'statement'))
    if (inner !== null) this.#statement(inner.name, inner.payload, where)
  }

  /** Reads a query; gives the names of its outputs, null where they are not known. */
  #query(query: Node, where: Where): readonly string[] | null {
    const ctes = this.#with(member(query, 'with'), where)
    const outer = this.#ctes
    this.#ctes = ctes
    const { outputs, block } = this.#body(member(query, 'body'), { ...where, ctes })
    const home = block ?? { ...newBlock('select', where.parent), star: true, sources: [OPAQUE] }
    this.#sort(member(query, 'order_by'), home)
    this.#walk(member(query, 'limit_clause'), home)
    this.#ctes = outer
    return outputs
  }

  #with(node: Node, where: Where): Ctes {
    const tables = items(node, 'cte_tables')
    if (tables.length === 0) return where.ctes
    const ctes = new Map(where.ctes)
    for (const table of tables) {
      const alias = member(table, 'alias')
      const name = (identifierText(member(alias, 'name')) ?? '').toLowerCase()
      const listed = items(alias, 'columns').map(
        (c) => identifierText(member(c, 'name'))?.toLowerCase() ?? '',
      )
      if (member(node, 'recursive') === true) ctes.set(name, listed.length > 0 ? listed : null)
      const outputs = this.#query(member(table, 'query'), { parent: null, ctes })
      ctes.set(name, listed.length > 0 ? listed : outputs)
    }
    return ctes
  }

  #body(body: Node, where: Where): { outputs: readonly string[] | null; block: Block | null } {
    const found = variant(body)
    switch (found?.name) {
      case 'Select':
        return this.#select(found.payload, where)
      case 'Query':
        return { outputs: this.#query(found.payload, where), block: null }
      case 'SetOperation': {
        const left = this.#body(member(found.payload, 'left'), where)
        this.#body(member(found.payload, 'right'), where)
        return { outputs: left.outputs, block: null }
      }
      case 'Values':
        this.#walk(found.payload, newBlock('select', where.parent))
        return { outputs: null, block: null }
      case 'Insert':
      case 'Update':
      case 'Delete': {
        const inner = variant(found.payload)
        if (inner !== null) this.#statement(inner.name, inner.payload, where)
        return { outputs: null, block: null }
      }
      default:
        return { outputs: null, block: null }
    }
  }

  #select(select: Node, where: Where): { outputs: readonly string[] | null; block: Block } {
    const block = newBlock('select', where.parent, where.inExists === true)
    for (const from of items(select, 'from')) this.#joined(from, block, where.ctes)
    const projection = items(select, 'projection')
    const outputs = projection.map((item) => this.#output(item, block, where.outermost === true))
    for (const each of ['selection', 'group_by', 'having', 'qualify', 'distinct', 'prewhere', 'connect_by'])
      this.#walk(member(select, each), block)
    for (const window of items(select, 'named_window')) this.#walk(window, block)
    return { outputs: block.star || outputs.includes(null) ? null : (outputs as string[]), block }
  }

  /** An item of a select list; gives its name, null where it stands for several. */
  #output(item: Node, block: Block, outermost: boolean): string | null {
    const found = variant(item)
    if (found === null) return ''
    if (/Wildcard$/.test(found.name)) {
      this.#star(found, block, outermost)
      return null
    }
    if (found.name !== 'ExprWithAlias') {
      this.#walk(found.payload, block)
      return lower(this.#offsets.column(found.payload)?.parts.at(-1))
    }
    this.#walk(member(found.payload, 'expr'), block)
    const alias = lower(identifierText(member(found.payload, 'alias')))
    block.outputs.add(alias)
    return alias
  }

  #star(found: { readonly name: string; readonly payload: Node }, block: Block, outermost: boolean): void {
    block.star = true
    const [owner, options]: readonly Node[] =
      found.name === 'QualifiedWildcard' && Array.isArray(found.payload)
        ? found.payload
        : [null, found.payload]
    const token = member(options, 'wildcard_token')
    const span = this.#offsets.span(token)
    if (span === null) return
    const name = owner === null ? null : this.#offsets.objectName(member(owner, 'ObjectName'))
    this.#stars.push({
      block,
      qualifier: name === null ? null : (name.parts.at(-1)?.toLowerCase() ?? null),
      outermost,
      span: { start: name?.span.start ?? span.start, end: span.end },
    })
  }

  #joined(from: Node, block: Block, ctes: Ctes): void {
    this.#relation(member(from, 'relation'), block, ctes)
    for (const join of items(from, 'joins')) {
      this.#relation(member(join, 'relation'), block, ctes)
      const operator = variant(member(join, 'join_operator'))
      const constraint = variant(operator?.payload)
      if (constraint?.name === 'On') this.#walk(constraint.payload, block)
    }
  }

  #relation(relation: Node, block: Block, ctes: Ctes): void {
    const { name, payload } = variant(relation) ?? { name: '', payload: null }
    const alias = lower(identifierText(member(member(payload, 'alias'), 'name')))
    if (name === 'NestedJoin') this.#joined(member(payload, 'table_with_joins'), block, ctes)
    else if (name === 'Derived') block.sources.push(this.#derived(payload, alias, { block, ctes }))
    else if (name === 'Table' && !isThere(member(payload, 'args')))
      block.sources.push(this.#table(member(payload, 'name'), alias, { block, ctes }))
    else {
      block.sources.push({ ...OPAQUE, alias })
      this.#walk(member(payload, 'args'), block)
    }
  }

  #derived(payload: Node, alias: string, { block, ctes }: { block: Block; ctes: Ctes }): Source {
    const parent = member(payload, 'lateral') === true ? block : null
    const columns = this.#query(member(payload, 'subquery'), { parent, ctes })
    const isRenamed = items(member(payload, 'alias'), 'columns').length > 0
    return { alias, table: null, columns: isRenamed ? null : columns }
  }

  #table(node: Node, alias: string, { block, ctes }: { block: Block; ctes: Ctes }): Source {
    const name = this.#offsets.objectName(node)
    if (name === null) return { ...OPAQUE, alias }
    const own = name.parts.at(-1)?.toLowerCase() ?? ''
    if (name.parts.length === 1 && ctes.has(own))
      return { alias: alias === '' ? own : alias, table: null, columns: ctes.get(own) ?? null }
    this.#tables.push({ name, block })
    return { alias: alias === '' ? own : alias, table: name, columns: null }
  }

  #insert(insert: Node, where: Where): void {
    const block = newBlock('insert', null)
    const object = variant(member(insert, 'table'))
    if (object?.name === 'TableName')
      block.sources.push(this.#table(object.payload, '', { block, ctes: where.ctes }))
    else block.sources.push(OPAQUE)
    const columns = items(insert, 'columns').map((each) => this.#target(each, block))
    const source = member(insert, 'source')
    const body = variant(member(source, 'body'))
    if (body?.name === 'Values') this.#rows(body.payload, columns, block)
    if (isQuery(source)) this.#insertSource(source, where)
    this.#assignments(items(insert, 'assignments'), block)
    this.#afterInsert(insert, block, body?.name === 'Select')
  }

  #insertSource(source: Node, where: Where): void {
    const before = this.#stars.length
    this.#query(source, { parent: null, ctes: where.ctes })
    const select = member(member(source, 'body'), 'Select')
    const isStar = items(select, 'projection').some((item) => /Wildcard$/.test(variant(item)?.name ?? ''))
    if (isStar && this.#stars.length > before) this.facts.insertsStar = true
  }

  #afterInsert(insert: Node, block: Block, fromSelect: boolean): void {
    const after: Block = { ...newBlock('insert', block), sources: [{ ...OPAQUE, alias: 'excluded' }] }
    // ON DUPLICATE KEY UPDATE may name the columns of the SELECT; row aliases (AS new) are not read.
    if (fromSelect || isThere(member(insert, 'insert_alias'))) after.sources.push(OPAQUE)
    const on = variant(member(insert, 'on'))
    if (on?.name === 'DuplicateKeyUpdate') {
      this.#assignments(Array.isArray(on.payload) ? on.payload : [], after)
    } else if (on?.name === 'OnConflict') {
      const update = member(member(on.payload, 'action'), 'DoUpdate')
      this.#assignments(items(update, 'assignments'), after)
      this.#walk(member(update, 'selection'), after)
    }
    for (const item of items(insert, 'returning')) this.#output(item, block, true)
  }

  /** Notes a column an INSERT names and gives it as an expression. */
  #target(each: Node, block: Block): Node {
    const identifier: Node = Array.isArray(each) ? member(each[each.length - 1], 'Identifier') : each
    const name = this.#offsets.name([identifier])
    if (name !== null) this.#columns.push({ name, block })
    return { Identifier: identifier }
  }

  #rows(values: Node, columns: readonly Node[], block: Block): void {
    for (const row of items(values, 'rows')) {
      const content = Array.isArray(row) ? row : items(row, 'content')
      if (content.length !== columns.length) continue
      content.forEach((value: Node, index: number) => {
        this.#comparisons.push({ how: 'assign', left: columns[index], right: value, block })
      })
    }
  }

  #assignments(assignments: readonly Node[], block: Block): void {
    for (const assignment of assignments) {
      const target = member(member(assignment, 'target'), 'ColumnName')
      const name = this.#offsets.objectName(target)
      if (name !== null) {
        this.#columns.push({ name, block })
        const identifiers = (target as readonly Node[]).map((part) => member(part, 'Identifier'))
        const left =
          identifiers.length === 1 ? { Identifier: identifiers[0] } : { CompoundIdentifier: identifiers }
        this.#comparisons.push({ how: 'assign', left, right: member(assignment, 'value'), block })
      }
      this.#walk(member(assignment, 'value'), block)
    }
  }

  #update(update: Node, where: Where): void {
    const block = newBlock('update', null)
    const ctes = where.ctes
    this.#joined(member(update, 'table'), block, ctes)
    const table = block.sources[0]?.table ?? null
    const from = variant(member(update, 'from'))
    const others = Array.isArray(from?.payload) ? (from.payload as readonly Node[]) : []
    for (const other of others) this.#joined(other, block, ctes)
    this.#writes.push({
      kind: 'update',
      table,
      hasWhere: isThere(member(update, 'selection')),
      hasLimit: isThere(member(update, 'limit')),
      joined: block.sources.length > 1,
    })
    this.#assignments(items(update, 'assignments'), block)
    this.#walk(member(update, 'selection'), block)
    for (const item of items(update, 'returning')) this.#output(item, block, true)
  }

  #delete(node: Node, where: Where): void {
    const block = newBlock('delete', null)
    const from = variant(member(node, 'from'))
    const froms = Array.isArray(from?.payload) ? (from.payload as readonly Node[]) : []
    for (const each of [...froms, ...items(node, 'using')]) this.#joined(each, block, where.ctes)
    this.#writes.push({
      kind: 'delete',
      table: block.sources[0]?.table ?? null,
      hasWhere: isThere(member(node, 'selection')),
      hasLimit: isThere(member(node, 'limit')),
      joined: block.sources.length > 1,
    })
    this.#walk(member(node, 'selection'), block)
    for (const item of items(node, 'returning')) this.#output(item, block, true)
  }

  #sort(order: Node, block: Block): void {
    const kind = variant(member(order, 'kind'))
    const keys = Array.isArray(kind?.payload) ? (kind.payload as readonly Node[]) : []
    for (const key of keys) {
      this.#sortKeys.push(member(key, 'expr'))
      this.#walk(member(key, 'expr'), block)
    }
  }

  /** Every name, comparison and subselect in an expression. */
  #walk(node: Node, block: Block): void {
    if (typeof node !== 'object' || node === null) return
    if (++this.#depth > DEPTH_MAX) throw new RangeError('nested too deeply')
    if (Array.isArray(node)) for (const item of node) this.#walk(item, block)
    else if (isQuery(node)) this.#query(node, { parent: block, ctes: this.#ctes })
    else this.#node(node, block)
    this.#depth--
  }

  #node(node: Node, block: Block): void {
    const found = variant(node)
    const column = found === null || found.name === 'Nested' ? null : this.#offsets.column(node)
    if (column !== null) {
      this.#columns.push({ name: column, block })
      return
    }
    if (found !== null && this.#special(found, block)) return
    for (const [name, value] of Object.entries(node as object))
      if (!NOT_EXPRESSIONS.has(name)) this.#walk(value, block)
  }

  /** Comparisons and subselects with a meaning of their own; true if nothing is left to walk. */
  #special({ name, payload }: { readonly name: string; readonly payload: Node }, block: Block): boolean {
    if (name === 'Exists') {
      this.#query(member(payload, 'subquery'), { parent: block, ctes: this.#ctes, inExists: true })
      return true
    }
    if (name === 'InSubquery' && member(payload, 'negated') === true) {
      this.#notIn(payload, block)
      return true
    }
    if (name === 'Function' && TAKES_UNIT.has(lastName(payload))) {
      const args = items(member(member(payload, 'args'), 'List'), 'args')
      for (const arg of args.slice(1)) this.#walk(arg, block)
      return true
    }
    this.#compare(name, payload, block)
    return false
  }

  #compare(name: string, payload: Node, block: Block): void {
    const left = member(payload, name === 'BinaryOp' || name === 'AnyOp' ? 'left' : 'expr')
    const add = (how: Meeting, right: Node): void => {
      this.#comparisons.push({ how, left, right, block })
    }
    if (name === 'BinaryOp') {
      const how = COMPARING[String(member(payload, 'op'))]
      if (how !== undefined) add(how, member(payload, 'right'))
    } else if (name === 'Like' || name === 'ILike') add('like', member(payload, 'pattern'))
    else if (name === 'InList')
      for (const item of items(payload, 'list'))
        add(member(payload, 'negated') === true ? 'not-in' : 'in', item)
    else if (name === 'Between') {
      add('range', member(payload, 'low'))
      add('range', member(payload, 'high'))
    }
  }

  #notIn(payload: Node, block: Block): void {
    const left = member(payload, 'expr')
    this.#walk(left, block)
    const query = member(payload, 'subquery')
    const select = member(member(query, 'body'), 'Select')
    const projection = items(select, 'projection')
    const at = this.#columns.length
    this.#query(query, { parent: block, ctes: this.#ctes })
    const item = projection.length === 1 ? variant(projection[0]) : null
    const output = item?.name === 'ExprWithAlias' ? member(item.payload, 'expr') : item?.payload
    const name = this.#offsets.column(output)
    const own = this.#columns.slice(at).find((use) => use.name.span.start === name?.span.start)
    if (own !== undefined)
      this.#notIns.push({ left, block: own.block, output, selection: member(select, 'selection') })
  }
}

const lastName = (payload: Node): string =>
  (identifierText(member(items(payload, 'name').at(-1), 'Identifier')) ?? '').toLowerCase()

const lower = (text: string | null | undefined): string => text?.toLowerCase() ?? ''

const isThere = (node: Node): boolean => node !== undefined && node !== null

function newBlock(kind: Block['kind'], parent: Block | null, inExists = false): Block {
  return { kind, parent, sources: [], outputs: new Set(), star: false, inExists }
}
