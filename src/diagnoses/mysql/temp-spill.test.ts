import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Answer, conclude, supported } from '../../../test/support/diagnosis-case.ts'
import { tempSpill } from './temp-spill.ts'

describe('mysql/temp-spill', () => {
  const given = (worst: string | null = 'a1b2c3d4e5f60718') => ({
    rule: 'mysql/temporary-spill',
    category: 'MEMORY' as const,
    on: { type: 'server', name: 'temporary tables' },
    facts: {
      diskPercent: 40,
      perSecond: 3,
      worstFingerprintId: worst,
      worstFingerprint: worst === null ? null : 'select … group by note',
    },
    answers: [
      { kind: 'variables', value: { tmp_table_size: '33554432', max_heap_table_size: '16777216' } },
    ] satisfies Answer[],
  })
  test('the smaller of both limits counts, and the class is named', () => {
    const result = supported(tempSpill, given())
    assert.match(result.hypothesis, /16 MiB.*group by note/)
    assert.deepEqual(result.affectingQueries, ['a1b2c3d4e5f60718'])
    assert.deepEqual(result.candidates, [])
  })
  test('a small limit is not called none', () => {
    const small = { tmp_table_size: '16384', max_heap_table_size: '16777216' }
    const result = supported(tempSpill, { ...given(), answers: [{ kind: 'variables', value: small }] })
    assert.match(result.hypothesis, /larger than 16 KiB/)
  })
  test('without the class it is a weak case', () =>
    assert.ok((supported(tempSpill, given(null)).weights[0]?.logOdds ?? 0) <= -1.5))
  test('another issue on memory is not its business', () =>
    assert.equal(conclude(tempSpill, { ...given(), rule: 'mysql/io-pressure' }).outcome, 'refuted'))
  test('without the settings nothing is known', () =>
    assert.equal(conclude(tempSpill, { ...given(), answers: [] }).outcome, 'unknown'))

  const sorts = (value?: { readonly [name: string]: string }) => ({
    rule: 'mysql/sort-spill',
    category: 'MEMORY' as const,
    on: { type: 'server', name: 'sorts' },
    facts: {
      perSecond: 12,
      timeSharePercent: 40,
      worstFingerprintId: 'a1b2c3d4e5f60718',
      worstFingerprint: 'select … order by note',
    },
    answers: [{ kind: 'variables', value: value ?? { sort_buffer_size: '262144' } }] satisfies Answer[],
  })
  test('sorts are told by their own limit, with the class that merges most', () => {
    const result = supported(tempSpill, sorts())
    assert.match(result.hypothesis, /larger than 256 KiB.*order by note/)
    assert.deepEqual([result.affectingQueries, result.candidates], [['a1b2c3d4e5f60718'], []])
    assert.match(supported(tempSpill, sorts({})).hypothesis, /larger than the limit/)
  })
  test('without the size of the sort buffer nothing is known', () =>
    assert.equal(conclude(tempSpill, { ...sorts(), answers: [] }).outcome, 'unknown'))
})
