import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createLog } from '../../app/index.ts'
import { DbmedicError } from '../../core/errors.ts'
import type { RecordedResult } from '../report/recorded.ts'
import { reportFiles } from '../report/report.ts'
import { type RunAllOptions, runAll, skippedBecause } from './run-all.ts'

const NOWHERE = '/nowhere/libfaketime.so'

/** A series of the scenario that needs the library, where the library is not. */
async function withoutLibrary(change: Partial<RunAllOptions> = {}): Promise<readonly RecordedResult[]> {
  const before = process.env['DBMEDIC_LIBFAKETIME']
  process.env['DBMEDIC_LIBFAKETIME'] = NOWHERE
  try {
    return await runAll({
      names: ['control-clock-step'],
      flavours: ['mariadb'],
      seeds: [1],
      controlSeconds: 1,
      compare: false,
      earlier: [],
      log: createLog({ level: 'error' }),
      say: () => undefined,
      onStart: () => undefined,
      onResult: () => undefined,
      signal: new AbortController().signal,
      ...change,
    })
  } finally {
    if (before === undefined) delete process.env['DBMEDIC_LIBFAKETIME']
    else process.env['DBMEDIC_LIBFAKETIME'] = before
  }
}

describe('a scenario that cannot be played', () => {
  test('is a skipped result with its reason, however many there are, and the series goes on', async () => {
    const results = await withoutLibrary({ seeds: [1, 2, 3, 4] })
    assert.deepEqual(
      results.map((r) => [r.seed, r.passed, r.skipped?.includes(NOWHERE)]),
      [1, 2, 3, 4].map((seed) => [seed, false, true]),
    )
  })

  test('is named in the report and counted nowhere', async () => {
    const report = reportFiles(await withoutLibrary()).get('results.md') ?? ''
    assert.match(report, /0 of 0 runs passed/)
    assert.match(report, /## Not played\n\n- control-clock-step on mariadb, seed 1: .*libfaketime/)
  })

  test('is tried again when the series is continued, and is in it once', async () => {
    const first = await withoutLibrary()
    const played: string[] = []
    const results = await withoutLibrary({ earlier: first, onResult: (_all, r) => played.push(r.name) })
    assert.deepEqual([played, results.length], [['control-clock-step'], 1])
  })

  test('is so for what the machine lacks; anything else is a failure', () => {
    const failed = new DbmedicError('DBM_LAB_SERVER_FAILED', { server: 's', problem: 'it ended', log: '' })
    assert.equal(skippedBecause(failed), failed.message)
    assert.equal(skippedBecause(new DbmedicError('DBM_USAGE', { problem: 'x', hint: 'y' })), null)
    assert.equal(skippedBecause(new Error('SQL was refused')), null)
  })
})
