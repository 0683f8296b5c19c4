// Errors of MongoDB: numbers with code names. Messages are free text; the few patterns here are those that name an object.

import { once, readCodeTable } from '../code-table.ts'
import type { ErrorEngine, Refinement } from '../error-engine.ts'
import type { ErrorReport } from '../error-report.ts'
import type { MessageMatch } from '../message-index.ts'
import { type PatternRow, patternList } from '../pattern-list.ts'
import { codeOfSymbol, numberOf, symbolOf } from '../report-code.ts'

const PREFIX = /^(?:Mongo\w{0,40}Error: )?(?:\(?[A-Z]\w{2,60}\)? ?: )?/
const CODE_NAME = /^(?:Mongo\w{0,40}Error: )?\(?([A-Z]\w{2,60})\)? ?: /
const DUPLICATE = /\bE(11000|11001)\b/
const COMMAND = /^\s*(?:db\.)?\{?\s*["']?([A-Za-z]{2,40})["']?\s*:\s*["']([^"'\n]{1,120})["']/
const TELLING = /^([A-Za-z]{2,40}):([\p{L}_$][\p{L}\p{N}_$.-]{0,119})$/u
const BARE = /^\s*\{?\s*["']?([A-Za-z]{2,40})["']?\s*:\s*1(?![\w.])/
const SHELL = /^\s*db\.([\w$-]{1,120})\.([A-Za-z]{2,40})\(/

const PATTERNS: readonly PatternRow[] = [
  ['11000', null, 'E11000 duplicate key error collection: {table} index: {constraint} dup key: {value}'],
  ['11000', null, 'E11000 duplicate key error index: {constraint} dup key: {value}'],
  ['121', null, 'Document failed validation'],
  ['112', null, 'WriteConflict error: this operation conflicted with another operation. {value}'],
  ['112', null, 'Write conflict during plan execution and yielding is disabled. {value}'],
  ['26', null, 'ns not found'],
  ['26', null, 'ns does not exist: {table}'],
  ['48', null, 'a collection {table} already exists'],
  ['48', null, 'Collection {table} already exists. {value}'],
  ['48', null, 'Collection already exists. NS: {table}'],
  ['27', null, 'index not found with name [{index}]'],
  ['50', null, 'operation exceeded time limit'],
  ['13', null, 'not authorized on {database} to execute command {value}'],
  ['13', null, 'command {value} requires authentication'],
  ['18', null, 'Authentication failed'],
  ['10107', null, 'not master'],
  ['10107', null, 'not primary'],
  ['13435', null, 'not primary and secondaryOk=false'],
  ['11602', null, 'interrupted at shutdown'],
  ['43', null, 'cursor id {value} not found'],
  ['146', null, 'Exceeded memory limit for {value}'],
  ['292', null, 'Sort exceeded memory limit of {value} bytes, but did not opt in to external sorting'],
  ['16500', 'TYPE_MISMATCH', 'Modifiers operate on fields but we found {value} instead'],
  ['14', null, 'Cannot apply {value} to a value of non-numeric type. {value}'],
]

const codes = once(() => readCodeTable(new URL('codes.tsv', import.meta.url)))
const patterns = once(() => patternList(PATTERNS))

/** MongoDB 4.4 to 8. */
export const mongodbErrors: ErrorEngine = {
  id: 'mongodb',
  aliases: ['mongo'],
  dialect: null,
  defaultSchema: null,
  codes,
  messages: () => patterns().index,
  readCode,
  bareMessages: (message) => [message.replace(PREFIX, '')],
  refine: (_code, match: MessageMatch | null): Refinement | undefined => {
    const type = patterns().typeOf(match)
    return type === undefined ? undefined : { type }
  },
  statementKey: commandOf,
  statementText: commandText,
  foldName: (name) => name,
}

/** The number; else that of the code name a driver or the message gives. */
function readCode(report: ErrorReport): string | null {
  const number = numberOf(report) ?? DUPLICATE.exec(report.message)?.[1] ?? null
  if (number !== null) return number === '11001' ? '11000' : number
  const given = symbolOf(report)
  if (given !== null) return codeOfSymbol(codes(), given)
  const told = CODE_NAME.exec(report.message)?.[1]
  return told === undefined ? null : (codes().bySymbol(told)?.code ?? null)
}

/** The command and its collection as the server writes them, if the collection's name has the form of one; without where it has none. */
function commandText(statement: string): string | undefined {
  const [, command, target] = TELLING.exec(commandOf(statement) ?? '') ?? []
  if (command !== undefined) return `{ ${command}: "${target}" }`
  const bare = BARE.exec(statement)?.[1]
  return bare === undefined ? undefined : `{ ${bare}: 1 }`
}

/** The command and its collection: `find:orders`. Filters and documents are values. */
function commandOf(statement: string): string | undefined {
  const [, collection, verb] = SHELL.exec(statement) ?? []
  if (collection !== undefined && verb !== undefined) return `${verb}:${collection}`
  const [, command, target] = COMMAND.exec(statement) ?? []
  return command === undefined || target === undefined ? undefined : `${command}:${target}`
}
