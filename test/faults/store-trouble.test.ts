/**
 * A store in trouble under a running `dbmedic start`: full, limited, locked, gone. It says so with the next step,
 * stays alive, loses nothing that was recorded, and goes on by itself. At the start trouble that may pass is waited
 * for with the same words; a mistake ends it with them.
 */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import Database from 'better-sqlite3'
import type { ErrorCode } from '../../src/core/errors.ts'
import { type PrivateServer, startMariadb } from '../../src/lab/servers/index.ts'
import { prepareTarget } from '../support/mysql-target.ts'
import {
  errorOf,
  type Line,
  QUICK,
  SECRETS,
  type Started,
  stated,
  targetOf,
  troubleFolder,
} from '../support/trouble.ts'
import { until } from '../support/until.ts'

type Place = ReturnType<typeof troubleFolder>

let server: PrivateServer
const places: Place[] = []
before(async () => {
  server = await startMariadb()
  await prepareTarget(server)
})
after(async () => {
  for (const place of places) await place.remove()
  await server?.stop()
})

const newPlace = (parent?: string): Place => {
  const place = troubleFolder(parent)
  places.push(place)
  place.configure({ ...QUICK, targets: [targetOf('shop', server)] })
  return place
}

/** Ids of the windows kept, oldest first. */
const kept = (place: Place): readonly number[] => {
  const store = new Database(place.path('dbmedic.sqlite'), { readonly: true })
  try {
    return store.prepare('SELECT sample_id FROM metric_samples ORDER BY 1').pluck().all() as number[]
  } finally {
    store.close()
  }
}

/** Starts and waits until windows are kept. */
async function watching(place: Place): Promise<Started> {
  const started = place.start({ env: SECRETS })
  await until(
    () => existsSync(place.path('dbmedic.sqlite')) && started.lines.some((l) => l.message === 'watching'),
    'it watches',
    () => started.said(),
  )
  await until(
    () => kept(place).length > 0,
    'windows are kept',
    () => started.said(),
  )
  return started
}

/** After the cause is gone: new windows are kept, all old ones are there, the file is whole. */
async function goesOn(place: Place, started: Started, before: readonly number[]): Promise<void> {
  await until(
    () => kept(place).length > before.length,
    'it goes on',
    () => started.said(),
  )
  const now = new Set(kept(place))
  assert.deepEqual(
    before.filter((id) => !now.has(id)),
    [],
    'windows were lost',
  )
  await until(
    () => started.lines.some((l) => /works again|kept again/.test(l.message)),
    'it says that it works again',
    () => started.said(),
  )
  await started.stop()
  const store = new Database(place.path('dbmedic.sqlite'), { readonly: true })
  assert.equal(store.pragma('integrity_check', { simple: true }), 'ok')
  store.close()
}

describe('a store in trouble while it runs', { concurrency: 3 }, () => {
  test('a full disk is said, nothing is lost, and it goes on when there is space', {
    skip: whyNoDisk(),
  }, async (t) => {
    const disk = mkdtempSync(join(tmpdir(), 'dbmedic-disk-'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'dbmedic-test', disk])
    t.after(async () => {
      await place.remove()
      execFileSync('umount', ['-l', disk])
      rmSync(disk, { recursive: true, force: true })
    })
    const place = newPlace(disk)
    const started = await watching(place)
    const ballast = join(disk, 'ballast')
    fill(disk, ballast)
    await started.trouble('DBM_STORE_FULL')
    const before = kept(place)
    rmSync(ballast)
    await goesOn(place, started, before)
  })

  test('a limit on the size of its file is said, and it goes on when it is lifted', {
    skip: whyNoLimit(),
  }, async () => {
    const place = newPlace()
    const started = await watching(place)
    const limit = (bytes: string): void => {
      execFileSync('prlimit', ['--pid', String(started.child.pid), `--fsize=${bytes}:`])
    }
    limit('4096')
    await started.trouble('DBM_STORE_IO')
    const before = kept(place)
    limit('unlimited')
    await goesOn(place, started, before)
  })

  test('a lock another process holds is said, and it goes on when it is released', async () => {
    const place = newPlace()
    const started = await watching(place)
    const holder = new Database(place.path('dbmedic.sqlite'))
    holder.exec('BEGIN IMMEDIATE')
    const before = kept(place)
    const line = await started.trouble('DBM_STORE_BUSY')
    assert.match(line.next ?? '', /second dbmedic, a backup or an open shell/)
    assert.deepEqual(kept(place), before, 'it wrote through a lock')
    holder.exec('ROLLBACK')
    holder.close()
    await goesOn(place, started, before)
  })
})

