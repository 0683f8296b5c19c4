// Reads a code out of the fields of a report, for engines whose codes are numbers or symbols.

import type { CodeTable } from './code-table.ts'
import type { ErrorReport } from './error-report.ts'

const NUMBER = /^\d{1,7}$/
const SYMBOL = /^[A-Za-z][A-Za-z0-9_]{1,63}$/

/** The report's number as text, from `errno` or `code`; null if it gives none. */
export function numberOf({ errno, code }: ErrorReport): string | null {
  if (errno !== undefined && Number.isInteger(errno) && errno >= 0) return String(errno)
  const text = code === undefined ? '' : String(code).trim()
  return NUMBER.test(text) ? String(Number(text)) : null
}

/** The report's symbol as it is written; null for what has not the form of one. */
export function symbolOf({ code }: ErrorReport): string | null {
  const text = typeof code === 'string' ? code.trim() : ''
  return SYMBOL.test(text) ? text : null
}

/** The code of a symbol: what the table says, else the symbol in capitals. */
export const codeOfSymbol = (table: CodeTable, symbol: string): string =>
  table.bySymbol(symbol)?.code ?? symbol.toUpperCase()
