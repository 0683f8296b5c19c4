/** Which calls send SQL, as data and a few questions: methods that take whole statements, and those that take parts of one. */
import { FRAGMENT_TABLE } from '../rules/index.ts'
import { QUOTING } from './known-calls.ts'

/** Methods of drivers and libraries whose first argument is a statement. */
export const STATEMENT_METHODS: ReadonlySet<string> = new Set(
  (
    'query execute prepare run all get each exec raw unsafe any one many none oneOrNone manyOrNone manyOrMany result multi ' +
    'task $queryRawUnsafe $executeRawUnsafe $queryRaw $executeRaw queryRaw executeRaw executeSql queryOne queryAll queryRow ' +
    'queryRows iterate stream queryStream prepareAsync runAsync getAllAsync getFirstAsync execAsync runSync getAllSync ' +
    'execSync batch executeQuery rawQuery queryAsync fetchAll fetchOne fetchRow insert update select'
  ).split(' '),
)

/** Methods that take part of a statement, and the text that would stand before it. */
export const FRAGMENT_METHODS: ReadonlyMap<string, string> = new Map([
  ...'whereRaw andWhereRaw orWhereRaw havingRaw orHavingRaw andWhere orWhere where literal'
    .split(' ')
    .map((name): [string, string] => [name, `SELECT 1 FROM ${FRAGMENT_TABLE} WHERE `]),
  ...'orderByRaw groupByRaw'
    .split(' ')
    .map((name): [string, string] => [name, `SELECT 1 FROM ${FRAGMENT_TABLE} ORDER BY `]),
  ['joinRaw', `SELECT 1 FROM ${FRAGMENT_TABLE} `],
  ['fromRaw', 'SELECT 1 FROM '],
  ['selectRaw', 'SELECT '],
])

/** Fragment methods that other libraries use for other things: a text of theirs must look like a condition. */
export const AMBIGUOUS_FRAGMENTS: ReadonlySet<string> = new Set(['where', 'andWhere', 'orWhere', 'literal'])

/** Methods of a prepared statement, whose arguments are the values. */
export const RUN_METHODS: ReadonlySet<string> = new Set(
  'get all run iterate pluck raw each bind execute'.split(' '),
)

/** Calls whose text is for people or for comparison, never for a server. */
const FOR_PEOPLE =
  /^(console|log|logger|debug|warn|error|info|trace|verbose|print|printf|expect|assert|should|chai|test|it|describe|t|i18n|translate|\$t|Error|TypeError|alert|confirm|prompt|toast|message|notify|chalk|fail|throwError|write|writeln|setStatus|emit|push|unshift|includes|startsWith|endsWith|indexOf|match|replace|replaceAll|split|join|concat|add|set|has|RegExp|require|import|equal|deepEqual|strictEqual|toBe|toEqual|toMatch|toContain|toHaveBeenCalledWith|parse|format|highlight|createElement|jsx|jsxs|h|_jsx|resolve|reject|next|Symbol|String|Boolean|title|label|addEventListener|querySelector|querySelectorAll|option|command|description|help|usage|example|tag|setAttribute|append|prepend|text|html|describeIf|ok|is|not)$/i

/** Whether a call can never send a statement, by its dotted path: it is for people, or quotes parts of one. */
export function isForPeople(path: readonly string[]): boolean {
  const method = path.at(-1) ?? ''
  return (
    FOR_PEOPLE.test(method) ||
    QUOTING.test(method) ||
    /^(console|logger|log|expect|assert|chai|i18n|vscode|window|document|React)$/.test(path[0] ?? '')
  )
}

/** A statement by its shape alone: a verb and the word that must follow it. */
const WHOLE =
  /^[\s(]*(?:select\b[\s\S]+?\bfrom\b|insert\s+(?:ignore\s+|or\s+\w+\s+)?into\s|replace\s+into\s|update\s[\s\S]+?\sset\s|delete\s+from\s|with\s+(?:recursive\s+)?["`\w]+\s*(?:\([^)]*\)\s*)?as\s+(?:not\s+materialized\s+|materialized\s+)?\(|create\s+(?:or\s+replace\s+|unique\s+|temp(?:orary)?\s+|virtual\s+|materialized\s+|unlogged\s+)*(?:table|index|view|trigger|function|extension|type|schema|sequence)\b|alter\s+(?:table|type)\s|drop\s+(?:table|index|view)\s|truncate\s)/i

/** A statement by its first word, where the call is known to take one. */
const BEGINS =
  /^[\s(]*(?:select|insert|update|delete|replace|with|create|alter|drop|truncate|merge|call|pragma|begin|start\s+transaction|commit|rollback|savepoint|release|explain|show|set|vacuum|analyze|lock|grant|revoke|use|attach|detach|reindex|listen|notify|copy|refresh|declare|fetch|do|rename|optimize)\b/i

/** Whether a text is a whole statement by its shape. */
export const isWholeStatement = (text: string): boolean => WHOLE.test(withoutComments(text))

/** Whether a text begins as a statement does. */
export const beginsAsStatement = (text: string): boolean =>
  BEGINS.test(withoutComments(text)) && !isCypher(text)

/** Graph databases' drivers have a `query`, too. */
const isCypher = (text: string): boolean =>
  /^\s*call\s+\w+\.\w+\.\w+|\byield\s+\w+|\bmatch\s*\(\s*\w*\s*[:)]|\bdetach\s+delete\b/i.test(text)

/** Whether a text has what prose has not: operators, parentheses, placeholders, or keywords written large. */
export const hasSqlMarks = (text: string): boolean =>
  /[=*?;]|\$\d|\(\s*[\w"`]|\b(?:WHERE|VALUES|FROM|SET|INTO)\b/.test(text)

/** Whether a part of a statement looks like a condition or a list of columns. */
export const looksLikeCondition = (text: string): boolean =>
  /[\w"`\])]\s*(?:=|<>|!=|<=|>=|<|>)\s*|\b(?:in|like|ilike|between|is\s+null|is\s+not\s+null)\b/i.test(text)

const withoutComments = (text: string): string =>
  text.replace(/^(?:\s+|--[^\n]*\n|\/\*[\s\S]*?\*\/|#[^\n]*\n)+/, '')
