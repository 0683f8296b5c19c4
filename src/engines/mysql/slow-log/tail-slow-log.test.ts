import assert from 'node:assert/strict'
import { appendFile, mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import fc from 'fast-check'
import { DbmedicError } from '../../../core/errors.ts'
import { type SlowLogTailLook, type SlowLogTailOptions, type SlowLogTailState, tailSlowLog } from './index.ts'

const entry = (text: string): string => `# User@Host: root[root] @ localhost []
# Thread_id: 11  Schema: shop  QC_hit: No
# Query_time: 0.000115  Lock_time: 0.000000  Rows_sent: 1  Rows_examined: 0
SET timestamp=1795236299;
${text};
`

let folder = ''
let path = ''
let state: SlowLogTailState | undefined
let nowMs = 1_000_000

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dbmedic-tail-'))
  path = join(folder, 'slow.log')
  state = undefined
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** One look, a second after the one before; the state goes through JSON as if it had been stored. */
async function look(options: SlowLogTailOptions = {}): Promise<SlowLogTailLook> {
  nowMs += 1000
  const found = await tailSlowLog(path, state, { from: 'start', nowMs, ...options })
  state = JSON.parse(JSON.stringify(found.nextState)) as SlowLogTailState
  return found
}

async function texts(options: SlowLogTailOptions = {}): Promise<string[]> {
  return (await look(options)).events.map((event) => event.text)
}

describe('tailSlowLog', () => {
  test('hands out each entry once, the last one when the file is quiet', async () => {
    await writeFile(path, entry('select 1') + entry('select 2'))
    assert.deepEqual(await texts(), ['select 1'])
    assert.deepEqual(await texts(), ['select 2'])
    assert.deepEqual(await texts(), [])
    await appendFile(path, entry('select 3'))
    assert.deepEqual(await texts(), [])
    assert.deepEqual(await texts(), ['select 3'])
  })

  test('holds back what is being written, at every byte', async () => {
    const log = entry("select 'a;\nb'")
    await writeFile(path, '')
    for (let at = 0; at < log.length - 1; at++) {
      await appendFile(path, log.slice(at, at + 1))
      const found = await look()
      assert.deepEqual([found.events.length, found.malformed], [0, 0])
      assert.deepEqual((await look()).events, [], 'also when it pauses there')
    }
    await appendFile(path, '\n')
    await look()
    assert.deepEqual(await texts(), ["select 'a;\nb'"])
  })

  test('begins at the end unless told otherwise', async () => {
    await writeFile(path, entry('select 1'))
    assert.deepEqual(await texts({ from: 'end' }), [])
    await appendFile(path, entry('select 2'))
    await look()
    assert.deepEqual(await texts(), ['select 2'])
  })

  test('finishes the old file after a rotation by rename, then reads the new one', async () => {
    await writeFile(path, entry('select 1') + entry('select 2'))
    await look()
    await appendFile(path, entry('select 3'))
    await rename(path, `${path}.1`)
    await writeFile(path, entry('select 4') + entry('select 5'))
    const found = await look()
    assert.equal(found.change, 'rotated')
    assert.deepEqual(
      found.events.map(({ text }) => text),
      ['select 2', 'select 3', 'select 4'],
    )
    assert.deepEqual(await texts(), ['select 5'])
  })

  test('says when the old file is gone', async () => {
    await writeFile(path, entry('select 1'))
    await look()
    await writeFile(`${path}.new`, entry('select 2') + entry('select 3'))
    await rename(`${path}.new`, path)
    const found = await look()
    assert.equal(found.change, 'lost')
    assert.deepEqual(
      found.events.map(({ text }) => text),
      ['select 2'],
    )
  })

  test('begins anew after a truncation, also when the file has already outgrown its old size', async () => {
    await writeFile(path, entry('select 1') + entry('select 2'))
    await look()
    await look()
    await truncate(path)
    assert.equal((await look()).change, 'truncated')
    await appendFile(path, entry('select 3'))
    await look()
    assert.deepEqual(await texts(), ['select 3'])
    await truncate(path)
    await appendFile(path, entry("select 'another and longer one'").repeat(3))
    const found = await look()
    assert.equal(found.change, 'truncated')
    assert.equal(found.events.length, 2)
  })

  test('reads no faster than it may, and loses nothing', async () => {
    const count = 2000
    await writeFile(path, Array.from({ length: count }, (_, at) => entry(`select ${at}`)).join(''))
    const options = { bytesPerSecond: 20_000, maxStatementBytes: 1000 }
    const found = await look(options)
    assert.ok(found.events.length > 0)
    const events = [...found.events]
    let looks = 0
    while (events.length < count && looks++ < 1000) {
      const before = state?.offset ?? 0
      const next = await look(options)
      assert.ok((state?.offset ?? 0) - before <= 20_000 * 10 + 400_000)
      events.push(...next.events)
    }
    assert.deepEqual(
      events.map(({ text }) => text),
      Array.from({ length: count }, (_, at) => `select ${at}`),
    )
    assert.ok(looks >= 3, `${looks} looks`)
  })

  test('leaves out the oldest when it is too far behind, and says how much', async () => {
    const log = Array.from({ length: 1000 }, (_, at) => entry(`select ${at}`)).join('')
    await writeFile(path, log)
    const found = await look({ maxBehindBytes: 10_000 })
    assert.equal(found.skippedBytes, log.length - 10_000)
    assert.equal(found.malformed, 0)
    assert.equal(found.events.at(-1)?.text, 'select 998')
  })

  test('hands out a statement that is too long at once, cut, and goes on after it', async () => {
    await writeFile(path, entry(`select '${'x'.repeat(500_000)}'`) + entry('select 2'))
    const events = []
    for (let looks = 0; looks < 20; looks++)
      events.push(...(await look({ maxStatementBytes: 1000, bytesPerSecond: 100_000 })).events)
    assert.deepEqual(
      events.map(({ text, truncated }) => [text.slice(0, 9), text.length, truncated]),
      [
        ["select 'x", 1000, true],
        ['select 2', 8, false],
      ],
    )
  })

  test('states a missing log, and goes on when it comes back', async () => {
    await assert.rejects(
      look(),
      (error) => error instanceof DbmedicError && error.code === 'DBM_FILE_UNREADABLE',
    )
    await writeFile(path, entry('select 1') + entry('select 2'))
    assert.deepEqual(await texts(), ['select 1'])
  })

  test('hands out every entry once, however writing, rotating and looking interleave', async () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.constant('write') },
      { weight: 4, arbitrary: fc.constant('look') },
      fc.constant('half'),
      fc.constant('rotate'),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        await rm(folder, { recursive: true })
        folder = await mkdtemp(join(tmpdir(), 'dbmedic-tail-'))
        path = join(folder, 'slow.log')
        await writeFile(path, '')
        state = undefined
        const seen: string[] = []
        let written = 0
        let rotations = 0
        let rest = ''
        await look()
        for (const action of steps) {
          const text = rest === '' ? entry(`select ${written}`) : rest
          if (action === 'look') seen.push(...(await texts()))
          else if (action === 'rotate' && rest === '') {
            // One rotation between looks: with two, the first file's name is out of reach of no one but time.
            seen.push(...(await texts()))
            await rename(path, `${path}.${++rotations}`)
            await writeFile(path, '')
          } else if (action === 'half' && rest === '') {
            await appendFile(path, text.slice(0, 60))
            rest = text.slice(60)
          } else if (action === 'write') {
            await appendFile(path, text)
            rest = ''
            written++
          }
        }
        if (rest !== '') {
          await appendFile(path, rest)
          written++
        }
        for (let looks = 0; looks < 3; looks++) seen.push(...(await texts()))
        assert.deepEqual(
          seen,
          Array.from({ length: written }, (_, at) => `select ${at}`),
        )
      }),
      { numRuns: 150 },
    )
  })
})
