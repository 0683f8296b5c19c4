/** Files are replaced whole or not at all, inside the root or not at all, and never without what was there being kept. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fs, {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, beforeEach, describe, mock, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readBackup } from './backups.ts'
import { Folder } from './folder.ts'
import { digestOf } from './read-file.ts'
import {
  REPLACE_STEPS,
  type Replaced,
  type ReplaceInput,
  type Replacement,
  replaceFile,
} from './replace-file.ts'
import { beginSession, endSession } from './state-folder.ts'

const BEFORE = 'const a = 1\r\nconst b = 2 // é\n'
const AFTER = 'const a = 1\r\nconst b = 3 // é\n'
const digest = (text: string): string => digestOf(Buffer.from(text))
const FILE = 'src/deep/app.js'

const base = realpathSync(mkdtempSync(join(tmpdir(), 'dbmedic-source-')))
after(() => rmSync(base, { recursive: true, force: true }))

let root = ''
let outside = ''
let nth = 0
beforeEach(() => {
  nth += 1
  root = join(base, `app-${nth}`)
  outside = join(base, `outside-${nth}`)
  mkdirSync(join(root, 'src/deep'), { recursive: true })
  mkdirSync(outside)
  writeFileSync(join(root, FILE), BEFORE, { mode: 0o640 })
  chmodSync(join(root, FILE), 0o640)
})

/** What was kept of the file when the change was made. */
const kept = (of: object = {}): Buffer | null =>
  readBackup(root, { file: FILE, before: digest(BEFORE), after: digest(AFTER), ...of })

const change = (): Replacement => ({
  root,
  file: FILE,
  before: digest(BEFORE),
  after: digest(AFTER),
  change: (text) => text.replace('b = 2', 'b = 3'),
})

/** Replaces in a session of its own. */
function replace(replacement: Replacement, more: Partial<ReplaceInput> = {}): Replaced {
  const session = begin()
  try {
    return replaceFile({
      replacement,
      session,
      at: '2026-11-21T23:45:00.000000Z',
      mayGo: () => true,
      ...more,
    })
  } finally {
    end(session)
  }
}

function inRoot<T>(work: (folder: Folder) => T): T {
  const folder = Folder.root(root)
  try {
    return work(folder)
  } finally {
    folder.close()
  }
}
const begin = (): string => inRoot(beginSession)
const end = (session: string): boolean => inRoot((folder) => endSession(folder, session))
const now = (): string => readFileSync(join(root, FILE), 'utf8')
const state = (path = ''): string[] => readdirSync(join(root, '.dbmedic', path)).sort()

function refusedAs(answer: Replaced, because: RegExp): void {
  assert.equal(answer.is, 'refused')
  assert.match(answer.is === 'refused' ? answer.because : '', because)
  assert.equal(now(), BEFORE, 'the file is as it was')
}

