import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Answer, conclude, supported } from '../../../test/support/diagnosis-case.ts'
import { redoPressure } from './redo-pressure.ts'

describe('mysql/redo-pressure', () => {
  const given = (facts: { logWaits: number; checkpointAgePercent: number | null }, more: object = {}) => ({
    rule: 'mysql/redo-pressure',
    category: 'CONFIGURATION' as const,
    on: { type: 'server', name: 'redo log' },
    facts,
    answers: [
      {
        kind: 'variables',
        value: { innodb_log_buffer_size: '16777216', innodb_log_file_size: '100663296', ...more },
      },
    ] satisfies Answer[],
  })
  test('a full buffer: the exact setting, twice the present', () =>
    assert.match(
      supported(redoPressure, given({ logWaits: 3, checkpointAgePercent: 20 })).recommendation,
      /innodb_log_buffer_size to 33554432/,
    ))
  test('a full log: the setting this server has', () => {
    const full = { logWaits: 0, checkpointAgePercent: 90 }
    assert.match(supported(redoPressure, given(full)).recommendation, /innodb_log_file_size to 201326592/)
    const capacity = given(full, { innodb_redo_log_capacity: '104857600' })
    assert.match(supported(redoPressure, capacity).recommendation, /innodb_redo_log_capacity to 209715200/)
  })
  test('neither full is neither', () =>
    assert.equal(conclude(redoPressure, given({ logWaits: 0, checkpointAgePercent: 80 })).outcome, 'refuted'))
  test('without the settings nothing is known', () =>
    assert.equal(
      conclude(redoPressure, { ...given({ logWaits: 1, checkpointAgePercent: null }), answers: [] }).outcome,
      'unknown',
    ))
  test('another issue on settings is not its business', () =>
    assert.equal(
      conclude(redoPressure, { ...given({ logWaits: 1, checkpointAgePercent: 9 }), rule: 'mysql/other' })
        .outcome,
      'refuted',
    ))
})
