/**
 * A fixed call means what it meant, on a real MariaDB through mysql2: rows read, rows left and errors are the same for the values
 * the statement was written for. `DBMEDIC_FIX_PROGRAMS=1000` runs that many.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { type Connection, createConnection } from 'mysql2/promise'
import { type GeneratedProgram, programArbitrary, SCHEMA } from '../../../test/support/fix-programs.ts'
import { fixedTwice, ROWS, requestOf, runner } from '../../../test/support/fix-sandbox.ts'
import { type PrivateServer, startMariadb } from '../../lab/servers/index.ts'

const PROGRAMS = Math.min(1000, Number(process.env['DBMEDIC_FIX_PROGRAMS'] ?? 60))

let server: PrivateServer
let connection: Connection

before(async () => {
  server = await startMariadb({ instruments: 'server-default' })
  connection = await createConnection(server.rootUri)
  await connection.query('CREATE DATABASE shop')
  await connection.query('USE shop')
  await connection.query(SCHEMA.replace('PRIMARY KEY', 'PRIMARY KEY AUTO_INCREMENT'))
  await connection.query(ROWS)
})
after(async () => {
  await connection?.end()
  await server?.stop()
})

/** Rows read, or the error’s number, and the rows left; everything is taken back. */
async function outcome(text: string, given: Readonly<Record<string, unknown>>): Promise<object> {
  const listed = (values: unknown): string[] => (Array.isArray(values) ? (values as string[]) : [])
  const db = {
    query: (statement: string, values: unknown) => connection.query(statement, listed(values)),
    execute: (statement: string, values: unknown) => connection.execute(statement, listed(values)),
  }
  await connection.beginTransaction()
  try {
    const read = await Promise.resolve(runner(text)(db, requestOf(given))).then(
      (answer) => (Array.isArray(answer) && Array.isArray(answer[0]) ? answer[0] : null),
      (error: { errno?: number }) => ({ errno: error.errno }),
    )
    const [left] = await connection.query('SELECT name, code, age, score FROM people ORDER BY id')
    return { read, left }
  } finally {
    await connection.rollback()
  }
}

let compared = 0

async function checkMeaning({ text, slots }: GeneratedProgram, fixed: string): Promise<void> {
  const rounds = Math.max(1, ...slots.map((each) => each.benign.length))
  for (let round = 0; round < rounds; round++) {
    const given = Object.fromEntries(slots.map(({ name, benign }) => [name, benign[round % benign.length]]))
    const was = await outcome(text, given)
    assert.deepEqual(await outcome(fixed, given), was, `${JSON.stringify(given)} in\n${text}\n${fixed}`)
    compared++
  }
}

test('a fixed call reads and writes on a server what it read and wrote before', async () => {
  const programs = programArbitrary((driver) => driver.packages.join() === 'mysql2')
  await fc.assert(
    fc.asyncProperty(programs, async (program) => {
      const fixed = await fixedTwice(program)
      if (fixed !== null) await checkMeaning(program, fixed)
    }),
    { numRuns: PROGRAMS },
  )
  assert.ok(compared > PROGRAMS, `only ${compared} statements were compared`)
})