describe('a file is replaced', () => {
  test('by what the change makes, with its mode, beside nothing left over', () => {
    assert.equal(replace(change()).is, 'replaced')
    assert.equal(now(), AFTER)
    assert.equal(statSync(join(root, FILE)).mode & 0o7777, 0o640)
    assert.deepEqual(readdirSync(join(root, 'src/deep')), ['app.js'])
    assert.deepEqual(state('sessions'), [])
  })

  test('after its bytes were kept under their digest, with path, time and digests', () => {
    const done = replace(change())
    assert.ok(done.is === 'replaced')
    assert.deepEqual(kept(), Buffer.from(BEFORE))
    const record = JSON.parse(readFileSync(join(root, '.dbmedic/backups', done.backup), 'utf8')) as object
    assert.deepEqual(record, {
      schema: 'dbmedic/backup/1',
      file: FILE,
      at: '2026-11-21T23:45:00.000000Z',
      before: digest(BEFORE),
      after: digest(AFTER),
      mode: 0o640,
    })
    assert.equal(readFileSync(join(root, '.dbmedic/.gitignore'), 'utf8'), '*\n')
    assert.equal(statSync(join(root, '.dbmedic')).mode & 0o777, 0o700)
  })

  test('once what was kept, and every folder on the way to it, is on disk', () => {
    const events: string[] = []
    const pathOf = (fd: number): string => readlinkSync(`/proc/self/fd/${fd}`).slice(root.length)
    const { fsyncSync, renameSync: rename } = fs
    const synced = mock.method(fs, 'fsyncSync', (fd: number) => {
      events.push(`sync ${pathOf(fd)}`)
      fsyncSync(fd)
    })
    const renamed = mock.method(fs, 'renameSync', (from: string, to: string) => {
      rename(from, to)
      events.push(`rename to ${readlinkSync(dirname(to)).slice(root.length)}`)
    })
    syncBuiltinESMExports()
    try {
      assert.equal(replace(change()).is, 'replaced')
    } finally {
      for (const each of [synced, renamed]) each.mock.restore()
      syncBuiltinESMExports()
    }
    const inPlace = events.indexOf('rename to /src/deep')
    const kept = events.lastIndexOf('rename to /.dbmedic/backups')
    const folders = ['/.dbmedic/backups', '/.dbmedic', ''].map((path) => events.indexOf(`sync ${path}`, kept))
    assert.ok(kept >= 0 && inPlace > kept, events.join())
    for (const at of folders) assert.ok(at > kept && at < inPlace, events.join())
    assert.ok(events.indexOf('sync /src/deep') > inPlace, events.join())
  })

  test('and replaced back from the backup, byte for byte', () => {
    replace(change())
    const back = kept()?.toString()
    const undo = { ...change(), before: digest(AFTER), after: digest(BEFORE), change: () => back ?? null }
    assert.equal(replace(undo).is, 'replaced')
    assert.equal(now(), BEFORE)
    assert.equal(state('backups').filter((name) => name.endsWith('.json')).length, 2)
  })

  test('and what was kept of it is given for no other file, nor for another change', () => {
    replace(change())
    assert.equal(kept({ file: 'src/other.js' }), null)
    assert.equal(kept({ after: digest('x') }), null)
    assert.equal(kept({ before: digest(AFTER), after: digest(BEFORE) }), null)
    assert.equal(kept({ before: '../../src/deep/app.js' }), null)
  })

  test('and nothing else that shares its bytes by a hard link', () => {
    linkSync(join(root, FILE), join(outside, 'twin.js'))
    assert.equal(replace(change()).is, 'replaced')
    assert.equal(readFileSync(join(outside, 'twin.js'), 'utf8'), BEFORE)
  })
})