describe('a store that cannot be used when it starts', { concurrency: 3 }, () => {
  /** Runs `start` on it, which must end by itself, and must say what the table says under this code. */
  const refused = async (place: Place, code: ErrorCode, uid?: number) => {
    const ran = await place.run(['start', '--json', '--for', '3'], {
      env: SECRETS,
      ...(uid === undefined ? {} : { uid }),
    })
    assert.equal(ran.code, 1, ran.said)
    const found = errorOf(ran)
    assert.equal(found.code, code, found.message)
    stated({ message: found.message, next: found.hint }, code)
    return found
  }
  const migrate = async (place: Place): Promise<void> =>
    assert.equal((await place.run(['store', 'migrate'])).code, 0)

  test('a file that is no database is refused and left as it is', async () => {
    const place = newPlace()
    const text = 'a text with the name of a store, longer than the header of a database would be. '.repeat(9)
    writeFileSync(place.path('dbmedic.sqlite'), text)
    await refused(place, 'DBM_STORE_DAMAGED')
    assert.equal(readFileSync(place.path('dbmedic.sqlite'), 'utf8'), text)
  })

  test('a database of another program is refused and gets no table of ours', async () => {
    const place = newPlace()
    const other = new Database(place.path('dbmedic.sqlite'))
    other.exec('CREATE TABLE theirs (x)')
    await refused(place, 'DBM_STORE_VERSION')
    assert.deepEqual(other.prepare('SELECT name FROM sqlite_master').pluck().all(), ['theirs'])
    other.close()
  })

  test('a store of a newer release is refused, and migrating it is not what is advised', async () => {
    const place = newPlace()
    await migrate(place)
    const store = new Database(place.path('dbmedic.sqlite'))
    store.exec(
      "INSERT INTO schema_versions (version, name, checksum, state, runner, server) VALUES (999, 'later', 'x', 'APPLIED', 'r', 's')",
    )
    store.close()
    const found = await refused(place, 'DBM_STORE_NEWER')
    assert.doesNotMatch(found.hint, /migrate/)
  })

  test('a store that may only be read is refused', { skip: whyNoOtherUser() }, async () => {
    const place = newPlace()
    await migrate(place)
    chmodSync(place.path('dbmedic.sqlite'), 0o444)
    chmodSync(place.folder, 0o555)
    await refused(place, 'DBM_STORE_READ_ONLY', otherUser())
  })

  test('a folder in which none can be made is refused with its path', {
    skip: whyNoOtherUser(),
  }, async () => {
    const place = newPlace()
    chmodSync(place.folder, 0o555)
    const found = await refused(place, 'DBM_STORE_UNREACHABLE', otherUser())
    assert.match(found.message, /dbmedic\.sqlite/)
  })

  test('a lock that outlasts the time given ends it with what was in the way', async () => {
    const place = newPlace()
    await migrate(place)
    const holder = new Database(place.path('dbmedic.sqlite'))
    holder.exec('BEGIN IMMEDIATE')
    await refused(place, 'DBM_STORE_BUSY')
    holder.close()
  })
})

