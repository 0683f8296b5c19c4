import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PlantedDeadlock } from './plant-deadlocks.ts'
import { scoreReading, summed, toldByPeer } from './score-reading.ts'

const PLANTED: PlantedDeadlock = {
  name: 'two rows',
  status: '',
  ring: [
    { threadId: 7, waits: 'dl.pair PRIMARY X rec_not_gap', isVictim: false },
    { threadId: 8, waits: 'dl.pair k_v S next_key', isVictim: true },
  ],
}

test('a reading scores for what it tells of each planted transaction, and for the right victim only', () => {
  const told = toldByPeer([
    { thread: 7, victim: false, table: 'dl.pair', index: 'PRIMARY', mode: 'X', waits: true, query: 'UPDATE' },
    { thread: 8, victim: false, table: 'dl.pair', index: 'PRIMARY', mode: 'S', waits: true, query: '' },
  ])
  assert.deepEqual(scoreReading(PLANTED, told), {
    deadlocks: 1,
    transactions: 2,
    found: 2,
    victims: 0,
    waits: 1,
    kinds: 0,
    statements: 1,
  })
})

test('a transaction told without its connection is not found, but what is told of it counts', () => {
  const told = toldByPeer([
    { thread: 0, victim: true, table: 'dl.pair', index: 'k_v', mode: 'S', waits: true, query: 'DELETE' },
    { thread: 0, victim: false, table: 'dl.pair', index: 'none', mode: 'X', waits: true, query: '' },
  ])
  const { found, victims, waits, statements } = scoreReading(PLANTED, told)
  assert.deepEqual([found, victims, waits, statements], [0, 1, 1, 1])
})

test('a deadlock that was not read scores nothing, and sums add up', () => {
  const none = scoreReading(PLANTED, toldByPeer(null))
  assert.deepEqual([none.found, none.victims, none.waits], [0, 0, 0])
  assert.equal(summed([none, none]).transactions, 4)
})
