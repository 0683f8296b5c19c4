import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DbmedicError } from '../core/errors.ts'
import { stateError } from './context.ts'
import { orderly, orderlyJson, paint, printable, table, wrap } from './terminal.ts'

/** Clears the screen, sets the title, writes to the clipboard, hides, turns, and forges a line of ours. */
const HOSTILE =
  'orders\u001b[2J\u001b]0;owned\u0007\u001b]52;c;cm0=\u0007\u009b31m\u202egnp\u2066\u200b\ufeff\nDECISION 7 APPROVED\u2028x\r\ny\tz'

/** What moves, colours or turns text; marks of no width only hide inside a name. */
const OBEYED_HERE = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u
/** Everything a terminal obeys or a reader does not see. */
const OBEYED = /[\p{Cc}\p{Cf}\u2028\u2029]/u

test('a name cannot steer the terminal, hide text or begin a line', () => {
  const shown = printable(HOSTILE)
  assert.doesNotMatch(shown, OBEYED)
  assert.match(shown, /orders.*DECISION 7 APPROVED/, 'on one line, where its reader sees it')
})

test('plain names of any script stay as they are', () => {
  for (const name of ['orders', 'größe', '注文', 'заказы', '`a b`', '👍']) assert.equal(printable(name), name)
})

test('a cell of a table stays one line, and wrapped text has no other line breaks than ours', () => {
  assert.equal(table(['NAME'], [[HOSTILE]], 'none').split('\n').length, 2)
  const wrapped = wrap(HOSTILE, '  ')
  assert.ok(wrapped.split('\n').every((line) => line.startsWith('  ') && !OBEYED.test(line)))
})

test('an error that repeats a name cannot steer the terminal', (t) => {
  const written: string[] = []
  t.mock.method(process.stderr, 'write', (text: string) => written.push(text) > 0)
  stateError(new DbmedicError('DBM_NOT_FOUND', { kind: 'target', id: HOSTILE, hint: HOSTILE }), false)
  stateError(new Error(HOSTILE), false)
  t.mock.restoreAll()
  assert.ok(written.length === 2)
  for (const line of written.join('').split('\n')) assert.doesNotMatch(line, OBEYED)
  assert.doesNotMatch(written.join(''), /^DECISION 7/m)
})

test('what was missed on its way is shown and not obeyed where text is printed; our colours are left', (t) => {
  const before = process.env.FORCE_COLOR
  t.after(() => {
    if (before === undefined) delete process.env.FORCE_COLOR
    else process.env.FORCE_COLOR = before
  })
  process.env.FORCE_COLOR = '1'
  const bold = paint('bold', 'Issue 1')
  assert.equal(orderly(`${bold}\n`), `${bold}\n`)
  assert.doesNotMatch(orderly(`${HOSTILE}\u001b[8mhidden\u001b[0;30m`).replaceAll(/[\n\t]/g, ''), OBEYED_HERE)
  process.env.FORCE_COLOR = '0'
  assert.doesNotMatch(orderly(`${bold}\u001b[1mforged`), OBEYED_HERE)
})

test('JSON that is printed says what it said, and holds nothing a terminal obeys', () => {
  const told = orderlyJson({ [HOSTILE]: [HOSTILE] }, 2)
  assert.deepEqual(JSON.parse(told), { [HOSTILE]: [HOSTILE] })
  assert.doesNotMatch(told.replaceAll('\n', ''), OBEYED_HERE)
})
