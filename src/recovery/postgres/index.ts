// Errors of PostgreSQL: the code is the SQLSTATE, messages come in the language of the server's lc_messages.

import { POSTGRESQL } from '../../sql/index.ts'
import { once, readCodeTable } from '../code-table.ts'
import type { ErrorEngine } from '../error-engine.ts'
import type { ErrorReport } from '../error-report.ts'
import { readMessages } from '../message-catalogue.ts'
import { MessageIndex } from '../message-index.ts'
import { codeOfSymbol, symbolOf } from '../report-code.ts'

const SQLSTATE = /^(?=.*\d)[0-9A-Z]{5}$/
/** psql's place, the severity in any language with its two spaces, and the state in verbose form. */
const PREFIX = /^(?:psql:[^:\n]{1,200}:\d+: )?(?:\p{L}{2,14}: {1,2})?(?:([0-9A-Z]{5}): )?/u
const SEVERITY = /^(?:psql:[^:\n]{1,200}:\d+: )?\p{L}{2,14}: {2}/u
const PLAIN_SEVERITY = /^(?:ERROR|FATAL|PANIC|WARNING): /
/** What follows the first message: DETAIL, HINT, CONTEXT, LINE n, in any language. */
const MORE = /\n\p{L}[\p{L} ]{1,20}(?: ?\d+)?: /gu
/** Most places at which a message is tried to end. */
const ENDS_MAX = 6

const codes = once(() => readCodeTable(new URL('codes.tsv', import.meta.url)))

/** PostgreSQL 13 to 18. */
export const postgresErrors: ErrorEngine = {
  id: 'postgresql',
  aliases: ['postgres', 'pg', 'cockroachdb'],
  dialect: POSTGRESQL,
  defaultSchema: 'public',
  codes,
  messages: once(() => new MessageIndex(readMessages(new URL('messages.bin', import.meta.url)))),
  readCode,
  bareMessages,
  // Unquoted names are folded to small letters by the server; its own messages have them folded already.
  foldName: (name) => name.toLowerCase(),
}

/** The first message alone, as far as one can tell: a value may hold what looks like a further line, so longer parts follow. */
function bareMessages(message: string): readonly string[] {
  const bare = hasPrefix(message) ? message.replace(PREFIX, '') : message
  const ends = Array.from(bare.matchAll(MORE), ({ index }) => index).slice(0, ENDS_MAX)
  return [...ends.map((end) => bare.slice(0, end)), bare]
}

const hasPrefix = (message: string): boolean => SEVERITY.test(message) || PLAIN_SEVERITY.test(message)

function readCode(report: ErrorReport): string | null {
  for (const given of [report.sqlstate, report.code]) {
    const state = typeof given === 'string' ? given.trim() : ''
    if (SQLSTATE.test(state)) return state
  }
  const inMessage = hasPrefix(report.message) ? PREFIX.exec(report.message)?.[1] : undefined
  if (inMessage !== undefined && SQLSTATE.test(inMessage)) return inMessage
  const symbol = symbolOf(report)
  return symbol === null ? null : codeOfSymbol(codes(), symbol.replace(/^ERRCODE_/i, ''))
}
