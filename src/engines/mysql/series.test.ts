/** What the replication window becomes as a series. The other series are proven on real servers in observer-windows. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Reading } from '../../core/observer.ts'
import { readSeries, type SeriesSource } from './series.ts'
import type { Replication, ReplicationChannel } from './shapes.ts'

const AT = '2026-11-21T12:00:00.000000Z'
const channel = (lagSeconds: number | null): ReplicationChannel => ({
  channel: '',
  lagSeconds,
  receiverRunning: lagSeconds !== null,
  applierRunning: true,
  lastErrorNumber: 0,
})

/** An observer that knows the replication window only. */
function sourceOf(channels: Replication['channels']): SeriesSource {
  const replication: Replication = { at: AT, epoch: '2026-01-01T00:00:00.000000Z', channels }
  return {
    read: (async (name: string): Promise<Reading<unknown>> =>
      name === 'replication'
        ? { known: true, value: replication, at: AT, source: 'SHOW REPLICA STATUS' }
        : { known: false, because: 'not read', toProceed: 'Wait.' }) as SeriesSource['read'],
  }
}

describe('the series of a replica', () => {
  test('is the lag of its worst channel', async () => {
    const [window, ...more] = await readSeries(sourceOf([channel(3), channel(8)]))
    assert.deepEqual(more, [])
    assert.equal(`${window?.seriesKind}:${window?.seriesKey}`, 'server:replication')
    assert.deepEqual(window?.measures, { channels_stopped: 0, lag_seconds: 8 })
    assert.equal(window?.windowEnd, AT)
    assert.ok(String(window?.windowStart) < AT)
  })

  test('has no lag while a channel stands still', async () => {
    const [window] = await readSeries(sourceOf([channel(3), channel(null)]))
    assert.deepEqual(window?.measures, { channels_stopped: 1 })
  })

  test('is not there for a server that is no replica', async () => {
    assert.deepEqual(await readSeries(sourceOf([])), [])
  })
})
