/**
 * The question `statement-plan`: how the server would run a sampled statement. The sample is only ever put behind
 * EXPLAIN, on the planner's account; it is run again for its row counts only where the configuration consents
 * and the statement does nothing but read.
 */
import { createHash } from 'node:crypto'
import { canonicalJson } from '../../../../core/canonical.ts'
import type { PlanStep } from '../../../../core/plan-step.ts'
import type { SqlDialect } from '../../../../sql/index.ts'
import { quoteIdentifier } from '../../../../sql/quoting.ts'
import { number, type Row, text, textOrEmpty } from '../../cells.ts'
import { withPlainValues } from '../../named-constants.ts'
import type { PlanNode, StatementPlan } from '../../shapes.ts'
import type { LoggedPlanRow } from '../../slow-log/index.ts'
import { serverDialect } from '../dialect.ts'
import { errorNumber, isDenied } from '../failure.ts'
import { inTurn } from '../in-turn.ts'
import { exactly, fingerprintId } from '../params.ts'
import type { Found, Question, Reader, RecentPlan } from '../question.ts'
import { type SampledStatement, sampledStatement } from '../sampled-statement.ts'
import { type ServerFacts, serverFacts } from '../server-facts.ts'
import { type PlannableStatement, readPlannable } from '../single-statement.ts'
import { parseStatement } from '../use/parse-statement.ts'
import { missingDatabase, type QueryBlock } from '../use/query-blocks.ts'
import { type Reading as BlockReading, readBlocks } from '../use/read-blocks.ts'
import { asSelect } from './as-select.ts'
import { finishTree } from './finish-tree.ts'
import { loggedTree } from './logged-tree.ts'
import { actualRowsByAlias, type PlanAccess, readPlanJson } from './plan-json.ts'

/** Notes that an index could not be used because of types or collations. */
const KEPT_WARNINGS = new Set([1105, 1739])
const WARNINGS_MAX = 20
/** Unknown column, table or variable: errors of both servers. */
const UNKNOWN_NAMES = new Set([1054, 1109, 1327])

/** The question. */
export const statementPlan: Question<'statement-plan'> = {
  params: exactly({ fingerprintId }),
  answer: async (context, params): Promise<Found<StatementPlan>> => {
    const { planner } = context
    if (planner === null) {
      return {
        because: 'there is no planner account',
        toProceed:
          'Add `planner:` to the target; it needs SELECT, and for views SHOW VIEW, on the application’s schemas.',
      }
    }
    const sample = await sampledStatement(context, params.fingerprintId)
    if ('because' in sample) return sample
    const dialect = await serverDialect(context.reader)
    const plannable = readPlannable(sample.rawText, dialect)
    if ('because' in plannable)
      return { ...plannable, toProceed: 'Another sample may be plannable; this one will not be.' }
    const blocks = await blocksOf(withPlainValues(plannable.text, dialect), {
      database: sample.database,
      dialect,
      planner,
    })
    const missing = missingDatabase(blocks, sample.database)
    if (missing !== null) return missing
    const names = relationNames(blocks, sample.database)
    const known: Known = { fingerprintId: params.fingerprintId, kind: plannable.kind, names, sample }
    return answerOf(known, context.loggedPlans?.get(params.fingerprintId) ?? null, () =>
      inProgram(
        sample,
        inTurn(planner, () =>
          explain({
            planner,
            plannable,
            dialect,
            database: sample.database,
            mayAnalyse: context.mayAnalyse && !sample.assumedValues,
          }),
        ),
      ),
    )
  },
}

/**
 * What was logged a while ago tells of rows really read, but not of a plan the statement has no more: it is the answer
 * while it is what the newest calls ran with, or what EXPLAIN still gives.
 */
