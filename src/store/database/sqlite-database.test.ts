/** The one connection of an embedded store: what else the process does comes between what is asked of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openSqlite } from '../sqlite/open.ts'
import { SqliteConnection } from './sqlite-database.ts'

const PIECES = 40
const PIECE_MS = 5

function busy(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

test('timers and sockets have their turn between pieces of work that follow on each other', async () => {
  const connection = new SqliteConnection(openSqlite({ path: ':memory:' }), ':memory:')
  let done = 0
  const seen: number[] = []
  const ticking = setInterval(() => seen.push(done), 1)
  const work = async (): Promise<void> => {
    busy(PIECE_MS)
    done += 1
  }
  await Promise.all(Array.from({ length: PIECES }, () => connection.inTurn('', work)))
  clearInterval(ticking)
  await connection.close()
  assert.equal(done, PIECES)
  const between = new Set(seen.filter((pieces) => pieces > 0 && pieces < PIECES))
  // Two pieces take what may pass in one go: after every second or third the timer has its turn.
  assert.ok(between.size >= PIECES / 4, `the timer ran after ${[...between].join(', ')} pieces`)
})

test('nothing comes between the statements of a transaction, and closing waits for what was asked for', async () => {
  const connection = new SqliteConnection(openSqlite({ path: ':memory:' }), ':memory:')
  connection.write('CREATE TABLE t (n INTEGER) STRICT', [])
  const order: string[] = []
  const piece = (name: string) =>
    connection.inTurn('', () =>
      connection.transaction(async () => {
        for (let n = 0; n < 3; n += 1) {
          connection.write('INSERT INTO t (n) VALUES (?)', [n])
          order.push(name)
          busy(PIECE_MS * 3)
        }
      }),
    )
  const asked = [piece('a'), piece('b')]
  await Promise.all([connection.close(), ...asked])
  assert.deepEqual(order, ['a', 'a', 'a', 'b', 'b', 'b'])
  assert.throws(() => connection.write('INSERT INTO t (n) VALUES (4)', []), /not open/)
})
