import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Row } from '../cells.ts'
import { cumulativeStatements, isMore, nestedStatements } from './nested-statements.ts'

type Given = readonly [
  thread: number,
  event: number,
  parent: number | null,
  level: number,
  sql: string,
  rows: number,
]

/** Rows in the order in which they ended. */
const history = (given: readonly Given[]): Row[] =>
  given.map(([thread, event, parent, level, sql, rows], at) => ({
    kind: level === 0 ? null : 'procedure',
    schema_name: 'shop',
    name: 'p',
    digest_text: level === 0 ? null : sql,
    thread_id: String(thread),
    event_id: String(event),
    nesting_event_id: parent === null ? null : String(parent),
    level: String(level),
    ended_ps: String(at + 1),
    calls: '1',
    rows_examined: String(rows),
  }))

const told = (rows: readonly Row[]) =>
  cumulativeStatements(rows).map(({ sql, own, counted }) => [sql, own.rowsExamined, counted.rowsExamined])

test('what statements of a call count on from each other is taken off, in each call anew', () =>
  assert.deepEqual(
    told(
      history([
        [1, 1, null, 0, '', 9],
        [1, 3, 2, 1, 'scan', 600],
        [1, 4, 2, 1, 'lookup', 601],
        [1, 2, null, 0, '', 0],
        [1, 6, 5, 1, 'scan', 600],
        [1, 7, 5, 1, 'lookup', 601],
        [1, 5, null, 0, '', 0],
      ]),
    ),
    [
      ['scan', 600, 600],
      ['lookup', 1, 601],
      ['scan', 600, 600],
      ['lookup', 1, 601],
    ],
  ))

test('the oldest that a session keeps may have had others before it, and is left out', () =>
  assert.deepEqual(
    told(
      history([
        [1, 3, 2, 1, 'second', 700],
        [1, 4, 2, 1, 'third', 701],
        [2, 9, null, 0, '', 0],
        [2, 11, 10, 1, 'first', 5],
      ]),
    ),
    [
      ['third', 1, 701],
      ['first', 5, 5],
    ],
  ))

test('statements of a program that another one calls are of the same call; the call itself shows nothing of them', () =>
  assert.deepEqual(
    told(
      history([
        [1, 1, null, 0, '', 0],
        [1, 3, 2, 1, 'select a', 100],
        [1, 5, 4, 2, 'select b', 300],
        [1, 4, 2, 1, 'CALL q()', 0],
        [1, 2, null, 0, '', 0],
      ]),
    ),
    [
      ['select a', 100, 100],
      ['select b', 200, 300],
      ['CALL q()', 0, 0],
    ],
  ))

test('a statement in a program whose caller is not kept any more is left out', () =>
  assert.deepEqual(
    told(
      history([
        [1, 1, null, 0, '', 0],
        [1, 9, 8, 2, 'select b', 300],
      ]),
    ),
    [],
  ))

test('where each is counted by itself all are told as they are', () =>
  assert.deepEqual(
    nestedStatements(
      history([
        [1, 3, 2, 1, 'scan', 600],
        [1, 4, 2, 1, 'lookup', 1],
      ]),
    ).map(({ own }) => own.rowsExamined),
    [600, 1],
  ))

test('whole numbers in digits are compared as numbers', () =>
  assert.deepEqual(
    [isMore('10', '9'), isMore('9', '10'), isMore('7', '7'), isMore('18446744073709551615', '2')],
    [true, false, false, true],
  ))
