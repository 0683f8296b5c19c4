import assert from 'node:assert/strict'
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import Database from 'better-sqlite3'
import { ConnectionProcess } from './act/connection-process.ts'
import { createActuator, sqliteEngine } from './index.ts'
import { createSqliteObserver } from './observer.ts'

describe('the observer of a database file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dbmedic-file-'))
  const file = join(folder, 'app.db')
  before(() => {
    const db = new Database(file)
    db.pragma('journal_mode = WAL')
    db.exec("CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('1')")
    db.close()
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  test('answers questions, of the file that is there now', async () => {
    const observer = createSqliteObserver({ options: { file } })
    try {
      const asked = async (): Promise<unknown> => {
        const found = await observer.ask('table', { table: 't' })
        return found.known ? found.value.sql : found.because
      }
      assert.equal(await asked(), 'CREATE TABLE t (a TEXT)')
      const first = await observer.identity()
      const other = join(folder, 'other.db')
      const db = new Database(other)
      db.exec('CREATE TABLE t (b INTEGER)')
      db.close()
      renameSync(file, join(folder, 'app-before.db'))
      renameSync(other, file)
      assert.equal(await asked(), 'CREATE TABLE t (b INTEGER)')
      const second = await observer.identity()
      assert.ok(first.known && second.known && first.value.instanceUid !== second.value.instanceUid)
      assert.deepEqual(
        (await observer.capabilities()).map(({ available }) => available),
        [true],
      )
    } finally {
      await observer.close()
    }
  })

  test('cannot write, whatever it is told', async () => {
    const reader = await ConnectionProcess.open(file, 'read')
    try {
      for (const text of ['CREATE TABLE u (a)', 'PRAGMA user_version = 7', `.backup main "${file}.copy"`])
        assert.equal((await reader.order({ is: 'run', text })).is, 'failed', text)
      assert.equal(existsSync(`${file}.copy`), false)
    } finally {
      await reader.kill()
    }
  })

  test('knows neither what is not there, nor what is no database, nor the store under any name; and makes none', async () => {
    const text = join(folder, 'text')
    writeFileSync(text, 'no database'.repeat(20))
    const [link, hard] = [join(folder, 'link'), join(folder, 'hard')]
    symlinkSync(file, link)
    linkSync(file, hard)
    for (const [path, because] of [
      [join(folder, 'none'), /ENOENT/],
      [folder, /EISDIR|no database/],
      [text, /is no database/],
      [file, /is the store of this installation/],
      [link, /is the store of this installation/],
      [hard, /is the store of this installation/],
    ] as const) {
      const address = { options: { file: path, notFile: file } }
      const observer = createSqliteObserver(address)
      const identity = await observer.identity()
      assert.ok(!identity.known, path)
      assert.match(identity.because, because)
      const answer = await observer.ask('schema', {})
      assert.equal(answer.known, false)
      await observer.close()
      await assert.rejects(createActuator(address).open(), because)
    }
    assert.equal(existsSync(join(folder, 'none')), false)
  })

  test('says what an executor lacks', async () => {
    const check = (path: string) =>
      sqliteEngine.checkExecutor({ options: { file: path } } as never, {} as never, {
        needs: [],
        denySchemas: [],
      })
    assert.deepEqual(
      (await check(file)).map(({ available }) => available),
      [true],
    )
    assert.deepEqual(
      (await check(join(folder, 'none'))).map(({ available }) => available),
      [false],
    )
  })

  test('a session sends nothing once another file has the path', async () => {
    const session = await createActuator({ options: { file } }).open()
    try {
      const other = join(folder, 'third.db')
      copyFileSync(file, other)
      renameSync(file, join(folder, 'app-then.db'))
      renameSync(other, file)
      assert.equal((await session.identity()).known, false)
      const step = { kind: 'statement', text: 'CREATE TABLE u (a)', timeoutMs: 60_000, onlyIf: null } as const
      const { ok, messages } = await session.send(step)
      assert.deepEqual([ok, messages[0]?.code], [false, 'REPLACED'])
    } finally {
      await session.close()
    }
  })

  test('a session of a dead executor is ended only if it is one of this file', async () => {
    const [mine, other] = [await createActuator({ options: { file } }).open(), join(folder, 'fourth.db')]
    copyFileSync(file, other)
    const theirs = await createActuator({ options: { file: other } }).open()
    const epoch = '1970-01-01T00:00:00.000000Z' as never
    try {
      assert.equal(await mine.endFormer({ connectionId: '0', epoch }, true), 'gone')
      const former = { connectionId: theirs.connectionId, epoch }
      const again = await createActuator({ options: { file: other } }).open()
      try {
        assert.equal(await again.endFormer(former, false), 'working')
        if (process.platform === 'linux') {
          assert.equal(await mine.endFormer(former, true), 'gone', 'it is another file’s')
          assert.equal(
            await again.endFormer(former, true),
            'working',
            'it is told to end, and is asked again',
          )
        }
      } finally {
        await again.close()
      }
      if (process.platform === 'linux')
        assert.equal((await theirs.ask('schema', {})).known, false, 'its process was ended')
    } finally {
      await mine.close()
      await theirs.close()
    }
  })
})
