/** A scan that remembers finds exactly what one that does not would find, whatever was edited, and reads only what it must. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import fc from 'fast-check'
import { EditedTree, editRounds } from '../../test/support/edited-tree.ts'
import { emptyMemory, type ScanMemory } from './readings.ts'
import { scan } from './scan.ts'
import { memoryOf, storedMemory } from './stored-memory.ts'

/** What a memory is after it lay in a file. */
function stored(memory: ScanMemory): ScanMemory {
  const bytes = storedMemory(memory, 'test')
  assert.ok(bytes !== null)
  const again = memoryOf(bytes, 'test')
  assert.ok(again !== null)
  assert.equal(again.readings.size, memory.readings.size, 'every reading is stored')
  return again
}

describe('a scan with a memory', () => {
  const made: EditedTree[] = []
  after(() => {
    for (const tree of made) tree.remove()
  })
  const tree = (): EditedTree => {
    const own = new EditedTree()
    made.push(own)
    return own
  }

  test('finds what one without would find, after any edits', async () => {
    let changes = 0
    await fc.assert(
      fc.asyncProperty(editRounds(8), async (rounds) => {
        const own = tree()
        let memory = emptyMemory()
        let last = await scan(own.root, { memory })
        for (const round of rounds) {
          for (const each of round) own.edit(each)
          const fresh = await scan(own.root)
          const remembered = await scan(own.root, { memory })
          assert.deepStrictEqual(remembered, fresh)
          memory = stored(memory)
          assert.deepStrictEqual(await scan(own.root, { memory }), fresh)
          assert.equal(memory.reread, 0)
          if (remembered.findings.length !== last.findings.length) changes++
          last = remembered
        }
        own.remove()
      }),
      { numRuns: 12 },
    )
    assert.ok(changes > 10, `the edits changed findings ${changes} times`)
  })

  test('reads nothing again where nothing changed, and gives the same result', async () => {
    const own = tree()
    const memory = emptyMemory()
    const first = await scan(own.root, { memory })
    assert.ok(memory.reread > 10 && first.findings.length > 3)
    assert.equal(await scan(own.root, { memory }), first)
    assert.equal(memory.reread, 0)
    const reviewed = await scan(own.root, { memory, review: true })
    assert.deepStrictEqual(reviewed, await scan(own.root, { review: true }))
    assert.equal(memory.reread, 0)
  })

  test('is not believed where its bytes are damaged, cut or of another program', async () => {
    const own = tree()
    const memory = emptyMemory()
    await scan(own.root, { memory })
    const bytes = storedMemory(memory, 'test') ?? Buffer.alloc(0)
    assert.notEqual(memoryOf(bytes, 'test'), null)
    assert.equal(memoryOf(bytes, 'another'), null)
    assert.equal(memoryOf(Buffer.alloc(0), 'test'), null)
    for (let at = 0; at < bytes.length; at += 997) {
      const damaged = Buffer.from(bytes)
      damaged[at] = (damaged[at] ?? 0) ^ 0x40
      assert.equal(memoryOf(damaged, 'test'), null, `byte ${at}`)
      assert.equal(memoryOf(bytes.subarray(0, at), 'test'), null, `cut at ${at}`)
    }
  })

  test('keeps nothing of a scan that the clock ended', async () => {
    const own = tree()
    const memory = emptyMemory()
    await scan(own.root, { memory, timeMaxMs: -1 })
    assert.deepEqual([memory.readings.size, memory.result], [0, null])
    assert.deepStrictEqual(await scan(own.root, { memory }), await scan(own.root))
  })

  test('reads again what changed and what rests on it, and nothing else', async () => {
    const own = tree()
    const memory = emptyMemory()
    const reread = async (): Promise<number> => {
      await scan(own.root, { memory })
      return memory.reread
    }
    await reread()
    own.write('src/plain.js', 'export const plain = 2\n')
    assert.equal(await reread(), 1)
    own.write('migrations/002.sql', 'ALTER TABLE users DROP COLUMN mail;\n')
    assert.equal(await reread(), 1)
    own.write('src/texts.js', "export const byName = () => 'SELECT 1'\n")
    const ofTexts = await reread()
    assert.ok(ofTexts >= 2 && ofTexts <= 4, String(ofTexts))
    own.write('package.json', '{"dependencies":{"pg":"*"}}')
    assert.ok((await reread()) > 5)
  })
})
