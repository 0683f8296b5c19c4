/** What a guard promises beside any driver: bounded reporting, patience with its server, pauses, budget and breaker. */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import fsPromises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import pg from 'pg'
import { retryOptions } from '../../guard/src/guard-options.ts'
import {
  closeGuard,
  type FailureReport,
  type GuardOptions,
  guard,
  guardStatistics,
} from '../../guard/src/index.ts'
import { RetryGate } from '../../guard/src/retry-gate.ts'
import { newStatistics } from '../../guard/src/statistics.ts'
import { reportServer } from './report-server.ts'

function failing(reporting: GuardOptions['reporting'] & object, count: number): DatabaseSync {
  const db = guard(new DatabaseSync(':memory:'), { reporting })
  for (let i = 0; i < count; i++) assert.throws(() => db.exec(`SELECT * FROM missing_${i}`))
  return db
}

const describedAll = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30))

describe('reporting', () => {
  test('counts what is the same, and drops what is beyond its bound and says so', async () => {
    await using reports = await reportServer()
    const db = failing({ url: reports.url, token: 't', pendingMax: 3 }, 5)
    await closeGuard(db)
    assert.equal(reports.failures().length, 3)
    assert.equal(JSON.parse(reports.sent[0]?.body ?? '{}').dropped, 2)
    const again = guard(new DatabaseSync(':memory:'), { reporting: { url: reports.url, token: 't' } })
    for (let i = 0; i < 7; i++) assert.throws(() => again.exec(`SELECT * FROM same WHERE id = ${i}`))
    await closeGuard(again)
    assert.equal(reports.failures().at(-1)?.count, 7)
  })

  test('a batch that is not taken is kept as it is and sent again under its key; one that never will be is dropped', async () => {
    await using reports = await reportServer()
    reports.answers.push(503, 202, 422)
    const db = failing({ url: reports.url, token: 't', everyMs: 5 }, 1)
    while (guardStatistics(db).reported === 0) await describedAll()
    assert.equal(reports.sent.length, 2)
    assert.equal(reports.sent[0]?.key, reports.sent[1]?.key)
    assert.equal(reports.sent[0]?.body, reports.sent[1]?.body)
    assert.throws(() => db.exec('SELECT * FROM other'))
    await closeGuard(db)
    assert.deepEqual([guardStatistics(db).reported, guardStatistics(db).dropped], [1, 1])
  })

  test('of a storm only so many are described, and a server that is away costs the application nothing', async () => {
    const db = failing({ url: 'http://127.0.0.1:9/', token: 't', timeoutMs: 50 }, 1000)
    assert.ok(guardStatistics(db).dropped >= 700)
    await closeGuard(db)
    assert.equal(guardStatistics(db).reported, 0)
  })

  test('what is not taken outlives the process in a folder, bounded, and counts once under its key', async (t) => {
    const folder = join(mkdtempSync(join(tmpdir(), 'dbmedic-spool-')), 'spool')
    t.after(() => rmSync(join(folder, '..'), { recursive: true, force: true }))
    const away = { url: 'http://127.0.0.1:9/', token: 't', timeoutMs: 1_000, spool: { folder } }
    const first = failing(away, 3)
    await closeGuard(first)
    assert.deepEqual([guardStatistics(first).reported, guardStatistics(first).dropped], [0, 0])
    const [name = ''] = readdirSync(folder)
    assert.match(name, /^[0-9a-f-]{36}\.3\.batch$/)
    assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600)
    assert.equal(statSync(folder).mode & 0o777, 0o700)
    const full = failing({ ...away, spool: { folder, maxBytes: statSync(join(folder, name)).size + 10 } }, 2)
    await closeGuard(full)
    assert.deepEqual([guardStatistics(full).dropped, readdirSync(folder)], [2, [name]])
    await using reports = await reportServer()
    reports.answers.push(503, 202)
    const next = guard(new DatabaseSync(':memory:'), { reporting: { ...away, url: reports.url, everyMs: 5 } })
    while (guardStatistics(next).reported < 3) await describedAll()
    await closeGuard(next)
    assert.deepEqual(
      reports.sent.map(({ key }) => key),
      [name.slice(0, 36), name.slice(0, 36)],
    )
    assert.deepEqual(readdirSync(folder), [])
    const nowhere = failing({ ...away, spool: { folder: join(import.meta.filename, 'no') } }, 1)
    await closeGuard(nowhere)
    assert.equal(guardStatistics(nowhere).dropped, 1)
  })

  test('what was sent and cannot be removed is not sent again and again, and keeps nothing else back', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'dbmedic-spool-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const away = { url: 'http://127.0.0.1:9/', token: 't', timeoutMs: 1_000, spool: { folder } }
    await closeGuard(failing(away, 3))
    t.mock.method(fsPromises, 'rm', () => Promise.reject(new Error('read-only')))
    syncBuiltinESMExports()
    t.after(() => {
      t.mock.restoreAll()
      syncBuiltinESMExports()
    })
    await using reports = await reportServer()
    const next = failing({ ...away, url: reports.url }, 2)
    await closeGuard(next)
    assert.deepEqual([reports.sent.length, reports.failures().length], [2, 5])
  })

  test('a token is sent over TLS or to this machine, never elsewhere', () => {
    const to = (url: string) => () => guard(new DatabaseSync(':memory:'), { reporting: { url, token: 't' } })
    assert.throws(to('http://dbmedic.example.org/'), /https:/)
    assert.doesNotThrow(to('https://dbmedic.example.org/'))
    assert.throws(() => guard({ query: 1 }), /guard\(\) knows/)
  })
})