async function answerOf(
  known: Known,
  kept: RecentPlan | null,
  plan: () => Promise<Explained | Unknown>,
): Promise<Found<StatementPlan>> {
  const logged = kept === null ? null : loggedPlan(known, kept.rows)
  if (logged !== null && kept?.isOfNow === true) return logged
  const planned = await plan()
  if ('because' in planned) return logged ?? planned
  const now = presentPlan(known, planned)
  return logged?.value.planHash === now.value.planHash ? logged : now
}

/** An answer with its value. */
interface Answered {
  readonly value: StatementPlan
  readonly source: string
}

function presentPlan({ fingerprintId: id, kind, names, sample }: Known, planned: Explained): Answered {
  const nodes = planned.accesses.map((access) => planNode(access, names))
  const value: StatementPlan = {
    fingerprintId: id,
    nodes,
    planHash: planHash(nodes),
    estimatedCost: planned.cost,
    warnings: planned.warnings,
    origin: planned.analysed ? 'analysed' : 'explain',
    statementKind: kind,
    ...(sample.assumedValues ? { assumedValues: true } : {}),
    ...treeOf(planned.tree, names, planned.actualRows),
  }
  return { value, source: `${planned.source}${originOf(sample)}` }
}

/** What is planned, where that is not a client's own statement. */
function originOf({ within, assumedValues }: SampledStatement): string {
  if (within === null) return ''
  return ` of the statement in ${within}${assumedValues ? ', with made-up values of its variables' : ''}`
}

/** A name the server does not know outside of the program: what would tell is said instead of the error. */
async function inProgram<T>(sample: SampledStatement, plan: Promise<T>): Promise<T | Unknown> {
  return plan.catch((error: unknown) => {
    if (sample.within === null || !UNKNOWN_NAMES.has(errorNumber(error) ?? 0)) throw error
    return (
      sample.lacks ?? {
        because: `it names what is known in ${sample.within} alone`,
        toProceed: 'Look at the program by hand.',
      }
    )
  })
}

/** The tree with what is known beside it; nothing where there is none. */
function treeOf(
  tree: PlanStep | null,
  names: RelationNames,
  actualRows?: ReadonlyMap<string, number>,
): { readonly tree?: PlanStep } {
  if (tree === null) return {}
  const tableOf = (name: string): string | null => {
    const base = names.get(name) ?? null
    return base === null ? null : `${base.schema === null ? '' : `${base.schema}.`}${base.table}`
  }
  return { tree: finishTree(tree, { tableOf, ...(actualRows === undefined ? {} : { actualRows }) }) }
}

interface Explaining {
  readonly planner: Reader
  readonly plannable: PlannableStatement
  readonly dialect: SqlDialect
  readonly database: string | null
  readonly mayAnalyse: boolean
}

interface Explained {
  readonly accesses: readonly PlanAccess[]
  readonly tree: PlanStep | null
  /** Rows each table gave per pass, by alias; left out where it was not run. */
  readonly actualRows?: ReadonlyMap<string, number>
  readonly cost: number | null
  readonly warnings: StatementPlan['warnings']
  readonly analysed: boolean
  readonly source: string
}

type Unknown = { readonly because: string; readonly toProceed: string }

async function explain(input: Explaining): Promise<Explained | Unknown> {
  const { planner, plannable, database } = input
  const facts = await serverFacts(planner)
  if (hasPlanVersions(facts)) await planner.query('SET SESSION explain_json_format_version = 1')
  if (database !== null && !(await enter(planner, database))) {
    return {
      because: 'the planner’s account cannot see the statement’s schema',
      toProceed: 'Grant SELECT on that schema to the planner.',
    }
  }
  const first = await explainOnce(planner, plannable.text).catch((error: unknown) => {
    if (!isDenied(error) || plannable.kind === 'SELECT') throw error
    return null
  })
  const reading = first ?? (await explainAsSelect(input))
  if (reading === null) {
    return {
      because: 'the planner’s account may not plan a statement that writes',
      toProceed: 'Nothing: it is not to be given that right.',
    }
  }
  const analysed =
    input.mayAnalyse && plannable.readsOnly ? await analyse(planner, plannable.text, facts) : null
  return {
    ...reading,
    accesses: analysed === null ? reading.accesses : withActuals(reading.accesses, analysed),
    ...(analysed === null ? {} : { actualRows: analysed }),
    analysed: analysed !== null,
    source: first === null ? 'EXPLAIN FORMAT=JSON of the rows it would change' : 'EXPLAIN FORMAT=JSON',
  }
}

