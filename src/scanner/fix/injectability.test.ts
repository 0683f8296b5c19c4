/**
 * The promise of fixes: whatever a client sends, after a fix the statement has one shape; and for values the statement was meant
 * for, it means what it meant. Programs are generated over drivers, forms of text and forms of values; each is run before and
 * after with a driver that records what it is given, and those of SQLite on a real database.
 * `DBMEDIC_FIX_PROGRAMS=5000` runs that many.
 */
import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, test } from 'node:test'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { type GeneratedProgram, programArbitrary } from '../../../test/support/fix-programs.ts'
import { fixedTwice, rowsAfter, sentBy, shapeOf } from '../../../test/support/fix-sandbox.ts'

const PROGRAMS = Number(process.env['DBMEDIC_FIX_PROGRAMS'] ?? 300)

const HOSTILE: readonly unknown[] = [
  "' OR 1=1 -- ",
  '0 OR 1=1',
  '" OR ""="',
  '\\',
  "\\' OR 1=1 #",
  "'; DROP TABLE people; --",
  '1) UNION SELECT 1, 2, 3 -- ',
  '/*',
  '`',
  '?',
  '$1',
  ':a',
  "''",
  '%',
  '',
  'abc',
  '\u0000',
  '1e400',
  { id: 1 },
  { id: { name: 1 } },
  [1, 2],
  [['a', 'b'], ['c']],
  [{ id: 1 }],
  { length: 1 },
  -1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  null,
  undefined,
  true,
]

const counted = { programs: 0, fixed: 0, shapes: 0, compared: 0, varied: 0 }

describe('a fix', () => {
  after(() => process.stdout.write(`# ${JSON.stringify(counted)}\n`))

  test('never lets a client change the statement’s shape, and is the same when made twice', async () => {
    await fc.assert(
      fc.asyncProperty(programArbitrary(), async (program) => {
        counted.programs++
        const fixed = await fixedTwice(program)
        if (fixed === null) return
        counted.fixed++
        checkShapes(program, fixed)
        checkMeaning(program, fixed)
      }),
      { numRuns: PROGRAMS },
    )
    // A generator whose programs are all refused, or harmless before, would prove nothing.
    assert.ok(counted.fixed > PROGRAMS * 0.4, `only ${counted.fixed} of ${counted.programs} were fixed`)
    assert.ok(counted.varied > counted.fixed * 0.8, `only ${counted.varied} could be changed before`)
    assert.ok(counted.compared > PROGRAMS * 0.1, `only ${counted.compared} statements ran on a database`)
  })
})

/** The statement after the fix has one shape over all values; before, nearly always several. */
function checkShapes(program: GeneratedProgram, fixed: string): void {
  const { slots } = program
  const benign = Object.fromEntries(slots.map(({ name, benign: values }) => [name, values[0]]))
  const wanted = shapeOf(program, sentBy(fixed, benign))
  assert.notEqual(wanted, null, `the fixed call sends nothing:\n${fixed}`)
  const shapesBefore = new Set<string | null>()
  for (const { name } of slots)
    for (const value of HOSTILE) {
      const given = { ...benign, [name]: value }
      const shape = shapeOf(program, sentBy(fixed, given))
      counted.shapes++
      if (shape !== null) assert.equal(shape, wanted, `${JSON.stringify(given)} changes\n${fixed}`)
      shapesBefore.add(shapeOf(program, sentBy(program.text, given)))
    }
  shapesBefore.delete(null)
  if (shapesBefore.size > 1) counted.varied++
}

/** Rows read and left are the same before and after, on the drivers that are here. */
function checkMeaning(program: GeneratedProgram, fixed: string): void {
  if (program.driver.engine === null) return
  const open = (): DatabaseSync | Database.Database =>
    program.driver.engine === 'node:sqlite' ? new DatabaseSync(':memory:') : new Database(':memory:')
  const { slots } = program
  const rounds = Math.max(1, ...slots.map((each) => each.benign.length))
  for (let round = 0; round < rounds; round++) {
    const given = Object.fromEntries(slots.map(({ name, benign }) => [name, benign[round % benign.length]]))
    const was = rowsAfter(program.text, { given, open })
    assert.deepEqual(rowsAfter(fixed, { given, open }), was, `${JSON.stringify(given)} in\n${fixed}`)
    counted.compared++
  }
}
