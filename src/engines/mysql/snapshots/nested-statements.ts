/**
 * Statements of stored programs in the statement history, each with what it did itself. MySQL counts rows examined and sent on from
 * statement to statement of one call (measured on 9.7: a look-up of one row after a scan of 600 shows 601), in the history as in the sums by program.
 */
import { type Row, text, textOrEmpty } from '../cells.ts'
import { type DigestCounters, digestRow } from './digest-rows.ts'

/** A statement of a program that was seen to have run. */
export interface NestedStatement {
  /** `procedure shop.totals_of`. */
  readonly program: string
  /** As it is written there; empty for what has no text: setting a variable, returning a value. */
  readonly sql: string
  /** As the server counts it. */
  readonly counted: DigestCounters
  /** Without what statements before it in the same call did. */
  readonly own: DigestCounters
  /** When it ended, the server's timer, ps, in digits. */
  readonly endedPs: string
}

/** Program of a row with `kind`, `schema_name` and `name`, as `procedure shop.totals_of`; null where the row is of no program. */
export function programName(row: Row): string | null {
  const kind = text(row['kind'])
  return kind === null ? null : `${kind} ${textOrEmpty(row['schema_name'])}.${textOrEmpty(row['name'])}`
}

/** Whether one whole number, written in digits, is more than another. */
export const isMore = (left: string, right: string): boolean =>
  left.length === right.length ? left > right : left.length > right.length

/** The statements of programs among rows of the history of a server that counts each statement by itself. */
export const nestedStatements = (rows: readonly Row[]): readonly NestedStatement[] =>
  rows.flatMap((row) => {
    const program = programName(row)
    if (program === null) return []
    const { counters } = digestRow(row)
    return [{ ...facts(row, program), counted: counters, own: counters }]
  })

/**
 * The same of a server that counts on. Of each session all statements it keeps are needed, those of clients too: the oldest of a
 * call is the call's first only where something older is kept, else what came before it is not known and it is left out.
 */
export function cumulativeStatements(rows: readonly Row[]): readonly NestedStatement[] {
  const sessions = Map.groupBy(rows, (row) => textOrEmpty(row['thread_id']))
  return [...sessions.values()].flatMap((ofSession) => ofOneSession(inOrder(ofSession)))
}

const inOrder = (rows: readonly Row[]): readonly Row[] =>
  rows.toSorted((a, b) => (isMore(textOrEmpty(a['ended_ps']), textOrEmpty(b['ended_ps'])) ? 1 : -1))

function ofOneSession(rows: readonly Row[]): readonly NestedStatement[] {
  const parents = new Map(rows.map((row) => [textOrEmpty(row['event_id']), text(row['nesting_event_id'])]))
  const before = new Map<string, DigestCounters>()
  return rows.flatMap((row, at) => {
    const program = programName(row)
    const call = callOf(row, parents)
    if (program === null || call === null) return []
    const { counters } = digestRow(row)
    const earlier = before.get(call)
    const nested = facts(row, program)
    // A call within a program shows none of what ran in it.
    if (!isCall(nested.sql)) before.set(call, counters)
    if (at === 0) return []
    return [
      { ...nested, counted: counters, own: earlier === undefined ? counters : since(counters, earlier) },
    ]
  })
}

/** The client's statement a nested one belongs to; null where a statement in between is not kept. */
function callOf(row: Row, parents: ReadonlyMap<string, string | null>): string | null {
  let parent = text(row['nesting_event_id'])
  for (let level = Number(row['level']); level > 1 && parent !== null; level -= 1)
    parent = parents.get(parent) ?? null
  return parent
}

/** Counters that went down were counted anew. */
function since(counters: DigestCounters, earlier: DigestCounters): DigestCounters {
  const { rowsExamined, rowsSent } = counters
  if (rowsExamined < earlier.rowsExamined || rowsSent < earlier.rowsSent) return counters
  return {
    ...counters,
    rowsExamined: rowsExamined - earlier.rowsExamined,
    rowsSent: rowsSent - earlier.rowsSent,
  }
}

/** Whether a statement of a program calls another one, of which its work is told. */
export const isCall = (sql: string): boolean => /^\s*call\b/i.test(sql)

const facts = (row: Row, program: string): Pick<NestedStatement, 'program' | 'sql' | 'endedPs'> => ({
  program,
  sql: textOrEmpty(row['digest_text']),
  endedPs: textOrEmpty(row['ended_ps']),
})
