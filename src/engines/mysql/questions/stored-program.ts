/**
 * The variables of a stored program, by name, each with a literal of its type: with these a statement can be planned that is known only
 * as it is written in the program. What a program is made of may be read by its own account and by who was given the right; two
 * look-ups by name, on the planner's account.
 */
import { type SqlDialect, SqlLexer, TokenKind } from '../../../sql/index.ts'
import { quoteIdentifier, quoteQualified } from '../../../sql/quoting.ts'
import { textOrEmpty } from '../cells.ts'
import type { WrittenStatement } from '../statement-samples.ts'
import type { Unknown } from './failure.ts'
import type { ProgramVariables } from './program-text.ts'
import type { Reader } from './question.ts'
import { type ServerFacts, serverFacts } from './server-facts.ts'
import { literalOf } from './type-literals.ts'

/** A program by its kind and name. */
type Program = Omit<WrittenStatement, 'text'>

/** A body longer than this is not read, characters: it is asked for whole, and looked through. */
const BODY_MAX = 262_144

const BODY_SQL = `SELECT LEFT(ROUTINE_DEFINITION, ${BODY_MAX + 1}) AS body FROM information_schema.ROUTINES
WHERE ROUTINE_SCHEMA = ? AND ROUTINE_NAME = ? AND ROUTINE_TYPE = ?`

const PARAMETERS_SQL = `SELECT PARAMETER_NAME AS name, DATA_TYPE AS type FROM information_schema.PARAMETERS
WHERE SPECIFIC_SCHEMA = ? AND SPECIFIC_NAME = ? AND ROUTINE_TYPE = ? AND PARAMETER_NAME IS NOT NULL LIMIT 1000`

/** What is declared beside variables. */
const NO_TYPES = new Set(['cursor', 'condition', 'handler'])

/** The variables of the procedure or function a statement is written in, or which right shows them. */
export async function programVariables(
  planner: Reader,
  program: Program,
  dialect: SqlDialect,
): Promise<ProgramVariables | Unknown> {
  const { kind, schema, name } = program
  if (kind !== 'procedure' && kind !== 'function') return noVariables(program)
  const type = kind.toUpperCase()
  const [found] = await planner.query(BODY_SQL, [schema, name, type])
  const body = textOrEmpty(found?.['body'])
  if (body === '') return notShown(await serverFacts(planner), { kind, schema, name })
  if (body.length > BODY_MAX)
    return {
      because: `${kind} ${schema}.${name}, in which it is written, is longer than ${BODY_MAX} characters`,
      toProceed: 'Look at it by hand.',
    }
  const parameters = await planner.query(PARAMETERS_SQL, [schema, name, type])
  const typed = [
    ...parameters.map((row) => [textOrEmpty(row['name']), textOrEmpty(row['type'])] as const),
    ...declared(body, dialect),
  ]
  return new Map(
    typed.flatMap(([variable, of]): [string, string][] => {
      const literal = literalOf(of)
      return literal === null ? [] : [[variable.toLowerCase(), literal]]
    }),
  )
}

/** A trigger speaks of the row it fires for, an event of nothing but tables. */
const noVariables = ({ kind, schema, name }: Program): Unknown => ({
  because: `the types of what it compares with are known in ${kind} ${schema}.${name} alone`,
  toProceed: `Look at it by hand: SHOW CREATE ${kind.toUpperCase()} ${quoteQualified([schema, name], 'mysql')}.`,
})

/** The right that shows what a program is made of, by server; none of them lets anything be changed or called. */
function notShown({ flavour, version }: ServerFacts, { kind, schema, name }: Program): Unknown {
  const right =
    flavour === 'mysql'
      ? 'SHOW_ROUTINE ON *.*'
      : version >= 110_300
        ? `SHOW CREATE ROUTINE ON ${quoteIdentifier(schema, 'mysql')}.*`
        : 'SELECT ON mysql.proc'
  return {
    because: `the planner’s account may not read ${kind} ${schema}.${name}, in which the types of its variables are declared`,
    toProceed: `Grant the planner’s account ${right}.`,
  }
}

/** The variables a body declares, with the first word of their types. */
function declared(body: string, dialect: SqlDialect): readonly (readonly [string, string])[] {
  const lexer = new SqlLexer(body, dialect)
  const found: (readonly [string, string])[] = []
  for (let kind = lexer.next(); kind !== TokenKind.end; kind = lexer.next()) {
    if (kind === TokenKind.word && lexer.tokenText().toLowerCase() === 'declare')
      found.push(...readDeclaration(lexer))
  }
  return found
}

/** `a, b INT`, after DECLARE. */
function readDeclaration(lexer: SqlLexer): readonly (readonly [string, string])[] {
  const names: string[] = []
  for (let isName = true; isName; ) {
    lexer.next()
    names.push(lexer.tokenText().replace(/^`(.*)`$/s, '$1'))
    lexer.next()
    isName = lexer.tokenText() === ','
  }
  const type = lexer.tokenText().toLowerCase()
  return lexer.kind !== TokenKind.word || NO_TYPES.has(type) ? [] : names.map((name) => [name, type])
}
