/**
 * The query blocks of a statement with the views it reads through, whose queries the catalog tells to the planner's account. What
 * they say stays in this process, as samples do: their conditions may hold values.
 */
import { isQuery, member, type Node, type SqlDialect } from '../../../../sql/index.ts'
import { textOrEmpty } from '../../cells.ts'
import { inTurn } from '../in-turn.ts'
import type { Reader } from '../question.ts'
import { serverFacts } from '../server-facts.ts'
import { parseStatement } from './parse-statement.ts'
import { queryBlocks, type StatementBlocks, type ViewOf, type ViewQuery } from './query-blocks.ts'

/** Views looked up for one statement, those within views among them. */
const VIEWS_MAX = 30
/** Rounds of looking up: each finds what is named in the views of the one before. */
const ROUNDS_MAX = 8
/** A longer definition is not followed, characters. */
const CHARACTERS_MAX = 65_536

/** Where a statement ran and how its text is read. */
export interface Reading {
  readonly database: string | null
  readonly dialect: SqlDialect
  /** The planner's session; null where there is none, and no view is followed. */
  readonly planner: Reader | null
}

type Name = { readonly schema: string; readonly table: string }

/**
 * The blocks of a parsed statement, those of its views among them. Cost: one read of `information_schema.VIEWS` by exact names for
 * each level of views, at most 8, and one where there are none. A view that cannot be read, for want of SHOW VIEW or because it
 * cannot be parsed, stays a table of that name. Rejects with the server's error.
 */
export async function readBlocks(
  statement: Node,
  { database, dialect, planner }: Reading,
): Promise<StatementBlocks> {
  const plain = queryBlocks(statement)
  if (planner === null) return plain
  const { lowerCaseTableNames } = await serverFacts(planner)
  const keyOf = ({ schema, table }: Name): string => {
    const key = JSON.stringify([schema, table])
    return lowerCaseTableNames === 0 ? key : key.toLowerCase()
  }
  const known = new Map<string, ViewQuery | null>()
  const viewOf: ViewOf = ({ schema, table }) => {
    const from = schema ?? database
    return from === null ? null : (known.get(keyOf({ schema: from, table })) ?? null)
  }
  let blocks = plain
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const names = namesIn(blocks, database).filter((name) => !known.has(keyOf(name)))
    const wanted = [...new Map(names.map((name) => [keyOf(name), name])).values()]
    if (wanted.length === 0 || known.size + wanted.length > VIEWS_MAX) break
    for (const name of wanted) known.set(keyOf(name), null)
    const found = await readViews(planner, wanted, dialect)
    for (const { name, query } of found) known.set(keyOf(name), query)
    if (found.length === 0) break
    blocks = queryBlocks(statement, viewOf)
  }
  return blocks
}

function namesIn({ blocks }: StatementBlocks, database: string | null): readonly Name[] {
  return blocks.flatMap(({ relations }) =>
    relations.flatMap(({ base }) => {
      const schema = base?.schema ?? database
      return base === null || schema === null ? [] : [{ schema, table: base.table }]
    }),
  )
}

const NAMED = '(TABLE_SCHEMA = ? AND TABLE_NAME = ?)'

async function readViews(
  planner: Reader,
  names: readonly Name[],
  dialect: SqlDialect,
): Promise<readonly { readonly name: Name; readonly query: ViewQuery }[]> {
  const sql = `SELECT TABLE_SCHEMA AS view_schema, TABLE_NAME AS view_name, LEFT(VIEW_DEFINITION, ${CHARACTERS_MAX + 1}) AS body
FROM information_schema.VIEWS WHERE ${names.map(() => NAMED).join(' OR ')} LIMIT ${VIEWS_MAX}`
  const bound = names.flatMap(({ schema, table }) => [schema, table])
  const rows = await inTurn(planner, () => planner.query(sql, bound))
  const found: { name: Name; query: ViewQuery }[] = []
  for (const row of rows) {
    const name = { schema: textOrEmpty(row['view_schema']), table: textOrEmpty(row['view_name']) }
    const body = textOrEmpty(row['body'])
    if (body === '' || body.length > CHARACTERS_MAX) continue
    const parsed = await parseStatement(body, dialect)
    const query = 'because' in parsed ? null : member(parsed.statement, 'Query')
    if (isQuery(query)) found.push({ name, query: { schema: name.schema, query } })
  }
  return found
}
