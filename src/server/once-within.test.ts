import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onceWithin } from './once-within.ts'

const HOUR_MS = 3_600_000

test('whoever asks while the work is done waits for that one, and all who ask soon after get it', async () => {
  let done = 0
  let begun = 0
  let go: () => void = () => undefined
  const ask = onceWithin(HOUR_MS, async () => {
    begun += 1
    await new Promise<void>((resolve) => {
      go = resolve
    })
    done += 1
  })
  const asking = Array.from({ length: 50 }, async () => {
    await ask()
    assert.equal(done, 1)
  })
  assert.equal(begun, 1)
  go()
  await Promise.all(asking)
  await ask()
  assert.deepEqual([begun, done], [1, 1])
})

test('what is too old is done again, once', async () => {
  let done = 0
  const ask = onceWithin(0, async () => {
    done += 1
  })
  await ask()
  await Promise.all([ask(), ask()])
  assert.equal(done, 2)
})

test('what failed is told to all who waited for it, and is done again for the next', async () => {
  let tries = 0
  const ask = onceWithin(HOUR_MS, async () => {
    tries += 1
    if (tries === 1) throw new Error('the store is away')
  })
  const told = await Promise.allSettled([ask(), ask()])
  assert.deepEqual(
    told.map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  await ask()
  await ask()
  assert.equal(tries, 2)
})
