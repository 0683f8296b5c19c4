import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type MetadataLock, metadataBlocking } from './metadata-locks.ts'

function lock(owner: string, lockType: string, granted = true, table = 't'): MetadataLock {
  return { objectType: 'TABLE', schema: 'shop', table, lockType, granted, owner }
}

function blockers(locks: readonly MetadataLock[], waiter: string): readonly string[] | undefined {
  return metadataBlocking(locks).get(waiter)?.blockers
}

test('a reader holds up a DDL, and readers behind it wait for the DDL, not for the reader', () => {
  const locks = [
    lock('1', 'SHARED_READ'),
    lock('2', 'SHARED_UPGRADABLE'),
    lock('2', 'EXCLUSIVE', false),
    lock('3', 'SHARED_READ', false),
    lock('4', 'SHARED_WRITE', false),
  ]
  assert.deepEqual(blockers(locks, '2'), ['1'])
  assert.deepEqual(blockers(locks, '3'), ['2'])
  assert.deepEqual(blockers(locks, '4'), ['2'])
})

test('the waiter is never its own blocker, though it holds a lock it wants to raise', () => {
  assert.deepEqual(blockers([lock('1', 'SHARED_UPGRADABLE'), lock('1', 'EXCLUSIVE', false)], '1'), [])
})

test('LOCK TABLES … WRITE holds readers and writers up', () => {
  const locks = [
    lock('1', 'SHARED_NO_READ_WRITE'),
    lock('2', 'SHARED_READ', false),
    lock('3', 'SHARED_WRITE', false),
  ]
  assert.deepEqual([blockers(locks, '2'), blockers(locks, '3')], [['1'], ['1']])
})

test('locks of other objects block nobody', () => {
  assert.deepEqual(blockers([lock('1', 'EXCLUSIVE', true, 'other'), lock('2', 'EXCLUSIVE', false)], '2'), [])
})

test('a kind of lock that is not known waits for every holder', () => {
  assert.deepEqual(blockers([lock('1', 'SHARED_READ'), lock('2', 'SOMETHING_NEW', false)], '2'), ['1'])
})

test('a global read lock holds up writers of anything', () => {
  const locks: MetadataLock[] = [
    { objectType: 'GLOBAL', schema: null, table: null, lockType: 'SHARED', granted: true, owner: '1' },
    {
      objectType: 'GLOBAL',
      schema: null,
      table: null,
      lockType: 'INTENTION_EXCLUSIVE',
      granted: false,
      owner: '2',
    },
  ]
  assert.deepEqual(blockers(locks, '2'), ['1'])
})