/** MySQL 8.3 and later print plans in one of two forms. */
function hasPlanVersions({ flavour, version }: ServerFacts): boolean {
  return flavour === 'mysql' && version >= 80_300
}

/** USE with the catalog's own string of the schema; false if there is none of that name. */
async function enter(planner: Reader, database: string): Promise<boolean> {
  const rows = await planner.query(
    'SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?',
    [database],
  )
  const found = rows.map((row) => text(row['name'])).find((name) => name === database)
  if (found === undefined || found === null) return false
  await planner.query(`USE ${quoteIdentifier(found, 'mysql')}`)
  return true
}

type Once = Pick<Explained, 'accesses' | 'cost' | 'tree' | 'warnings'>

async function explainOnce(planner: Reader, statement: string): Promise<Once> {
  const rows = await planner.query(`EXPLAIN FORMAT=JSON ${statement}`)
  const warnings = await planner.query('SHOW WARNINGS LIMIT 64')
  const plan = readPlanJson(firstCell(rows))
  if (plan === null) throw new RangeError('the server’s plan could not be read')
  return { ...plan, warnings: keptWarnings(warnings) }
}

async function explainAsSelect({ planner, plannable, dialect }: Explaining): Promise<Once | null> {
  const select = asSelect(plannable.text, plannable.kind, dialect)
  const checked = select === null ? null : readPlannable(select, dialect)
  if (checked === null || 'because' in checked || checked.kind !== 'SELECT') return null
  return explainOnce(planner, checked.text)
}

/** Rows per pass by alias, by running the statement within the session's time limit; null if that was not enough. */
async function analyse(
  planner: Reader,
  statement: string,
  facts: ServerFacts,
): Promise<ReadonlyMap<string, number> | null> {
  const isMaria = facts.flavour === 'mariadb'
  if (!isMaria && !hasPlanVersions(facts)) return null
  try {
    if (!isMaria) await planner.query('SET SESSION explain_json_format_version = 2')
    const rows = await planner.query(`${isMaria ? 'ANALYZE' : 'EXPLAIN ANALYZE'} FORMAT=JSON ${statement}`)
    return isMaria ? mariaActuals(firstCell(rows)) : actualRowsByAlias(firstCell(rows))
  } catch (error) {
    if (errorNumber(error) === null) throw error
    return null
  }
}

function mariaActuals(plan: string): ReadonlyMap<string, number> {
  const accesses = readPlanJson(plan)?.accesses ?? []
  const names = accesses.map((access) => access.name)
  return new Map(
    accesses.flatMap(({ name, actualRows }) =>
      actualRows !== null && names.indexOf(name) === names.lastIndexOf(name) ? [[name, actualRows]] : [],
    ),
  )
}

function withActuals(
  accesses: readonly PlanAccess[],
  actual: ReadonlyMap<string, number>,
): readonly PlanAccess[] {
  const names = accesses.map((access) => access.name)
  return accesses.map((access) => {
    const isOne = names.indexOf(access.name) === names.lastIndexOf(access.name)
    return { ...access, actualRows: isOne ? (actual.get(access.name) ?? null) : null }
  })
}

function firstCell(rows: readonly Row[]): string {
  return textOrEmpty(Object.values(rows[0] ?? {})[0])
}

