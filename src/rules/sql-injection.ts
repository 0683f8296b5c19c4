/** A value of the code that becomes part of a statement's text. How bad it is depends on where the value comes from. */
import type { CodeSchema } from './code-schema.ts'
import { meetingsIn } from './meetings.ts'
import type { CodeRule, Finding, FindingSeverity } from './rule.ts'
import { type Hole, marker, type OriginKind, type SourceStatement } from './source-statement.ts'

/** Severity where a value stands; null where harmlessness is shown. */
const OF_VALUE: Readonly<Record<OriginKind, FindingSeverity | null>> = {
  request: 'critical',
  parameter: 'high',
  unknown: 'medium',
  row: 'medium',
  untyped: 'low',
  defaulted: 'low',
  environment: 'low',
  unfollowed: null,
  checked: null,
  escaped: null,
  number: null,
  constant: null,
}

const WHENCE: Readonly<Partial<Record<OriginKind, string>>> = {
  request: 'comes from a request',
  parameter: 'is an argument of this function, and nothing here limits it',
  unknown: 'is not limited by anything in this file',
  row: 'comes from the database, where others may have put it',
  untyped:
    'is an argument whose type is not known here: the published code has lost it. If it can be a text, nothing limits it',
  defaulted: 'is an argument whose default is a number, but nothing here makes it one',
  environment: 'comes from the environment or the program’s arguments',
}

export const sqlInjection: CodeRule = {
  id: 'SQL_INJECTION',
  title: 'A value becomes part of a statement’s text',
  severity: 'critical',
  needsSchema: false,
  alsoIn: ['script'],
  check: (statement, { schema }) =>
    statement.holes.flatMap((hole, index) => {
      const { kind } = hole.origin
      if (kind !== 'request' && statement.role === 'script') return []
      // Whoever may send any statement gains nothing by a part of one.
      if (kind === 'request' && statement.sendsAnything) return []
      if (kind === 'unknown' && !meetsColumnOfTexts(index, statement, schema)) return []
      return judged(hole, statement)
    }),
}

/**
 * Whether a value in quotes meets a column that the repository declares to hold texts. Of a value nothing else is known of, that is
 * what shows that it may be anybody's text: most others are words of the program's own, composed elsewhere.
 */
const meetsColumnOfTexts = (index: number, statement: SourceStatement, schema: CodeSchema): boolean =>
  meetingsIn(statement, schema).some(
    ({ other, known }) =>
      other.kind === 'operand' &&
      other.operand.kind === 'string' &&
      other.operand.text.includes(marker('hole', index)) &&
      known.column.family === 'text' &&
      known.column.type !== 'enum',
  )

/** Statements in which servers bind nothing, so that there is no other way to give a value. */
const BINDS_NOTHING =
  /^\s*(pragma|create_replication_slot|drop_replication_slot|start_replication|vacuum|attach|detach|set|reset|create|alter|drop|grant|revoke|use|show|listen|notify|unlisten|lock|unlock|rename|truncate|reindex|analyze|optimize|cluster|copy|do|begin|start|commit|rollback|savepoint|release|prepare|deallocate|declare|fetch|move|close|comment|refresh|checkpoint|discard|flush|kill|load|reassign|security|import|install)\b/i

