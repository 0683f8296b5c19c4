import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ISSUE, outcome } from '../../../test/support/analysis-scene.ts'
import { SIMILAR_FROM, SIMILARITY_WEIGHTS, similarCases, similarity } from './similar-cases.ts'

const present = {
  issue: ISSUE,
  engine: 'mysql',
  rootCause: 'MISSING_INDEX',
  affectingQueries: ['q1', 'q2'],
}
const near = (a: number, b: number): void => assert.ok(Math.abs(a - b) < 1e-9, `${a} is not ${b}`)

describe('the likeness of two cases', () => {
  test('is 1 where everything is the same; its weights sum to 1', () => {
    near(similarity(present, outcome({ affectingQueries: ['q2', 'q1'] })), 1)
    near(
      Object.values(SIMILARITY_WEIGHTS).reduce((a, b) => a + b, 0),
      1,
    )
  })

  test('is the sum of what they have in common', () => {
    near(similarity(present, outcome()), 1 - 0.25 / 2)
    near(similarity(present, outcome({ issueFingerprint: 'x', affectingQueries: ['q1', 'q2'] })), 0.65)
    near(similarity(present, outcome({ affectingQueries: [], rootCauseCode: 'NON_SARGABLE' })), 0.65)
    near(similarity(present, outcome({ affectingQueries: [], issueCategory: 'DEADLOCK' })), 0.55)
    near(similarity(present, outcome({ affectingQueries: [], engine: 'postgres' })), 0.65)
    near(similarity(present, outcome({ affectingQueries: [], affectedResourceName: 'x' })), 0.65)
  })

  test('is none for two cases without statements, as far as statements go', () =>
    near(similarity({ ...present, affectingQueries: [] }, outcome({ affectingQueries: [] })), 0.75))

  test('lies within 0 and 1, whatever statements are named how often', () =>
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'b', 'c')),
        fc.array(fc.constantFrom('a', 'b', 'c')),
        (a, b) => {
          const value = similarity({ ...present, affectingQueries: a }, outcome({ affectingQueries: b }))
          assert.ok(value >= 0.75 - 1e-9 && value <= 1 + 1e-9, String(value))
        },
      ),
    ))
})

describe('similar cases', () => {
  const unlike = outcome({ issueFingerprint: 'x', affectingQueries: [], affectedResourceName: 'x' })

  test('are the most alike first, failures included, at most five', () => {
    const cases = similarCases(present, [
      outcome({ decisionId: 1, resolved: false }),
      outcome({ decisionId: 2, affectingQueries: ['q1', 'q2'] }),
      ...[3, 4, 5, 6].map((decisionId) => outcome({ decisionId })),
    ])
    assert.deepEqual(
      cases.map((c) => c.outcome.decisionId),
      [2, 6, 5, 4, 3],
    )
    assert.equal(similarCases(present, [outcome({ resolved: false })])[0]?.outcome.resolved, false)
  })

  test('are none below the threshold: none is invented', () => {
    assert.ok(similarity(present, unlike) < SIMILAR_FROM)
    assert.deepEqual(similarCases(present, [unlike]), [])
    assert.deepEqual(similarCases(present, []), [])
  })
})
