import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DetectorBench, isCalm } from '../../../test/support/mysql-bench.ts'
import { tableSize, tableSizes } from '../../../test/support/mysql-snapshots.ts'
import { fragmentation } from './fragmentation.ts'

describe('mysql/fragmentation', () => {
  const sizes = (part: Parameters<typeof tableSize>[0], truncated = false) => ({
    tableSizes: tableSizes([tableSize(part)], { truncated }),
  })
  const LOADED = sizes({ rows: 4_000_000, dataBytes: 800_000_000, bytesPerRow: 200 })
  const deleted = (bytesPerRow: number, dataBytes = 800_000_000) =>
    sizes({ rows: Math.round(dataBytes / bytesPerRow), dataBytes, bytesPerRow })
  async function after(windows: ReturnType<typeof sizes>) {
    const bench = new DetectorBench(fragmentation)
    assert.deepEqual(await bench.see(LOADED), [])
    return (await bench.severities(windows))['shop.orders']
  }

  test('twice its best bytes a row is not yet fragmented', async () =>
    assert.equal(await after(deleted(400)), undefined))
  test('more is a warning', async () => assert.equal(await after(deleted(401)), 'WARNING'))
  test('it is never critical: how full the disk is cannot be seen', async () =>
    assert.equal(await after(deleted(4_000)), 'WARNING'))
  test('less than 256 MiB are not worth a rebuild', async () =>
    assert.equal(await after(deleted(1_000, 300_000_000)), undefined))
  test('a table met as it is has no better self to be compared with', async () =>
    assert.deepEqual(await new DetectorBench(fragmentation).see(deleted(4_000)), []))
  test('a few pages teach nothing: an empty table does not make the full one look bad', async () => {
    const bench = new DetectorBench(fragmentation)
    await bench.see(sizes({ rows: 9_999, dataBytes: 16_384, bytesPerRow: 1.6 }))
    assert.deepEqual(await bench.see(LOADED), [])
  })
  test('a table without statistics is not judged', async () => {
    assert.equal(await after(sizes({ bytesPerRow: null })), undefined)
    assert.equal(await after(sizes({ rows: 0, bytesPerRow: 16_384 })), undefined)
  })

  test('a followed table that was rebuilt, emptied or dropped is calm', async () => {
    const bench = new DetectorBench(fragmentation)
    await bench.see(LOADED)
    bench.tracked.add('shop.orders')
    assert.ok(isCalm(await bench.one(deleted(205))), 'rebuilt')
    assert.ok(isCalm(await bench.one(deleted(2_000, 50_000_000))), 'small now')
    assert.ok(isCalm(await bench.one({ tableSizes: tableSizes([]) })), 'dropped')
  })
  test('a followed table beyond the end of a cut list is not taken for dropped', async () => {
    const bench = new DetectorBench(fragmentation)
    bench.tracked.add('shop.orders')
    assert.deepEqual(await bench.see({ tableSizes: tableSizes([], { truncated: true }) }), [])
  })
})
