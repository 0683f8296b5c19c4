import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { addressOf } from '../../../../test/support/mysql-target.ts'
import { fromMs } from '../../../core/time.ts'
import { fingerprintId, MARIADB } from '../../../sql/index.ts'
import type { CollectorTarget } from '../collector.ts'
import { readMysqlOptions } from '../config.ts'
import type { SlowLogWindow } from '../shapes.ts'
import { SampleBook } from '../statement-samples.ts'
import { slowLogCollector } from './slow-log.ts'

const MIB = 2 ** 20
const ENTRY = `# Time: 2026-11-21T10:00:00.000000Z
# User@Host: app[app] @ web [10.0.0.9]  Id:    77
# Query_time: 2.000000  Lock_time: 0.000000 Rows_sent: 1  Rows_examined: 10
SET timestamp=1795255200;
SELECT 1;
`

/** A server that says its log is this file, or its table; its clock moves ten seconds with each look. */
function looks(
  place: { readonly file: string } | { readonly rows: () => readonly object[]; readonly more: number },
  samples = new SampleBook(),
) {
  const variables = {
    slow_query_log: '1',
    long_query_time: '1.000000',
    log_output: 'file' in place ? 'FILE' : 'TABLE',
    slow_query_log_file: 'file' in place ? place.file : 'x',
    datadir: '/',
  }
  let clock = Date.parse('2026-11-21T10:00:00Z')
  const options = { slowLogFile: 'file' in place ? place.file : null }
  const address = addressOf({ host: '127.0.0.1', port: 1 }, options)
  const query = async (sql: string): Promise<readonly object[]> => {
    if (/COUNT\(\*\)/.test(sql)) return [{ behind: 'more' in place ? place.more : 0 }]
    if (/slow_log/.test(sql) && /FROM mysql/.test(sql)) return 'rows' in place ? place.rows() : []
    return [variables]
  }
  const target = {
    query,
    clock: () => {
      clock += 10_000
      return fromMs(clock)
    },
    options: readMysqlOptions(address),
    address,
    identity: { epoch: fromMs(0) },
    nominalMs: 10_000,
    dialect: MARIADB,
    samples,
    accounts: { ownUsers: [], backupUsers: [], ownConnections: () => [] },
  } as unknown as CollectorTarget
  let state: Parameters<typeof slowLogCollector.collect>[1] = null
  return async (): Promise<SlowLogWindow | null> => {
    const { outcome, state: next } = await slowLogCollector.collect(target, state)
    state = next
    return outcome.known ? outcome.value : null
  }
}

describe('a window of the slow log says what of it was not read', () => {
  const home = mkdtempSync(join(tmpdir(), 'dbmedic-slow-'))
  after(() => rmSync(home, { recursive: true, force: true }))

  test('bytes left out and bytes still to be read, and nothing where it is read to its end', async () => {
    const file = join(home, 'slow.log')
    writeFileSync(file, ENTRY)
    const look = looks({ file })
    assert.equal(await look(), null)
    appendFileSync(file, ENTRY)
    assert.deepEqual((await look())?.unread, {
      skippedBytes: 0,
      behindBytes: 0,
      behindRows: 0,
      endLost: false,
    })
    truncateSync(file, 70 * MIB)
    const outrun = (await look())?.unread
    assert.equal(outrun?.skippedBytes, 6 * MIB - ENTRY.length, 'all but 64 MiB')
    assert.ok((outrun?.behindBytes ?? 0) > 50 * MIB)
    truncateSync(file, 10)
    assert.equal((await look())?.unread.endLost, true)
  })

  test('rows of the table that are still to be read', async () => {
    const row = {
      ...{
        start_time: '2026-11-21 10:00:05.000000',
        user_host: 'app[app] @ web []',
        db: 'shop',
        thread_id: 7,
      },
      ...{
        query_seconds: 2,
        query_micros: 0,
        lock_seconds: 0,
        lock_micros: 0,
        rows_sent: 1,
        rows_examined: 10,
      },
      ...{ sql_bytes: 8, sql_text: 'SELECT 1' },
    }
    let rows = 999
    const look = looks({ rows: () => Array.from({ length: rows }, () => row), more: 4_321 })
    assert.equal(await look(), null)
    assert.equal((await look())?.unread.behindRows, 0)
    rows = 1_000
    assert.equal((await look())?.unread.behindRows, 4_321)
  })
})

test('the plan of a call that mostly waited for locks is not kept: it was chosen before the wait', async () => {
  const home = mkdtempSync(join(tmpdir(), 'dbmedic-slow-'))
  try {
    const file = join(home, 'slow.log')
    writeFileSync(file, '')
    const book = new SampleBook()
    const look = looks({ file }, book)
    await look()
    const id = fingerprintId('SELECT 1', MARIADB)
    const keysAfter = async (lockSeconds: string, key: string): Promise<readonly (string | undefined)[]> => {
      const head = ENTRY.replace('Lock_time: 0.000000', `Lock_time: ${lockSeconds}`)
      const explain = [
        'id\tselect_type\ttable\ttype\tpossible_keys\tkey\tkey_len\tref\trows\tr_rows\tfiltered\tr_filtered\tExtra',
        `1\tSIMPLE\tt\tref\t${key}\t${key}\t4\tconst\t9\t9.00\t100.00\t100.00\t`,
      ].map((line) => `# explain: ${line}\n`)
      appendFileSync(file, head.replace('SET timestamp', `${explain.join('')}SET timestamp`))
      // An entry has ended where the next one begins.
      appendFileSync(file, ENTRY.replace('SELECT 1', 'DO 2'))
      await look()
      return (book.plan(id)?.rows ?? []).map((row) => row.key)
    }
    assert.deepEqual(await keysAfter('1.100000', 'before'), [])
    assert.deepEqual(await keysAfter('0.900000', 'by_work'), ['by_work'])
    assert.deepEqual(await keysAfter('1.900000', 'before'), ['by_work'])
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
})
