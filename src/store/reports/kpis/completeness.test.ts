import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { canonicalJson, type Json } from '../../../core/canonical.ts'
import {
  EXPLANATION_PARTS,
  type ExplainedDecision,
  type ExplanationPart,
  partsOnRecord,
} from './completeness.ts'

const digestOf = (value: Json): string => createHash('sha256').update(canonicalJson(value)).digest('hex')

const EVIDENCE = [{ id: 'e1', claim: 'it was read whole', value: 300_000 }]
const PRECONDITIONS = [{ id: 'X1', met: true, found: 'the table is there', toProceed: '' }]
const BINDING = {
  action: { name: 'mysql/create-index', version: 1 },
  riskLevel: 'MEDIUM',
  steps: [{ kind: 'statement', text: 'CREATE INDEX i ON t (c)' }],
  undo: { plan: { guards: [], steps: [{ kind: 'statement', text: 'DROP INDEX i ON t' }] } },
  evidenceDigest: digestOf(EVIDENCE),
  forecast: { basis: 'sizes of the table' },
  verification: { postcondition: 'the index is there' },
}
const WHOLE: ExplainedDecision = {
  bindingText: JSON.stringify(BINDING),
  preflightDigest: digestOf(PRECONDITIONS),
  rootCauseCode: 'MISSING_INDEX',
  evidence: JSON.stringify(EVIDENCE),
  hypotheses: JSON.stringify([{ lostBecause: null }, { lostBecause: 'the statistics are fresh' }]),
  metricValue: 300_000,
  rawContext: '{"limit":100}',
  previews: ['{"known":false}', JSON.stringify({ value: { proposal: { preconditions: PRECONDITIONS } } })],
}
const bound = (change: object): Partial<ExplainedDecision> => ({
  bindingText: JSON.stringify({ ...BINDING, ...change }),
})

test('a decision whose every part is on record is whole', () =>
  assert.deepEqual(partsOnRecord(WHOLE), EXPLANATION_PARTS))

/** What is taken away, and the one part that is then not on record. */
const LACKING: readonly (readonly [string, Partial<ExplainedDecision>, ExplanationPart])[] = [
  ['no claims', { evidence: '[]' }, 'evidence'],
  ['claims other than those consented to', { evidence: '[{"id":"e1"}]' }, 'evidence'],
  ['a metric without a limit', { rawContext: '{"z":1}' }, 'metric against its limit'],
  ['an event that is gone', { metricValue: null, rawContext: null }, 'metric against its limit'],
  ['an unknown cause', { rootCauseCode: 'UNKNOWN' }, 'root cause'],
  ['one hypothesis alone', { hypotheses: '[{"lostBecause":null}]' }, 'rejected alternatives'],
  ['no statement', bound({ steps: [] }), 'action and statements'],
  ['a preview of something else', { preflightDigest: digestOf([]) }, 'preflight results'],
  ['no preview', { previews: [] }, 'preflight results'],
  ['a check that says nothing', bound({ verification: { postcondition: ' ' } }), 'expected effect and check'],
  ['no inverse, and no word why', bound({ undo: { whyNot: '' } }), 'inverse and risk'],
]
for (const [name, change, part] of LACKING)
  test(`${name}: ${part} is not on record`, () =>
    assert.deepEqual(
      partsOnRecord({ ...WHOLE, ...change }),
      EXPLANATION_PARTS.filter((each) => each !== part),
    ))

test('what is no document counts for nothing and throws nothing', () => {
  assert.deepEqual(partsOnRecord({ ...WHOLE, bindingText: 'no JSON' }), [])
  assert.deepEqual(partsOnRecord({ ...WHOLE, bindingText: 'null' }), [])
  assert.deepEqual(partsOnRecord({ ...WHOLE, evidence: '{}' }), [])
  assert.equal(partsOnRecord({ ...WHOLE, bindingText: '{}' }).includes('inverse and risk'), false)
})
