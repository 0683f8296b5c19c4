import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decidedIn } from './decided-in.ts'
import type { Hypothesis } from './nouns.ts'

const lost = (part: Partial<Hypothesis>): Hypothesis => ({
  rootCauseCode: 'MISSING_INDEX',
  hypothesis: 'no index',
  confidence: 0.01,
  lostBecause: 'it mostly waits',
  evidenceIds: [],
  candidates: [],
  ...part,
})
const of = (...competingHypotheses: Hypothesis[]) =>
  decidedIn({ analysisStatus: 'ABSTAINED', rootCauseCode: 'UNKNOWN', competingHypotheses })

test('an abstention is decided in the issue that any of its lost hypotheses names', () => {
  assert.equal(of(lost({}), lost({ decidedIn: null }), lost({ decidedIn: 12 })), 12)
  assert.equal(of(lost({}), lost({ decidedIn: null })), null)
  assert.equal(of(lost({})), undefined)
  assert.equal(of(), undefined)
})

test('an issue whose root cause another one’s proposal ends is decided there', () => {
  const named = (where: Partial<Hypothesis>) =>
    decidedIn({
      analysisStatus: 'COMPLETED',
      rootCauseCode: 'PILE_UP',
      competingHypotheses: [lost({ lostBecause: null, ...where }), lost({ decidedIn: 3 })],
    })
  assert.deepEqual([named({ decidedIn: 12 }), named({ decidedIn: null }), named({})], [12, null, undefined])
})

test('an issue whose root cause is named is decided there', () => {
  const competingHypotheses = [lost({ decidedIn: 12 })]
  assert.equal(
    decidedIn({ analysisStatus: 'COMPLETED', rootCauseCode: 'IO_PRESSURE', competingHypotheses }),
    undefined,
  )
  assert.equal(
    decidedIn({ analysisStatus: 'ABSTAINED', rootCauseCode: 'IO_PRESSURE', competingHypotheses }),
    undefined,
    'a plan was refused, the cause stands',
  )
})