describe('a store that can be used only later than it starts', { concurrency: 3 }, () => {
  const goes = (started: Started): Promise<Line> =>
    started.line((l) => l.message === 'watching', 'it starts when the store can be used')

  test('a lock is said once and waited for', async () => {
    const place = newPlace()
    assert.equal((await place.run(['store', 'migrate'])).code, 0)
    const holder = new Database(place.path('dbmedic.sqlite'))
    holder.exec('BEGIN IMMEDIATE')
    const started = place.start({ env: SECRETS })
    await started.trouble('DBM_STORE_BUSY')
    holder.exec('ROLLBACK')
    holder.close()
    await goes(started)
    assert.equal(started.lines.filter((l) => l.code === 'DBM_STORE_BUSY').length, 1, started.said())
    await started.stop()
  })

  test('a full disk is said with the next step, and it goes on by itself when there is space', {
    skip: whyNoDisk(),
  }, async (t) => {
    const disk = mkdtempSync(join(tmpdir(), 'dbmedic-disk-'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'dbmedic-test', disk])
    t.after(async () => {
      await place.remove()
      execFileSync('umount', ['-l', disk])
      rmSync(disk, { recursive: true, force: true })
    })
    const place = newPlace(disk)
    const ballast = join(disk, 'ballast')
    fill(disk, ballast)
    const started = place.start({ env: SECRETS })
    const line = await started.line((l) => l.code !== undefined, 'it says what is wrong')
    assert.match(line.code ?? '', /^DBM_STORE_(FULL|IO)$/)
    assert.equal(started.child.exitCode, null, started.said())
    rmSync(ballast)
    await goes(started)
    await started.stop()
  })

  test('told to stop while it waits, it ends at once and says what was in the way', async () => {
    const place = newPlace()
    assert.equal((await place.run(['store', 'migrate'])).code, 0)
    const holder = new Database(place.path('dbmedic.sqlite'))
    holder.exec('BEGIN IMMEDIATE')
    const started = place.start({ env: SECRETS })
    await started.trouble('DBM_STORE_BUSY')
    started.child.kill('SIGTERM')
    assert.equal(await started.ended, 1, started.said())
    assert.match(started.text, /stayed locked/)
    holder.close()
  })
})

describe('a store whose file is taken away under a running `start`', { concurrency: 2 }, () => {
  test('deleted and made anew: nothing more is written, whoever asks, and what to do is said', async () => {
    const place = newPlace()
    const started = await watching(place)
    for (const tail of ['', '-wal', '-shm']) rmSync(place.path(`dbmedic.sqlite${tail}`), { force: true })
    assert.equal((await place.run(['store', 'migrate'])).code, 0)
    const line = await started.trouble('DBM_STORE_REPLACED')
    assert.match(line.next ?? '', /Put the file back.*or restart it/)
    // The executor too: it would not hear of a halt.
    await started.line((l) => l.code === 'DBM_STORE_REPLACED' && l.stage === 'execute', 'the executor stops')
    assert.deepEqual(kept(place), [])
    await started.stop()
  })

  test('moved away and put back: it goes on by itself, and nothing was lost', async () => {
    const place = newPlace()
    const started = await watching(place)
    renameSync(place.path('dbmedic.sqlite'), place.path('away'))
    await started.trouble('DBM_STORE_REPLACED')
    assert.equal(existsSync(place.path('dbmedic.sqlite')), false, 'it made another')
    renameSync(place.path('away'), place.path('dbmedic.sqlite'))
    await goesOn(place, started, kept(place))
  })
})

/** Root feels no rights: such tests run as another user there. */
function otherUser(): number | undefined {
  return process.getuid?.() === 0 ? 65_534 : undefined
}

function whyNoOtherUser(): string | false {
  const uid = otherUser()
  if (uid === undefined) return false
  const main = join(import.meta.dirname, '../../src/cli/main.ts')
  const ran = spawnSync(process.execPath, [main, '--version'], { uid, gid: uid, cwd: tmpdir() })
  return ran.status === 0 ? false : 'root feels no rights, and another user cannot read this folder'
}

/** Space is measured and taken on a disk of its own, which only root can make. */
function whyNoDisk(): string | false {
  const probe = join(tmpdir(), `dbmedic-mount-${process.pid}`)
  mkdirSync(probe)
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'dbmedic-test', probe]).status === 0
  if (mounted) execFileSync('umount', [probe])
  rmSync(probe, { recursive: true, force: true })
  return mounted ? false : 'a small disk of its own cannot be mounted here'
}

function whyNoLimit(): string | false {
  return spawnSync('prlimit', ['--version']).status === 0 ? false : 'there is no prlimit'
}

/** Leaves not one block free. */
function fill(disk: string, ballast: string): void {
  const { bavail, bsize } = statfsSync(disk)
  try {
    writeFileSync(ballast, Buffer.alloc(bavail * bsize))
  } catch (error) {
    // What the store took in between is missing at the end; then too the disk is full.
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC')
  }
}
