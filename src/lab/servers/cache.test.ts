import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { cachedFolder, dropUnused } from './cache.ts'

const parent = await mkdtemp(join(tmpdir(), 'dbmedic-test-cache-'))
after(() => rm(parent, { recursive: true, force: true }))
const long = (ms: number) => new Date(Date.now() - ms)

describe('a cached folder', () => {
  test('is filled once, whoever asks at the same time', async () => {
    let fills = 0
    const ask = () =>
      cachedFolder(join(parent, 'once'), 30_000, async (partial) => {
        fills += 1
        await sleep(120)
        await writeFile(join(partial, 'content'), 'whole')
      })
    const folders = await Promise.all([ask(), ask(), ask(), ask()])
    assert.equal(fills, 1)
    assert.equal(new Set(folders).size, 1)
    assert.equal(await readFile(join(parent, 'once/content'), 'utf8'), 'whole')
  })

  test('is not there after a fill that failed, and the next one may try', async () => {
    const folder = join(parent, 'failed')
    const fail = cachedFolder(folder, 1_000, async (partial) => {
      await writeFile(join(partial, 'half'), '')
      throw new Error('network gone')
    })
    await assert.rejects(fail, /network gone/)
    assert.deepEqual(
      (await readdir(parent)).filter((name) => name.startsWith('failed')),
      [],
    )
    await cachedFolder(folder, 1_000, async () => undefined)
    assert.ok(existsSync(folder))
  })

  test('is waited for within the bound only, and the message says which file to delete', async () => {
    await writeFile(join(parent, 'held.lock'), '1')
    const wait = cachedFolder(join(parent, 'held'), 150, async () => undefined)
    await assert.rejects(wait, { code: 'DBM_LAB_SERVER_FAILED', detail: /held\.lock/ })
  })

  test('is not held up by the lock of a process that died', async () => {
    await writeFile(join(parent, 'dead.lock'), '1')
    await utimes(join(parent, 'dead.lock'), long(60_000), long(60_000))
    await cachedFolder(join(parent, 'dead'), 10_000, async () => undefined)
    assert.ok(existsSync(join(parent, 'dead')))
    assert.equal(existsSync(join(parent, 'dead.lock')), false)
  })
})

test('only folders unused for two weeks are dropped', async () => {
  const place = join(parent, 'drop')
  for (const [name, days] of [
    ['old', 15],
    ['young', 13],
  ] as const) {
    await mkdir(join(place, name), { recursive: true })
    await utimes(join(place, name), long(days * 86_400_000), long(days * 86_400_000))
  }
  await dropUnused(place)
  assert.deepEqual(await readdir(place), ['young'])
  await dropUnused(join(parent, 'not there'))
})
