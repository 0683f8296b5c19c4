import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { claim, diagnosis, ISSUE, supported } from '../../../test/support/analysis-scene.ts'
import { rawConfidence } from '../../core/calibration.ts'
import type { Answers, Diagnosis, Subject } from '../../core/diagnosis.ts'
import { type BaseRate, rankHypotheses } from './rank-hypotheses.ts'

const subject: Subject = { issue: ISSUE, events: [], context: {}, alongside: [], settings: {} }
const answers = { get: () => undefined } as unknown as Answers<never>
const rank = (diagnoses: readonly Diagnosis<never>[], baseRate: BaseRate = () => 0.5) =>
  rankHypotheses(diagnoses, { subject, answers }, { baseRate, calibration: { method: 'identity' } })

describe('hypotheses', () => {
  test('are ranked by confidence, whatever order they were tested in', () => {
    const a = diagnosis('MISSING_INDEX', () => supported('a', [-1]))
    const b = diagnosis('STALE_STATISTICS', () => supported('b', [1]))
    for (const order of [
      [a, b],
      [b, a],
    ])
      assert.deepEqual(
        rank(order).supported.map((h) => h.rootCauseCode),
        ['STALE_STATISTICS', 'MISSING_INDEX'],
      )
  })

  test('of equal confidence are ranked by name, so that the same answers give the same analysis', () => {
    const a = diagnosis('MISSING_INDEX', () => supported('a'))
    const b = diagnosis('IO_PRESSURE', () => supported('b'))
    for (const order of [
      [a, b],
      [b, a],
    ])
      assert.equal(rank(order).supported[0]?.rootCauseCode, 'IO_PRESSURE')
  })

  test('start from the base rate of their first candidate', () => {
    const asked: (string | null)[] = []
    const base: BaseRate = (_cause, actionId) => {
      asked.push(actionId)
      return actionId === null ? 0.2 : 0.7
    }
    const ranking = rank(
      [
        diagnosis('MISSING_INDEX', () => supported('a')),
        diagnosis('HOT_ROW', () => supported('b', [], { candidates: [] })),
      ],
      base,
    )
    assert.deepEqual(asked, ['mysql/create-index', null])
    assert.equal(ranking.supported[0]?.rawConfidence, rawConfidence(0.7, []))
    assert.equal(ranking.supported[1]?.rawConfidence, rawConfidence(0.2, []))
  })

  test('that are refuted say why, and their evidence is kept', () => {
    const ranking = rank([
      diagnosis('MISSING_INDEX', () => ({
        outcome: 'refuted',
        because: 'every statement uses an index',
        claims: [claim('the plan reads index i')],
      })),
      diagnosis('STALE_STATISTICS', () => supported('b', [], { claims: [claim('one'), claim('two')] })),
    ])
    assert.deepEqual(
      ranking.claims.map((c) => c.id),
      ['e1', 'e2', 'e3'],
    )
    assert.deepEqual(
      [ranking.refuted[0]?.lostBecause, ranking.refuted[0]?.evidenceIds],
      ['every statement uses an index', ['e1']],
    )
    assert.deepEqual(ranking.supported[0]?.evidenceIds, ['e2', 'e3'])
  })

  test('without a claim that could be checked are unknown: no diagnosis without evidence', () => {
    const ranking = rank([diagnosis('MISSING_INDEX', () => supported('a', [], { claims: [] }))])
    assert.deepEqual(ranking.supported, [])
    assert.match(ranking.unknown[0]?.missing ?? '', /names no evidence/)
  })

  test('rest on nothing that is only shown: it comes after all evidence, or not at all where it cannot be had', () => {
    const shows = (exhibits: NonNullable<Diagnosis<never>['exhibits']>): Diagnosis<never> => ({
      ...diagnosis('MISSING_INDEX', () => supported('a', [], { claims: [claim('one')] })),
      exhibits,
    })
    const other = diagnosis('HOT_ROW', () => supported('b', [], { claims: [claim('two')] }))
    const ranking = rank([shows(() => [claim('the plan')]), other])
    assert.deepEqual(
      ranking.claims.map((c) => [c.id, c.claim]),
      [
        ['e1', 'one'],
        ['e2', 'two'],
        ['e3', 'the plan'],
      ],
    )
    assert.ok(ranking.supported.every((h) => !h.evidenceIds.includes('e3')))
    const failing = shows(() => {
      throw new TypeError('a bug')
    })
    assert.equal(rank([failing, other]).claims.length, 2)
  })

  test('whose test fails are unknown, and hold up no other', () => {
    const ranking = rank([
      diagnosis('MISSING_INDEX', () => {
        throw new TypeError('a bug')
      }),
      diagnosis('STALE_STATISTICS', () => supported('b')),
    ])
    assert.match(ranking.unknown[0]?.missing ?? '', /missing_index failed: a bug/)
    assert.equal(ranking.supported.length, 1)
  })
})
