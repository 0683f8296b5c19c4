// Errors of SQLite: codes by their symbols, one language, and many faults under SQLITE_ERROR that only the message tells apart.

import { SQLITE } from '../../sql/index.ts'
import { once, readCodeTable } from '../code-table.ts'
import type { ErrorEngine, Refinement } from '../error-engine.ts'
import type { MessageMatch } from '../message-index.ts'
import { patternList } from '../pattern-list.ts'
import { codeOfSymbol, numberOf, symbolOf } from '../report-code.ts'
import { SQLITE_PATTERNS } from './patterns.ts'

const PREFIX =
  /^(?:(?:Parse |Runtime )?[Ee]rror(?: near line \d+)?: |(?:sqlite3\.)?\w{0,20}Error: |(SQLITE_[A-Z_]+): (?:sqlite error: )?|stepping, )/
const SUFFIX = / \(\d{1,5}\)$/

const codes = once(() => readCodeTable(new URL('codes.tsv', import.meta.url)))
const patterns = once(() => patternList(SQLITE_PATTERNS))

/** SQLite 3. */
export const sqliteErrors: ErrorEngine = {
  id: 'sqlite',
  aliases: ['sqlite3', 'better-sqlite3', 'libsql', 'node:sqlite'],
  dialect: SQLITE,
  defaultSchema: 'main',
  codes,
  messages: () => patterns().index,
  readCode: (report) => {
    const number = numberOf(report)
    if (number !== null) return codes().bySymbol(number)?.code ?? number
    const symbol = symbolOf(report) ?? PREFIX.exec(report.message)?.[1] ?? null
    return symbol === null || symbol === 'ERR_SQLITE_ERROR' ? null : codeOfSymbol(codes(), symbol)
  },
  bareMessages: (message) => [message.replace(PREFIX, '').replace(SUFFIX, '')],
  refine,
  foldName: (name) => name.toLowerCase(),
}

/** A primary code becomes the extended one its message tells: drivers differ in which of the two they give. */
function refine(code: string | null, match: MessageMatch | null): Refinement | undefined {
  const type = patterns().typeOf(match)
  const told = match?.template.code
  const isFiner = code !== null && told?.startsWith(`${code}_`) === true
  if (isFiner) return type === undefined ? { code: told } : { code: told, type }
  return type === undefined || told !== code ? undefined : { type }
}
