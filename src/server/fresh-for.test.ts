import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freshFor } from './fresh-for.ts'

function source(answer: (reads: number) => Promise<string>) {
  const counts = { seq: 1, reads: 0 }
  const read = (): Promise<string> => {
    counts.reads += 1
    return answer(counts.reads)
  }
  return { counts, of: { newestSeq: async () => counts.seq, read } }
}

test('figures asked for by many at once are read once, and again after a change, for another workspace, or later', async () => {
  const { counts, of } = source(async (reads) => `read ${reads}`)
  const figures = freshFor(60_000, of)
  assert.deepEqual(await Promise.all([figures(1), figures(1), figures(1)]), ['read 1', 'read 1', 'read 1'])
  counts.seq += 1
  assert.equal(await figures(1), 'read 2')
  assert.equal(await figures(2), 'read 3')
  const never = freshFor(0, of)
  await never(1)
  await never(1)
  assert.equal(counts.reads, 5)
})

test('a change while figures are read is in the figures of whoever asks after it', async () => {
  let goOn = (): void => undefined
  const { counts, of } = source(async (reads) => {
    if (reads === 1) await new Promise<void>((resolve) => (goOn = resolve))
    return `read ${reads}`
  })
  const figures = freshFor(60_000, of)
  const before = figures(1)
  await new Promise((resolve) => setImmediate(resolve))
  counts.seq += 1
  assert.equal(await figures(1), 'read 2')
  goOn()
  assert.equal(await before, 'read 1')
  assert.equal(await figures(1), 'read 2')
})

test('a read that failed is asked again', async () => {
  const { of } = source(async (reads) => {
    if (reads === 1) throw new RangeError('the store is away')
    return `read ${reads}`
  })
  const figures = freshFor(60_000, of)
  await assert.rejects(figures(1), RangeError)
  assert.equal(await figures(1), 'read 2')
})
