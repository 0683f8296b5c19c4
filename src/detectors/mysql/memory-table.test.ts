import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DetectorBench } from '../../../test/support/mysql-bench.ts'
import { KEYS_MAX, putRow, readTable, writeTable } from './memory-table.ts'
import type { MysqlView } from './mysql-detector.ts'
import { slowStatement } from './slow-statement.ts'

describe('a table in a detector’s memory', () => {
  const view = (): MysqlView => {
    const { memory, tracked } = new DetectorBench(slowStatement)
    return {
      memory: { get: (key) => memory.get(key), set: (key, value) => void memory.set(key, value) },
      tracked,
      threshold: () => 0,
      read: async () => ({ known: false, because: 'no', toProceed: 'no' }),
    }
  }

  test('gives back what was put in', () => {
    const at = view()
    const table = readTable(at, 'means')
    putRow(table, 'a', [1, 2])
    writeTable(at, 'means', table)
    assert.deepEqual([...readTable(at, 'means')], [['a', [1, 2]]])
  })

  test('keeps a bounded number of keys and forgets the least lately written', () => {
    const at = view()
    const table = readTable(at, 'means')
    for (let n = 0; n < KEYS_MAX + 5; n += 1) putRow(table, `k${n}`, [n])
    putRow(table, 'k0', [0])
    writeTable(at, 'means', table)
    const kept = readTable(at, 'means')
    assert.equal(kept.size, KEYS_MAX)
    assert.ok(kept.has('k0'))
    assert.ok(!kept.has('k1'))
  })

  test('what is of another shape is not remembered', () => {
    const at = view()
    at.memory.set('means', [['a', 'text'], 'b', [1, 2], ['c', 3]])
    assert.deepEqual([...readTable(at, 'means')], [['c', [3]]])
  })
})