/** Asks the server what tables it has: the values are names from the program's own models. */
const isIntrospection = ({ text }: SourceStatement): boolean =>
  /\binformation_schema\b|\bpg_(catalog|class|namespace|tables|indexes|type|proc|views|attribute|constraint|get_\w+)\b|\bsqlite_(master|schema|sequence)\b|\bpragma_\w+\s*\(|\b(?:all|user)_tab(?:le|_col)\w*\b|\bsys\.\w+/i.test(
    text.replace(/["`]/g, ''),
  )

/** Whether a statement speaks of the server's own things, by names: it binds nothing, asks what there is, or calls a function without a table. */
const isOfServer = (statement: SourceStatement): boolean =>
  BINDS_NOTHING.test(statement.text) ||
  isIntrospection(statement) ||
  (statement.facts?.root === 'Query' && statement.facts.tables.length === 0 && !statement.factsPartial)

function judged(hole: Hole, statement: SourceStatement): Finding[] {
  if (hole.origin.kind !== 'request' && isOfServer(statement)) return []
  const severity = severityOf(hole)
  const whence = WHENCE[hole.origin.kind]
  if (severity === null || whence === undefined) return []
  const from = hole.origin.source === hole.expression ? '' : ` (${hole.origin.source})`
  return [
    {
      severity,
      span: hole.span,
      message: `\`${hole.expression}\` becomes part of the statement’s text; it${from} ${whence}`,
      why: `Whoever decides that value decides what the statement does: ${example(hole)}`,
      instead: remedy(hole, statement),
      review: isForPeople(hole),
    },
  ]
}

/**
 * Whether the source leaves open that the value may be a text of somebody's choosing: what an operator sets is as much his as the code,
 * a default that is a number says what is meant, and where types were erased only quotes around a value show that it is a text.
 */
const isForPeople = ({ origin: { kind }, place }: Hole): boolean =>
  kind === 'environment' || kind === 'defaulted' || (kind === 'untyped' && place === 'value')

/** Expressions that by their last word are names of the program’s own. */
const NAME_LIKE =
  /(schema|prefix|suffix|table|tableName|column|columnName|field|fieldName|type|sequence|index|dialect|language|locale|metric|strategy)(\(\))?$/i

/** What programs call a text of another language, which a statement hands on as a whole: `cypher('g', $…$)`. */
const PROGRAM_LIKE = /(^|\.)(query|cypher|sql|statement|script|gremlin|graphql|sparql)$/i

/** Functions of PostgreSQL whose first argument is a name in quotes. */
const GIVEN_NAME =
  /\b(?:nextval|currval|setval|lastval|to_reg(?:class|type|proc|namespace)|pg_get_serial_sequence|pg_\w+_size)\s*\(\s*'[^']*$/i

/** What the operator wrote into a configuration is as much his as the code. */
const isConfigured = ({ kind, source }: Hole['origin']): boolean =>
  kind === 'environment' && !/\b(?:process\.(?:env|argv)|import\.meta\.env)\b/.test(source)

/** Expressions that by their last word are keys. */
const KEY_LIKE = /(^|\.|_)(id|uuid|guid|pid|oid|rowid)$|(Id|Uuid|UUID|Rowid)$/

/** A name in quotes ('schema.table'::regclass, a language, a type) is composed like one without; so is a text of another language. */
const isNameInQuotes = ({
  origin,
  expression,
  before,
}: Pick<Hole, 'origin' | 'expression' | 'before'>): boolean =>
  (origin.kind === 'unknown' && NAME_LIKE.test(expression)) ||
  (PROGRAM_LIKE.test(expression) && /\$\w*\$\s*$/.test(before)) ||
  GIVEN_NAME.test(before)

/** Whether a value that is no request's is nobody's to choose, by where it stands and what it is called. */
function isOfProgram({ place, origin, expression, before }: Hole): boolean {
  // Without quotes, what nothing is known of may be a placeholder or an expression that was made elsewhere.
  if (place === 'value' && origin.kind === 'unknown') return true
  if (place === 'quoted' && isNameInQuotes({ origin, expression, before })) return true
  // Keys are made by a server or a program; nobody chooses what they are.
  return isConfigured(origin) || (/^(unknown|row)$/.test(origin.kind) && KEY_LIKE.test(expression))
}

function severityOf(hole: Hole): FindingSeverity | null {
  if (hole.origin.kind !== 'request' && isOfProgram(hole)) return null
  if (hole.place === 'value' || hole.place === 'quoted') return OF_VALUE[hole.origin.kind]
  // A name or a clause from elsewhere in the code is how queries are composed; from a request it is never that.
  return hole.origin.kind === 'request' ? 'critical' : null
}

function example(hole: Hole): string {
  if (hole.place === 'quoted') return 'a quote in it ends the string, and the rest is read as SQL.'
  if (hole.place === 'value') return '`0 OR 1=1` in its place makes the condition true for every row.'
  return 'it can name another column or table, or end the clause and begin another.'
}

/** The driver's own way to bind, with the reader's expression. */
function remedy(hole: Hole, statement: SourceStatement): string {
  if (hole.place === 'name' || hole.place === 'syntax')
    return `Take it from a list written in the code: const allowed = { … }; use allowed[${hole.expression}] and refuse anything else.`
  const around = hole.place === 'quoted' ? ' without the quotes around it' : ''
  const style = BINDING[statement.driver ?? ''] ?? (statement.dialect.dollarQuotes ? '$1' : '?')
  if (style === 'template')
    return `Bind it: use the tagged template sql\`… \${${hole.expression}}\`${around}.`
  const next = style === '$1' ? `$${statement.values.length + 1}` : style
  return `Bind it: write ${next} in its place${around}, and give ${hole.expression} in the array of values.`
}

const BINDING: Readonly<Record<string, string>> = {
  pg: '$1',
  'pg-promise': '$1',
  '@prisma/client': 'template',
  postgres: 'template',
  'drizzle-orm': 'template',
  kysely: 'template',
  slonik: 'template',
  knex: '?',
  sequelize: '?',
}