describe('the gate for repetitions', () => {
  const gate = (retry: GuardOptions['retry'], random = () => 1) => {
    let now = 0
    const statistics = newStatistics()
    const made = new RetryGate(retryOptions(retry), statistics, { now: () => now, random })
    return { made, statistics, pass: (ms: number) => (now += ms) }
  }

  test('pauses grow to their bound, and are drawn from nothing up to it', () => {
    const { made } = gate({ attempts: 5, baseMs: 10, capMs: 50 })
    assert.deepEqual(
      [0, 1, 2, 3, 4, 5].map((attempt) => made.pauseBefore(attempt)),
      [10, 20, 40, 50, 50, null],
    )
    assert.equal(gate({}, () => 0).made.pauseBefore(2), 0)
  })

  test('ten repetitions are there, then one for every ten calls', () => {
    const { made, statistics } = gate({})
    for (let i = 0; i < 30; i++) made.pauseBefore(0)
    assert.deepEqual([statistics.retries, statistics.deniedByBudget], [10, 20])
    for (let i = 0; i < 101; i++) made.begin()
    for (let i = 0; i < 30; i++) made.pauseBefore(0)
    assert.equal(statistics.retries, 20)
  })

  test('after five failures in a row none is made for a while; a success closes it', () => {
    const { made, statistics, pass } = gate({})
    for (let i = 0; i < 5; i++) made.failed()
    assert.equal(made.pauseBefore(0), null)
    assert.equal(statistics.deniedByBreaker, 1)
    pass(5001)
    assert.notEqual(made.pauseBefore(0), null)
    made.failed()
    assert.equal(made.pauseBefore(0), null)
    pass(5001)
    made.succeeded(1)
    made.failed()
    assert.notEqual(made.pauseBefore(0), null)
    assert.equal(statistics.recovered, 1)
  })

  test('a number that makes no sense is refused', () => {
    assert.throws(() => retryOptions({ baseMs: -1 }), /retry\.baseMs/)
    assert.equal(retryOptions(false).attempts, 0)
  })
})

test('a server of pg that is not there is asked again, and then its error is the driver’s own', async () => {
  const seen: FailureReport[] = []
  for (const away of [{ host: join(tmpdir(), 'no-such-folder') }, { host: 'localhost', port: 1 }]) {
    const pool = new pg.Pool(away)
    const guarded = guard(pool, { retry: { baseMs: 1 }, onReport: (report) => seen.push(report) })
    await assert.rejects(guarded.query('SELECT 1'), { code: /^(ENOENT|ECONNREFUSED)$/ })
    assert.equal(guardStatistics(guarded).retries, 3)
    await closeGuard(guarded)
    await pool.end()
  }
  assert.deepEqual(new Set(seen.map(({ type }) => type)), new Set(['CONNECTION_ERROR']))
  assert.deepEqual(
    seen.map(({ outcome }) => outcome),
    [1, 2].flatMap(() => ['retried', 'retried', 'retried', 'thrown']),
  )
})
