import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Answer, conclude } from '../../../test/support/diagnosis-case.ts'
import { slowLogOutrun } from './slow-log-outrun.ts'

describe('mysql/slow-log-outrun', () => {
  const given = (facts: { readonly [name: string]: number }, settings: Record<string, string>) => ({
    rule: 'mysql/slow-log-gap',
    category: 'MONITORING_GAP' as const,
    on: { type: 'server', name: 'slow log' },
    facts: { skippedBytes: 0, behindBytes: 0, behindRows: 0, ...facts },
    answers: [{ kind: 'variables', value: settings }] satisfies Answer[],
  })
  const said = (...parts: Parameters<typeof given>) => {
    const result = conclude(slowLogOutrun, given(...parts))
    assert.equal(result.outcome, 'unknown')
    return result.outcome === 'unknown' ? `${result.missing} | ${result.toProceed}` : ''
  }
  const LONG = { long_query_time: '0.100000' }

  test('no cause is named: it would stand in what nobody read; what is unread is', () => {
    assert.match(
      said({ skippedBytes: 3 * 2 ** 20, behindBytes: 2 ** 26 }, LONG),
      /^3\.0 MiB of the slow log were left out in a window and 64\.0 MiB are still to be read/,
    )
    assert.match(said({ behindRows: 5_000 }, LONG), /^5000 rows of mysql\.slow_log/)
  })
  test('the settings that fill the log are named as they are', () => {
    assert.match(said({}, LONG), /\| Raise long_query_time \(now 0\.100000 s\)\. Until then/)
    assert.match(said({}, { ...LONG, log_queries_not_using_indexes: 'ON' }), /\| Set log_queries_not_using/)
    assert.match(said({}, { ...LONG, log_slow_rate_limit: '1' }), /log_slow_rate_limit take one of several/)
  })
  test('without the settings that is what is missing', () =>
    assert.match(
      JSON.stringify(conclude(slowLogOutrun, { ...given({}, LONG), answers: [] })),
      /how the slow log is set/,
    ))
  test('another gap is not its business', () =>
    assert.equal(conclude(slowLogOutrun, { ...given({}, LONG), rule: 'mysql/other' }).outcome, 'refuted'))
})