describe('a file is left as it is', () => {
  test('once it has changed since the change was made', () => {
    writeFileSync(join(root, FILE), `${BEFORE}//`)
    const answer = replace(change())
    assert.ok(answer.is === 'refused' && /has changed since/.test(answer.because))
    assert.equal(now(), `${BEFORE}//`)
    assert.equal(existsSync(join(root, '.dbmedic/backups')), false)
  })

  test('where it has the change already: twice is once', () => {
    replace(change())
    const again = replace(change())
    assert.ok(again.is === 'refused' && /has this change already/.test(again.because))
    assert.equal(now(), AFTER)
  })

  test('by an undo, once it has changed since the fix', () => {
    replace(change())
    writeFileSync(join(root, FILE), `${AFTER}//`)
    const answer = replace({
      ...change(),
      before: digest(AFTER),
      after: digest(BEFORE),
      change: () => BEFORE,
    })
    assert.ok(answer.is === 'refused' && /has changed since/.test(answer.because))
    assert.equal(now(), `${AFTER}//`)
  })

  test('where the change makes something else than was approved, or does not fit', () => {
    refusedAs(replace({ ...change(), change: (text) => `${text}x` }), /something else/)
    refusedAs(replace({ ...change(), change: () => null }), /does not fit/)
  })

  test('when it was written, or exchanged for an equal one, at the last moment', () => {
    const write = (step: string) => step === 'look' && writeFileSync(join(root, FILE), `${BEFORE}!`)
    const answer = replace(change(), { reached: write })
    assert.ok(answer.is === 'refused' && /at that moment/.test(answer.because))
    assert.equal(now(), `${BEFORE}!`)
    writeFileSync(join(root, FILE), BEFORE)
    const exchange = (step: string): void => {
      if (step !== 'look') return
      writeFileSync(join(root, 'src/deep/new'), BEFORE)
      renameSync(join(root, 'src/deep/new'), join(root, FILE))
    }
    refusedAs(replace(change(), { reached: exchange }), /at that moment/)
  })

  test('when it may not go any more, and the new file is dropped', () => {
    assert.equal(replace(change(), { mayGo: () => false }).is, 'withheld')
    assert.equal(now(), BEFORE)
    assert.deepEqual(state('sessions'), [])
  })

  for (const step of ['read', 'keep', 'write', 'look', 'rename'] as const)
    test(`when its session is ended by another process before “${step}”`, () => {
      const session = begin()
      const reached = (at: string): unknown => at === step && end(session)
      const made = { replacement: change(), session, at: '2026-11-21T23:45:00.000000Z', mayGo: () => true }
      refusedAs(replaceFile({ ...made, reached }), /ended by another process|says ENOENT/)
      refusedAs(replaceFile(made), /ended by another process/)
      assert.deepEqual(state('sessions'), [])
    })

  test('where it is not UTF-8', () => {
    const bytes = Buffer.from([0x61, 0xff, 0x62])
    writeFileSync(join(root, FILE), bytes)
    const answer = replace({ ...change(), before: digestOf(bytes) })
    assert.ok(answer.is === 'refused' && /UTF-8/.test(answer.because))
    assert.deepEqual(readFileSync(join(root, FILE)), bytes)
  })
})

describe('nothing outside of the root is read or written', () => {
  const secret = (): string => join(outside, 'app.js')
  beforeEach(() => writeFileSync(secret(), BEFORE))
  const untouched = (): void => {
    assert.equal(readFileSync(secret(), 'utf8'), BEFORE)
    assert.deepEqual(readdirSync(outside), ['app.js'])
  }

  for (const path of [
    '../outside/app.js',
    '/etc/hosts',
    'src/../../x.js',
    'src//deep/app.js',
    './src/deep/app.js',
    'src/deep/app.js/',
    '',
    'src/deep/a\0.js',
    '.git/config',
    'a/.GIT/hooks/x.js',
    '.dbmedic/backups/x',
    'node_modules/a/i.js',
  ])
    test(`by the path ${JSON.stringify(path)}`, () =>
      refusedAs(replace({ ...change(), file: path }), /path is not|nothing is changed in/))

  test('by a file that is a link', () => {
    symlinkSync(secret(), join(root, 'src/link.js'))
    refusedAs(replace({ ...change(), file: 'src/link.js' }), /a link/)
    assert.ok(lstatSync(join(root, 'src/link.js')).isSymbolicLink())
    untouched()
  })

  test('by a folder that is a link, inside the root or out of it', () => {
    symlinkSync(outside, join(root, 'out'))
    symlinkSync(join(root, 'src/deep'), join(root, 'within'))
    refusedAs(replace({ ...change(), file: 'out/app.js' }), /link or no folder/)
    refusedAs(replace({ ...change(), file: 'within/app.js' }), /link or no folder/)
    untouched()
  })

  test('by a folder that becomes a link while it works', { skip: process.platform !== 'linux' }, () => {
    const swap = (step: string): void => {
      if (step !== 'look') return
      renameSync(join(root, 'src/deep'), join(root, 'src/moved'))
      symlinkSync(outside, join(root, 'src/deep'))
    }
    replace(change(), { reached: swap })
    untouched()
  })

  test('by a state folder, or a part of it, that is a link', () => {
    symlinkSync(outside, join(root, '.dbmedic'))
    assert.throws(begin, /link or no folder/)
    untouched()
    rmSync(join(root, '.dbmedic'))
    const session = begin()
    symlinkSync(outside, join(root, '.dbmedic/backups'))
    const made = { replacement: change(), session, at: '2026-11-21T23:45:00.000000Z', mayGo: () => true }
    refusedAs(replaceFile(made), /link or no folder/)
    untouched()
  })

  test('by something that is no file', () => {
    mkdirSync(join(root, 'src/folder.js'))
    refusedAs(replace({ ...change(), file: 'src/folder.js' }), /no ordinary file/)
    spawnSync('mkfifo', [join(root, 'src/pipe.js')])
    refusedAs(replace({ ...change(), file: 'src/pipe.js' }), /no ordinary file/)
  })
})

