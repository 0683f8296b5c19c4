import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DbmedicError, type ErrorCode } from '../core/errors.ts'
import type { LogLine } from '../core/log.ts'
import { failureOf } from '../store/index.ts'
import { mayPass, whenStoreUsable } from './wait-for-store.ts'

const FILE = { store: '/srv/dbmedic.sqlite' }
const SERVER = { store: 'mysql://db:3306/dbmedic' }
const trouble = (code: ErrorCode, reason = 'x'): DbmedicError =>
  new DbmedicError(code, { address: 'a', attempts: 1, reason })
const ofServer = (errno: number, code?: string): Error =>
  failureOf(Object.assign(new Error('no'), { errno, code }), { address: 'db:3306/dbmedic', role: 'owner' })

/** Work that fails so, one time after the other, and then is done. */
function failing(...errors: readonly Error[]) {
  const left = [...errors]
  return async (): Promise<string> => {
    const error = left.shift()
    if (error !== undefined) throw error
    return 'open'
  }
}

/** A wait that does not, and what was said and slept. */
function watched(config: { readonly store: string }, signal = new AbortController().signal) {
  const lines: LogLine[] = []
  const pauses: number[] = []
  const pause = async (ms: number): Promise<void> => void pauses.push(ms)
  return { lines, pauses, wait: { config, signal, pause, log: (line: LogLine) => void lines.push(line) } }
}

describe('a store that cannot be used at the start', () => {
  test('is waited for with growing pauses of 30 s at most; that is said once, and so is the end', async () => {
    const { lines, pauses, wait } = watched(FILE)
    const full = Array.from({ length: 12 }, () => trouble('DBM_STORE_FULL'))
    assert.equal(await whenStoreUsable(failing(...full), wait), 'open')
    assert.deepEqual(
      lines.map((line) => line['code'] ?? line.message),
      ['DBM_STORE_FULL', 'the store works again'],
    )
    assert.match(String(lines[0]?.['next']), /goes on by itself/)
    assert.equal(pauses.length, 12)
    assert.ok(
      pauses.every((ms, i) => ms >= Math.min(30_000, 250 * 2 ** i) / 2 && ms <= 30_000),
      String(pauses),
    )
  })

  test('is said again where the trouble is another', async () => {
    const { lines, wait } = watched(FILE)
    await whenStoreUsable(
      failing(trouble('DBM_STORE_BUSY'), trouble('DBM_STORE_IO'), trouble('DBM_STORE_IO')),
      wait,
    )
    assert.deepEqual(
      lines.map((line) => line['code']),
      ['DBM_STORE_BUSY', 'DBM_STORE_IO', undefined],
    )
  })

  test('ends the wait at once when told to stop, with what was in the way', async () => {
    const stop = new AbortController()
    const { lines, wait } = watched(SERVER, stop.signal)
    const { pause: _, ...sleeping } = wait
    const waited = whenStoreUsable(
      failing(...Array.from({ length: 99 }, () => ofServer(-111, 'ECONNREFUSED'))),
      sleeping,
    )
    setTimeout(() => stop.abort(), 20)
    const before = performance.now()
    await assert.rejects(waited, { code: 'DBM_STORE_UNREACHABLE' })
    assert.ok(performance.now() - before < 10_000)
    assert.equal(lines.length, 1)
  })

  test('is not waited for where that would not help', async () => {
    for (const code of [
      'DBM_STORE_DENIED',
      'DBM_STORE_VERSION',
      'DBM_STORE_DAMAGED',
      'DBM_STORE_TLS',
    ] as const) {
      const { lines, pauses, wait } = watched(SERVER)
      await assert.rejects(whenStoreUsable(failing(trouble(code)), wait), { code })
      assert.deepEqual([lines, pauses], [[], []])
    }
  })

  test('may come if its server does not answer, not if the server or the path is wrong', () => {
    assert.equal(mayPass(ofServer(-111, 'ECONNREFUSED'), SERVER), true)
    assert.equal(mayPass(ofServer(1040), SERVER), true, 'too many connections')
    assert.equal(mayPass(ofServer(1049), SERVER), false, 'no such database')
    assert.equal(mayPass(ofServer(1130), SERVER), false, 'not from this host')
    assert.equal(mayPass(trouble('DBM_STORE_UNREACHABLE', '10.4 is older than 10.11'), SERVER), false)
    assert.equal(mayPass(ofServer(1045), SERVER), false, 'a wrong password')
    assert.equal(mayPass(trouble('DBM_STORE_UNREACHABLE', 'SQLITE_CANTOPEN'), FILE), false)
    assert.equal(mayPass(new Error('a mistake of ours'), FILE), false)
  })
})