/** Names in them are the catalog's; MariaDB prints the value in double quotes, which goes. */
function keptWarnings(rows: readonly Row[]): StatementPlan['warnings'] {
  const kept = rows.flatMap((row) => {
    const code = number(row['Code'])
    if (code === null || !KEPT_WARNINGS.has(code)) return []
    return [{ code, text: textOrEmpty(row['Message']).replace(/".*"/su, '?').slice(0, 512) }]
  })
  return [...new Map(kept.map((warning) => [`${warning.code} ${warning.text}`, warning])).values()].slice(
    0,
    WARNINGS_MAX,
  )
}

/** Base tables by the alias the plan prints; null where one alias means two tables. */
type RelationNames = ReadonlyMap<string, { readonly schema: string | null; readonly table: string } | null>

/** The query blocks of a statement and its views; none where the parser cannot read it. */
async function blocksOf(statement: string, reading: BlockReading): Promise<readonly QueryBlock[]> {
  const parsed = await parseStatement(statement, reading.dialect)
  return 'because' in parsed ? [] : (await readBlocks(parsed.statement, reading)).blocks
}

function relationNames(blocks: readonly QueryBlock[], database: string | null): RelationNames {
  const names = new Map<string, { readonly schema: string | null; readonly table: string } | null>()
  for (const relation of blocks.flatMap((block) => block.relations)) {
    const base =
      relation.base === null ? null : { schema: relation.base.schema ?? database, table: relation.base.table }
    const known = names.get(relation.alias)
    const isSame = known === undefined || JSON.stringify(known) === JSON.stringify(base)
    names.set(relation.alias, isSame ? base : null)
  }
  return names
}

function planNode(access: PlanAccess, names: RelationNames): PlanNode {
  const base = names.get(access.name) ?? null
  return {
    schema: base?.schema ?? null,
    table: base?.table ?? null,
    alias: access.name === base?.table ? null : access.name,
    access: access.access,
    key: access.key,
    possibleKeys: access.possibleKeys,
    estimatedRows: access.estimatedRows,
    estimatedFilteredPercent: access.filteredPercent,
    actualRows: access.actualRows,
    usesFilesort: access.usesFilesort,
    usesTemporary: access.usesTemporary,
  }
}

/**
 * SHA-256 hex over the shape: base tables in their order, access and index. Numbers move with the data and stay out;
 * so do sorting and derived tables, which EXPLAIN and the plans of the slow log put in different places.
 */
export function planHash(nodes: readonly PlanNode[]): string {
  const shape = nodes
    .filter((node) => node.table !== null)
    .map(({ schema, table, alias, access, key }) => [schema, table, alias, access, key])
  return createHash('sha256').update(canonicalJson(shape)).digest('hex')
}

interface Known {
  readonly fingerprintId: string
  readonly kind: string
  readonly names: RelationNames
  readonly sample: SampledStatement
}

/** A plan MariaDB wrote into its slow log when the statement ran, with the rows it read. */
function loggedPlan(known: Known, rows: readonly LoggedPlanRow[]): Answered {
  const accesses = rows.flatMap((row): PlanAccess[] => {
    if (row.table === undefined || row.type === undefined) return []
    return [
      {
        name: row.table,
        access: row.type,
        key: row.key ?? null,
        possibleKeys: row.possibleKeys,
        estimatedRows: row.rows ?? 0,
        filteredPercent: row.filteredPercent ?? null,
        actualRows: row.actualRows ?? null,
        usesFilesort: /using filesort/i.test(row.extra),
        usesTemporary: /using temporary/i.test(row.extra),
        depth: 0,
      },
    ]
  })
  const nodes = accesses.map((access) => planNode(access, known.names))
  const value: StatementPlan = {
    fingerprintId: known.fingerprintId,
    nodes,
    planHash: planHash(nodes),
    estimatedCost: null,
    warnings: [],
    origin: 'logged',
    statementKind: known.kind,
    ...treeOf(loggedTree(rows), known.names),
  }
  return { value, source: 'slow log, the plan written when it ran' }
}
