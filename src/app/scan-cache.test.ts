/** What scans remember on disk: in a folder of the user's own, believed only where nobody else can have written it. */
import assert from 'node:assert/strict'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { EditedTree } from '../../test/support/edited-tree.ts'
import { gitRepository } from '../../test/support/git-repository.ts'
import { emptyMemory, scan, storedMemory } from '../scanner/index.ts'
import { scanNextCommit, scanRepository } from './scan-cache.ts'

describe('the cache of scans', () => {
  const home = mkdtempSync(join(tmpdir(), 'dbmedic-cache-'))
  const folder = join(home, 'dbmedic/scan')
  const usual = process.env['XDG_CACHE_HOME']
  const tree = new EditedTree()
  before(() => {
    process.env['XDG_CACHE_HOME'] = home
  })
  after(() => {
    if (usual === undefined) delete process.env['XDG_CACHE_HOME']
    else process.env['XDG_CACHE_HOME'] = usual
    rmSync(home, { recursive: true, force: true })
    tree.remove()
  })
  beforeEach(() => rmSync(join(home, 'dbmedic'), { recursive: true, force: true }))
  const file = (): string => join(folder, readdirSync(folder)[0] ?? '')

  test('is the user’s alone, outside of the repository, and is written again only for something new', async () => {
    const names = readdirSync(tree.root)
    const first = await scanRepository(tree.root)
    assert.deepStrictEqual(first, await scan(tree.root))
    assert.deepEqual([statSync(folder).mode & 0o777, statSync(file()).mode & 0o777], [0o700, 0o600])
    assert.deepEqual(readdirSync(tree.root), names)
    assert.deepStrictEqual(await scanRepository(tree.root), first)
    tree.write('src/plain.js', `export const at = ${Math.random()}\n`)
    const before = readFileSync(file())
    await scanRepository(tree.root)
    assert.notDeepEqual(readFileSync(file()), before)
    assert.equal(readdirSync(folder).length, 1)
  })

  test('is neither read nor written where that is not wanted', async () => {
    await scanRepository(tree.root, { cache: false })
    assert.deepEqual(readdirSync(home), [])
  })

  test('answers in place of the files: what is there is what it is made of', async () => {
    // A memory whose result is empty shows that it is read at all, so that the tests below can fail.
    await plant()
    assert.deepEqual((await scanRepository(tree.root)).findings, [])
  })

  test('is not believed where others may write it or have written it', async () => {
    const whole = (await scan(tree.root)).findings.length
    assert.ok(whole > 0)
    const doubtful: readonly (() => void)[] = [
      () => chmodSync(file(), 0o620),
      () => chmodSync(file(), 0o604),
      () => chmodSync(folder, 0o770),
      () => {
        renameSync(file(), join(home, 'elsewhere'))
        symlinkSync(join(home, 'elsewhere'), join(folder, NAME))
      },
      () => {
        renameSync(folder, join(home, 'moved'))
        symlinkSync(join(home, 'moved'), folder)
      },
      () => writeFileSync(file(), readFileSync(file()).subarray(0, 5_000)),
      () => writeFileSync(file(), ''),
      () => {
        rmSync(file())
        mkdirSync(join(folder, NAME))
      },
    ]
    for (const [at, make] of doubtful.entries()) {
      rmSync(join(home, 'dbmedic'), { recursive: true, force: true })
      rmSync(join(home, 'moved'), { recursive: true, force: true })
      await plant()
      make()
      assert.equal((await scanRepository(tree.root)).findings.length, whole, `doubt ${at}`)
    }
  })

  test('cannot be written: the scan is the same', async () => {
    writeFileSync(join(home, 'dbmedic'), 'in the way')
    assert.deepStrictEqual(await scanRepository(tree.root), await scan(tree.root))
  })

  test('serves what is staged, and what is staged leaves alone what is not', async () => {
    const repository = gitRepository()
    try {
      repository.write({ 'a.js': 'export const a = 1\n', 'package.json': '{"dependencies":{"mysql2":"*"}}' })
      repository.commitAll()
      await scanRepository(repository.root)
      const bad =
        "import mysql from 'mysql2'\nexport const f = (req) => mysql.createPool({}).query('SELECT id FROM t WHERE a = ' + req.query.a)\n"
      repository.write({ 'a.js': bad })
      repository.git('add', '.')
      repository.write({ 'a.js': 'export const a = 2\n' })
      for (let round = 0; round < 2; round++) {
        assert.deepEqual(
          (await scanNextCommit(repository.root)).findings.map((each) => each.line),
          [2],
        )
        assert.deepEqual((await scanRepository(repository.root)).findings, [])
      }
      repository.git('add', '.')
      assert.deepEqual((await scanNextCommit(repository.root)).findings, [])
    } finally {
      repository.remove()
    }
  })

  let NAME = ''
  /** Puts a memory there that says, against the truth, that nothing was found. */
  async function plant(): Promise<void> {
    await scanRepository(tree.root)
    NAME = readdirSync(folder)[0] ?? ''
    const memory = emptyMemory()
    await scan(tree.root, { memory })
    assert.ok(memory.result !== null)
    memory.result = { ...memory.result, result: { ...memory.result.result, findings: [] } }
    const { program } = await import('./scan-cache.ts')
    const bytes = storedMemory(memory, program())
    assert.ok(bytes !== null)
    writeFileSync(join(folder, NAME), bytes)
  }
})