describe('a folder of our name that is not ours', () => {
  const OURS = ['.dbmedic', '.dbmedic/sessions', '.dbmedic/backups']
  /** What beginning a session, or replacing in one, says. */
  const said = (): string => {
    try {
      const answer = replace(change())
      return answer.is === 'refused' ? answer.because : answer.is
    } catch (error) {
      return (error as Error).message
    }
  }
  const files = (): string[] => readdirSync(root, { recursive: true }).map(String).sort()

  for (const name of OURS)
    test(`${name}: is not written into where others may write into it`, () => {
      for (const each of OURS) mkdirSync(join(root, each), { mode: 0o700 })
      writeFileSync(join(root, '.dbmedic/.gitignore'), '*\n')
      const there = files()
      for (const mode of [0o777, 0o1777, 0o770, 0o702]) {
        chmodSync(join(root, name), mode)
        assert.match(
          said(),
          /“(\.dbmedic|sessions|backups)” may be written by others than its owner \(mode 7/,
        )
        assert.deepEqual(files(), there)
        assert.equal(now(), BEFORE)
      }
      chmodSync(join(root, name), 0o755)
      assert.equal(said(), 'replaced')
    })

  test('is not written into where it is another user’s, as below a shared folder', () => {
    mkdirSync(join(root, '.dbmedic'), { mode: 0o700 })
    const user = process.geteuid?.() ?? 0
    const other = mock.method(process as { geteuid(): number }, 'geteuid', () => user + 1)
    try {
      assert.match(
        said(),
        new RegExp(
          `“\\.dbmedic” belongs to user ${user}, and this process runs as user ${user + 1}; nothing`,
        ),
      )
    } finally {
      other.mock.restore()
    }
    assert.deepEqual(state(), [])
    assert.equal(now(), BEFORE)
  })
})

describe('killed at any instant', () => {
  const child = fileURLToPath(new URL('../../../../test/support/replace-process.ts', import.meta.url))

  for (const step of REPLACE_STEPS)
    test(`before “${step}”: the old file or the new one, and another process goes on`, () => {
      const session = begin()
      const { signal } = spawnSync(process.execPath, [child, root, FILE, session, step])
      assert.equal(signal, 'SIGKILL')
      const isDone = ['sync', 'end'].includes(step)
      assert.equal(now(), isDone ? AFTER : BEFORE)
      assert.equal(statSync(join(root, FILE)).mode & 0o7777, 0o640)
      assert.deepEqual(readdirSync(join(root, 'src/deep')), ['app.js'])
      if (!['read', 'keep'].includes(step)) assert.deepEqual(kept(), Buffer.from(BEFORE))
      assert.equal(end(session), true)
      assert.equal(replace(change()).is, isDone ? 'refused' : 'replaced')
      assert.equal(now(), AFTER)
      assert.deepEqual(state('sessions'), [])
    })

  test('while it kept the bytes: what was cut off is kept anew', () => {
    mkdirSync(join(root, '.dbmedic/backups'), { recursive: true })
    writeFileSync(join(root, '.dbmedic/backups', digest(BEFORE)), BEFORE.slice(0, 5))
    assert.equal(kept(), null)
    assert.equal(replace(change()).is, 'replaced')
    assert.deepEqual(kept(), Buffer.from(BEFORE))
  })
})
