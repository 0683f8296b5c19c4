import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { DEADLOCK_TEXT, SLOW_LOG } from '../../test/support/log-files.ts'
import type { DbmedicError } from '../core/errors.ts'
import { deadlocksOf, digestFiles } from './offline.ts'

const folder = mkdtempSync(join(tmpdir(), 'dbmedic-offline-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

describe('a file of deadlocks', () => {
  test('says the same plain and gzipped, and in several members of gzip', async () => {
    const plain = await deadlocksOf([file('a.txt', DEADLOCK_TEXT)])
    assert.equal(plain.deadlocks.length, 1)
    assert.deepEqual(await deadlocksOf([file('a.gz', gzipSync(DEADLOCK_TEXT))]), plain)
    const half = DEADLOCK_TEXT.length >> 1
    const members = Buffer.concat([
      gzipSync(DEADLOCK_TEXT.slice(0, half)),
      gzipSync(DEADLOCK_TEXT.slice(half)),
    ])
    assert.deepEqual(await deadlocksOf([file('b.gz', members)]), plain)
  })

  test('is read whole where it is larger than any buffer', async () => {
    const filler = `${'x'.repeat(200)}\n`.repeat(5_000)
    const big = `${filler}${DEADLOCK_TEXT}${filler}`
    assert.equal((await deadlocksOf([file('big.gz', gzipSync(big))])).deadlocks.length, 1)
  })

  test('of several is one list', async () => {
    const one = file('c.txt', DEADLOCK_TEXT)
    assert.equal((await deadlocksOf([one, one])).deadlocks.length, 2)
  })

  test('that is empty has none', async () =>
    assert.deepEqual(await deadlocksOf([file('empty', '')]), { deadlocks: [] }))

  for (const [name, content] of [
    ['cut.gz', gzipSync(DEADLOCK_TEXT).subarray(0, 200)],
    ['broken.gz', Buffer.concat([gzipSync('x').subarray(0, 10), Buffer.alloc(500_000, 7)])],
  ] as const)
    test(`that is ${name} is said to be unreadable, by name`, async () =>
      assert.rejects(
        deadlocksOf([file(name, content)]),
        (e: DbmedicError) => e.code === 'DBM_FILE_UNREADABLE' && e.message.includes(name),
      ))

  test('that is not there, or a folder, is said to be so', async () => {
    for (const path of [join(folder, 'none'), folder])
      await assert.rejects(deadlocksOf([path]), (e: DbmedicError) => e.code === 'DBM_FILE_UNREADABLE')
  })
})

describe('a slow log', () => {
  test('says the same plain and gzipped', async () => {
    const plain = await digestFiles([file('slow.log', SLOW_LOG)])
    assert.deepEqual([plain.events, plain.classes.length], [3, 2])
    assert.deepEqual(await digestFiles([file('slow.log.gz', gzipSync(SLOW_LOG))]), plain)
  })

  test('that is not there is said to be so', () =>
    assert.rejects(
      digestFiles([join(folder, 'none')]),
      (e: DbmedicError) => e.code === 'DBM_FILE_UNREADABLE',
    ))
})
