/** The question `statement-use`: a sampled statement, parsed and resolved against the live catalog. */

import type { Node } from '../../../../sql/index.ts'
import { cutText, maskLiterals } from '../../../../sql/index.ts'
import { asWritten, withPlainValues } from '../../named-constants.ts'
import type { StatementUse, TableDefinition, TableUse } from '../../shapes.ts'
import { serverDialect } from '../dialect.ts'
import { exactly, fingerprintId } from '../params.ts'
import type { Found, Question, QuestionContext } from '../question.ts'
import { sampledStatement } from '../sampled-statement.ts'
import { serverFacts } from '../server-facts.ts'
import { readPlannable } from '../single-statement.ts'
import { readTable } from '../table.ts'
import { parseStatement } from './parse-statement.ts'
import { missingDatabase, type QueryBlock, type Relation, type StatementBlocks } from './query-blocks.ts'
import { readBlocks } from './read-blocks.ts'
import { Scope } from './scope.ts'
import { TableUses } from './table-uses.ts'

/** Tables looked up for one statement; MySQL joins at most 61. */
const TABLES_MAX = 30

/** Everything about a sample that parsing needs. */
interface Sampled {
  readonly rawText: string
  readonly database: string | null
}

/** The question. */
export const statementUse: Question<'statement-use'> = {
  params: exactly({ fingerprintId }),
  answer: async (context, params): Promise<Found<StatementUse>> => {
    const sample = await sampledStatement(context, params.fingerprintId)
    if ('because' in sample) return sample
    const parsed = await parseSample(context, sample)
    if ('because' in parsed)
      return { ...parsed, toProceed: 'Another sample may be readable; this one will not be.' }
    const blocks = await readBlocks(parsed.statement, {
      database: sample.database,
      dialect: parsed.dialect,
      planner: context.planner,
    })
    const missing = missingDatabase(blocks.blocks, sample.database)
    if (missing !== null) return missing
    const { value, notes } = await usesOf(context, blocks, sample)
    return {
      value: {
        fingerprintId: params.fingerprintId,
        statement: cutText(maskLiterals(asWritten(sample.rawText, parsed.dialect), parsed.dialect)),
        statementKind: parsed.kind,
        ...value,
        unresolved:
          sample.lacks === null ? notes : [...notes, `${sample.lacks.because}. ${sample.lacks.toProceed}`],
      },
      source:
        sample.within === null
          ? 'a sampled statement, information_schema'
          : `a statement of ${sample.within}, information_schema`,
    }
  },
}

/** A parsed sample with the dialect it was read in. */
export interface ParsedSample {
  readonly statement: Node
  readonly kind: string
  readonly dialect: Awaited<ReturnType<typeof serverDialect>>
}

/** Parses a sample, or says why it cannot be. */
export async function parseSample(
  context: Pick<QuestionContext, 'reader'>,
  sample: Sampled,
): Promise<ParsedSample | { readonly because: string }> {
  const dialect = await serverDialect(context.reader)
  if (dialect.doubleQuote === 'name' || !dialect.backslashEscapes) {
    return {
      because:
        'the server’s sql_mode has ANSI_QUOTES or NO_BACKSLASH_ESCAPES, under which the parser would misread it',
    }
  }
  const plannable = readPlannable(sample.rawText, dialect)
  if ('because' in plannable) return plannable
  const parsed = await parseStatement(withPlainValues(plannable.text, dialect), dialect)
  return 'because' in parsed ? parsed : { statement: parsed.statement, kind: plannable.kind, dialect }
}

async function usesOf(
  context: Pick<QuestionContext, 'reader'>,
  { blocks, notes, hasLimit, offset }: StatementBlocks,
  sample: Sampled,
): Promise<{
  readonly value: Pick<StatementUse, 'tables' | 'hasLimit' | 'offset'>
  readonly notes: readonly string[]
}> {
  const { tables, missing } = await lookUp(context, blocks, sample.database)
  const { lowerCaseTableNames } = await serverFacts(context.reader)
  const uses = new TableUses(new Scope(tables, lowerCaseTableNames !== 0))
  for (const block of blocks) uses.add(block)
  const found = blocks.flatMap((block) =>
    block.relations.flatMap((relation) => tableUse(relation, tables, uses)),
  )
  return { value: { tables: found, hasLimit, offset }, notes: [...notes, ...missing, ...uses.notes] }
}

function tableUse(
  relation: Relation,
  tables: ReadonlyMap<Relation, TableDefinition>,
  uses: TableUses,
): readonly TableUse[] {
  const definition = tables.get(relation)
  if (definition === undefined) return []
  const alias = relation.base?.isAliased === true ? relation.alias : null
  return [{ schema: definition.schema, table: definition.table, alias, ...uses.useOf(relation) }]
}

/** The definitions of the base tables a statement names, and the names of those that are not to be found. */
export async function lookUp(
  context: Pick<QuestionContext, 'reader'>,
  blocks: readonly QueryBlock[],
  database: string | null,
): Promise<{ readonly tables: ReadonlyMap<Relation, TableDefinition>; readonly missing: readonly string[] }> {
  const tables = new Map<Relation, TableDefinition>()
  const known = new Map<string, TableDefinition | null>()
  const missing = new Set<string>()
  for (const relation of blocks.flatMap((block) => block.relations)) {
    if (relation.base === null) continue
    const schema = relation.base.schema ?? database
    const key = JSON.stringify([schema, relation.base.table])
    if (!known.has(key))
      known.set(
        key,
        await definitionOf(context, schema, {
          table: relation.base.table,
          isTooMany: known.size >= TABLES_MAX,
        }),
      )
    const definition = known.get(key) ?? null
    if (definition === null) missing.add(`table ${relation.base.table}`)
    else tables.set(relation, definition)
  }
  return { tables, missing: [...missing] }
}

async function definitionOf(
  context: Pick<QuestionContext, 'reader'>,
  schema: string | null,
  { table, isTooMany }: { readonly table: string; readonly isTooMany: boolean },
): Promise<TableDefinition | null> {
  if (schema === null || isTooMany) return null
  const found = await readTable(context, { schema, table })
  return 'value' in found ? found.value : null
}
