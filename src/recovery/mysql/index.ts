// Errors of MySQL and MariaDB: one numbering that parted at 1900, two sets of messages, the same ways of clients to write them.

import { MARIADB, MYSQL, type SqlDialect } from '../../sql/index.ts'
import { type CodeTable, codeTable, once, readCodeTable } from '../code-table.ts'
import type { ErrorEngine, Refinement } from '../error-engine.ts'
import type { ErrorReport } from '../error-report.ts'
import { readMessages } from '../message-catalogue.ts'
import { MessageIndex } from '../message-index.ts'
import { codeOfSymbol, numberOf, symbolOf } from '../report-code.ts'
import { CLIENT_ROWS } from './client-rows.ts'

/** How clients put the number before a message; the first group that is set is the number. */
const PREFIXES = [
  /^ERROR (\d{4,5}) \([0-9A-Z]{5}\)(?: at line \d+)?(?: in file: '[^']*')?: /,
  /^Error (\d{4,5})(?: \([0-9A-Z]{5}\))?: /,
  /^SQLSTATE\[[0-9A-Z]{5}\](?: \[(\d{4,5})\] |: [^:]{1,60}: (\d{4,5}) )/,
  /^(?:\([\w.]+\) )?\((\d{4,5}), ["']/,
  /^#(\d{4,5}) - /,
  /^(?:\[[0-9A-Z]{5}\])?\[(\d{4,5})\] /,
]
/** What a wrapper says when the server refused before the handshake was over. */
const TOO_MANY = /(?<!\d)1040(?!\d)|\bToo many connections\b/

/** The operating system's number for a full disk, as the server puts it into messages about files and storage. */
const NO_SPACE = /(?:errno|Errcode|error): ?"?28\b|\berror 28\b/

const mysqlCodes = once(() => withClientRows(new URL('mysql-codes.tsv', import.meta.url)))
const mariadbCodes = once(() => withClientRows(new URL('mariadb-codes.tsv', import.meta.url)))

function withClientRows(file: URL): CodeTable {
  const { sources, rows } = readCodeTable(file)
  const known = new Set(rows.map((row) => row.code))
  return codeTable(
    [...sources, 'client errors: https://dev.mysql.com/doc/mysql-errors/en/client-error-reference.html'],
    [...rows, ...CLIENT_ROWS.filter((row) => !known.has(row.code))],
  )
}

function engine(own: {
  id: string
  aliases: readonly string[]
  dialect: SqlDialect
  codes: () => CodeTable
  messages: URL
}): ErrorEngine {
  return {
    id: own.id,
    aliases: own.aliases,
    dialect: own.dialect,
    defaultSchema: null,
    codes: own.codes,
    messages: once(() => new MessageIndex(readMessages(own.messages))),
    readCode: (report) => codeIn(report, own.codes()),
    bareMessages: (message) => [withoutPrefix(message)],
    refine,
    foldName: (name) => name,
  }
}

/** MySQL 5.7 to 9. */
export const mysqlErrors: ErrorEngine = engine({
  id: 'mysql',
  aliases: ['mysql2', 'percona', 'aurora-mysql'],
  dialect: MYSQL,
  codes: mysqlCodes,
  messages: new URL('mysql-messages.bin', import.meta.url),
})

/** MariaDB 10 and 11. */
export const mariadbErrors: ErrorEngine = engine({
  id: 'mariadb',
  aliases: [],
  dialect: MARIADB,
  codes: mariadbCodes,
  messages: new URL('mariadb-messages.bin', import.meta.url),
})

function codeIn(report: ErrorReport, codes: CodeTable): string | null {
  const number = numberOf(report) ?? prefixNumber(report.message)
  if (number !== null) return number
  const symbol = symbolOf(report)
  if (symbol === null) return null
  if (codes.bySymbol(symbol) !== undefined) return codeOfSymbol(codes, symbol)
  // mysql2 names MariaDB's numbers by MySQL's symbols; going back over MySQL's table gives the number the server sent.
  return codeOfSymbol(mysqlCodes(), symbol)
}

function prefixNumber(message: string): string | null {
  for (const prefix of PREFIXES) {
    const found = prefix.exec(message)
    if (found !== null) return found[1] ?? found[2] ?? null
  }
  return null
}

function withoutPrefix(message: string): string {
  const prefix = PREFIXES.find((p) => p.test(message))
  return prefix === undefined ? message : message.replace(prefix, '').replace(/["']\)$/, '')
}

function refine(code: string | null, _match: unknown, message: string): Refinement | undefined {
  if ((code === '2002' || code === '2013') && TOO_MANY.test(message)) return { type: 'TOO_MANY_CONNECTIONS' }
  if ((code === '1030' || code === '3') && NO_SPACE.test(message)) return { type: 'DISK_FULL' }
  return undefined
}
