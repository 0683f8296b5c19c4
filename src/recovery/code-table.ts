// The codes an engine defines, as facts: number or state, symbol, SQLSTATE, our type. Read from tables made by
// `npm run errors:catalogue` from what the engines and their drivers ship.

import { readFileSync } from 'node:fs'
import { type ErrorType, isErrorType } from './error-types.ts'

/** One code. */
export interface ErrorCodeRow {
  /** The engine's own code in one spelling: `1146`, `42P01`, `SQLITE_BUSY`. */
  readonly code: string
  /** Its symbol; empty where the engine gives it none. */
  readonly symbol: string
  /** Empty where the engine has none. */
  readonly sqlstate: string
  readonly type: ErrorType
}

/** Codes with ways to find one. */
export interface CodeTable {
  /** Where the rows come from, with versions. */
  readonly sources: readonly string[]
  readonly rows: readonly ErrorCodeRow[]
  /** By code. */
  row(code: string): ErrorCodeRow | undefined
  /** By symbol, in any case. */
  bySymbol(symbol: string): ErrorCodeRow | undefined
}

/** The table of some rows; the first row of a symbol wins. */
export function codeTable(sources: readonly string[], rows: readonly ErrorCodeRow[]): CodeTable {
  const byCode = new Map(rows.map((row) => [row.code, row]))
  const bySymbol = new Map(rows.toReversed().map((row) => [row.symbol.toUpperCase(), row]))
  return {
    sources,
    rows,
    row: (code) => byCode.get(code),
    bySymbol: (symbol) => (symbol === '' ? undefined : bySymbol.get(symbol.toUpperCase())),
  }
}

/**
 * Reads a table: lines `# source`, then one row a line as code, symbol, SQLSTATE and type between tabs.
 * @throws Error where a line is none of these, with its number
 */
export function readCodeTable(file: URL): CodeTable {
  const sources: string[] = []
  const rows: ErrorCodeRow[] = []
  for (const [i, line] of readFileSync(file, 'utf8').split('\n').entries()) {
    if (line === '') continue
    if (line.startsWith('# ')) {
      sources.push(line.slice(2))
      continue
    }
    const [code = '', symbol = '', sqlstate = '', type = ''] = line.split('\t')
    if (code === '' || !isErrorType(type)) throw new Error(`${file.pathname}:${i + 1} is no row of codes`)
    rows.push({ code, symbol, sqlstate, type })
  }
  return codeTable(sources, rows)
}

/** Runs `make` on the first call and gives its result from then on. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
