/** Runs generated programs as they were and as a fix makes them: with a driver that records, or on a database. */
import assert from 'node:assert/strict'
import { compileFunction } from 'node:vm'
import { applyEdits, inOrder } from '../../src/scanner/fix/edits.ts'
import { SqlLexer, TokenKind } from '../../src/sql/index.ts'
import { type GeneratedProgram, SCHEMA } from './fix-programs.ts'
import { scanCode } from './scan-code.ts'

/** What a driver is given. */
export interface Sent {
  readonly text: string
  readonly values: readonly unknown[]
}

/** The program after its fix; null if none is offered. Asserts that the fixed program has no further fix. */
export async function fixedTwice(program: GeneratedProgram): Promise<string | null> {
  const once = await fixedOnce(program, program.text)
  if (once === null) return null
  assert.equal(await fixedOnce(program, once), null, `fixed twice:\n${once}`)
  return once
}

async function fixedOnce({ driver }: GeneratedProgram, text: string): Promise<string | null> {
  const { fixes, skipped } = await scanCode({
    'package.json': JSON.stringify({
      dependencies: Object.fromEntries(driver.packages.map((name) => [name, '*'])),
    }),
    'migrations/001.sql': SCHEMA,
    'src/app.js': text,
  })
  assert.deepEqual(skipped, [])
  const edits = inOrder(fixes.flatMap((each) => each.edits))
  assert.ok(edits !== null)
  return edits.length === 0 ? null : applyEdits(text, edits)
}

/** The function of a program as `text` has it, around the database it is given. */
export function runner(text: string): (db: unknown, req: unknown) => unknown {
  const body = text.slice(text.indexOf('function run'))
  return compileFunction(`${body}\nreturn run(req)`, ['db', 'req']) as (db: unknown, req: unknown) => unknown
}

/** A request in which a client has set these values. */
export const requestOf = (given: Readonly<Record<string, unknown>>): object => ({
  query: given,
  body: given,
  params: given,
})

/** What a program’s driver is given for a request; null if the program fails before. */
export function sentBy(text: string, given: Readonly<Record<string, unknown>>): Sent | null {
  const log: Sent[] = []
  const record = (statement: string, values: unknown): void => {
    log.push({ text: statement, values: Array.isArray(values) ? values : [] })
  }
  const prepare = (statement: string): object => {
    const run = (...values: unknown[]): void => record(statement, values)
    return { all: run, run }
  }
  try {
    runner(text)({ query: record, execute: record, raw: record, prepare }, requestOf(given))
  } catch {
    return null
  }
  return log[0] ?? null
}

/**
 * The statement’s shape as the server reads it: its tokens, every value one sign. Where the driver writes values into the text,
 * that of the text it writes.
 */
export function shapeOf({ driver }: GeneratedProgram, sent: Sent | null): string | null {
  if (sent === null) return null
  const text = driver.writesText ? expanded(sent) : sent.text
  const lexer = new SqlLexer(text, driver.dialect)
  const shape: string[] = []
  let placeholders = 0
  for (let kind = lexer.next(); kind !== TokenKind.end; kind = lexer.next()) {
    const own = lexer.tokenText()
    if (kind === TokenKind.placeholder) placeholders++
    const isValue =
      kind === TokenKind.placeholder ||
      kind === TokenKind.string ||
      kind === TokenKind.number ||
      (kind === TokenKind.word && /^(NaN|Infinity|null|true|false)$/i.test(own))
    if (isValue && shape.at(-1) === '-') shape.pop()
    shape.push(isValue ? 'V' : own)
    if (!lexer.terminated) shape.push('unterminated')
  }
  if (!driver.writesText && placeholders !== sent.values.length)
    shape.push(`${sent.values.length} values for ${placeholders} placeholders`)
  return shape.join(' ').replace(/(IN \( V)(?: , V)* \)/g, '$1 )')
}

/**
 * What drivers of the mysqljs family make of a text and its values: every `?` in turn, wherever it stands; arrays as lists,
 * objects as assignments (https://github.com/mysqljs/sqlstring#escaping-query-values). Newer ones do less.
 */
function expanded({ text, values }: Sent): string {
  let next = 0
  return text.replace(/\?/g, (mark) => (next < values.length ? escaped(values[next++]) : mark))
}

function escaped(value: unknown): string {
  if (value === undefined || value === null) return 'NULL'
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value)
  if (Array.isArray(value))
    return value.map((each) => (Array.isArray(each) ? `(${escaped(each)})` : escaped(each))).join(', ')
  if (typeof value === 'object')
    return Object.entries(value)
      .map(([key, own]) => `\`${key.replaceAll('`', '``')}\` = ${escaped(own)}`)
      .join(', ')
  return `'${String(value).replace(/["'\\]/g, (char) => `\\${char}`)}'`
}

/** A database both SQLite drivers have. */
interface Engine {
  exec(text: string): unknown
  prepare(text: string): { all(...values: never[]): readonly unknown[] }
  close(): unknown
}

/** Rows of the generated programs’ table. */
export const ROWS = `INSERT INTO people (id, name, code, age, score) VALUES
  (1, 'ann', '5', 1, 0.5), (2, 'Zoë', '12', 2, 2), (3, 'o', 'ann', 3, 1.5), (5, '7', '7', 5, NULL), (7, 'ann-o', '', NULL, 5);`

/** What a program reads and leaves in a database of a few rows; the error where there is one. */
export function rowsAfter(
  text: string,
  { given, open }: { readonly given: Readonly<Record<string, unknown>>; readonly open: () => Engine },
): unknown {
  const db = open()
  try {
    db.exec(SCHEMA + ROWS)
    const answer = runner(text)(db, requestOf(given))
    const read = Array.isArray(answer) ? answer : []
    const left = db.prepare('SELECT *, typeof(age) AS kind FROM people ORDER BY id').all()
    return { read: read.map((row) => ({ ...row })), left: left.map((row) => ({ ...(row as object) })) }
  } finally {
    db.close()
  }
}
