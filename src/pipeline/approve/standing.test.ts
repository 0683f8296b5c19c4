import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ISSUE, NOW } from '../../../test/support/analysis-scene.ts'
import { BINDING } from '../../../test/support/bindings.ts'
import { after } from '../../../test/support/pipeline-rows.ts'
import type { Json } from '../../core/canonical.ts'
import type { Analysis, Decision } from '../../core/nouns.ts'
import type { StandingApproval } from '../../core/store-ports.ts'
import { coveringGrant, type Waiting, whyNotCovered } from './standing.ts'

const table = { schema: 'shop', table: 'orders' }

const grant = (change: Partial<StandingApproval> = {}): StandingApproval => ({
  standingApprovalId: 1,
  actionName: 'mysql/analyze-table',
  actionVersion: 1,
  targetIds: [1, 2],
  parameterBounds: { table: { anyOf: [table] }, pages: { min: 20, max: 200 } },
  issueCategory: 'STATISTICS',
  rootCauseCode: 'STALE_STATISTICS',
  minimumConfidence: 0.9,
  maximumUses: 10,
  usesLeft: 1,
  validUntil: after(NOW, 60),
  grantedBy: 'anna',
  reason: 'routine',
  signature: 's',
  keyId: 'k',
  grantedAt: after(NOW, -60),
  revokedAt: null,
  revokedBy: null,
  ...change,
})

interface Change {
  readonly decision?: Partial<Decision>
  readonly analysis?: Partial<Analysis>
  readonly issue?: Partial<Waiting['issue']>
  readonly action?: { readonly name?: string; readonly version?: number }
  readonly parameters?: { readonly [name: string]: Json }
}
function waiting(change: Change = {}): Waiting {
  const action = { name: 'mysql/analyze-table', version: 1, definitionDigest: 'd', ...change.action }
  const parameters = change.parameters ?? { table: { table: 'orders', schema: 'shop' }, pages: 100 }
  return {
    decision: {
      riskLevel: 'LOW',
      targetId: 1,
      bindingText: JSON.stringify({ ...BINDING, action, parameters }),
      ...change.decision,
    } as Decision,
    analysis: { rootCauseCode: 'STALE_STATISTICS', confidenceScore: 0.9, ...change.analysis } as Analysis,
    issue: { ...ISSUE, issueCategory: 'STATISTICS', ...change.issue },
  }
}
const why = (change: Change = {}, granted: Partial<StandingApproval> = {}): string | null =>
  whyNotCovered(waiting(change), grant(granted), NOW)

test('a decision within every bound of a grant is covered', () => assert.equal(why(), null))

describe('a grant does not cover', () => {
  for (const [what, because, change, granted] of [
    ['MEDIUM risk', /only LOW/, { decision: { riskLevel: 'MEDIUM' } }, {}],
    ['HIGH risk', /only LOW/, { decision: { riskLevel: 'HIGH' } }, {}],
    ['anything once it was revoked', /revoked/, {}, { revokedAt: NOW, revokedBy: 'bert' }],
    ['anything from the moment it expires', /expired/, {}, { validUntil: NOW }],
    ['anything once it is used up', /used up/, {}, { usesLeft: 0 }],
    ['another action', /another action/, { action: { name: 'mysql/kill-query' } }, {}],
    ['a newer version of the action', /another version/, { action: { version: 2 } }, {}],
    ['another target', /other targets/, { decision: { targetId: 3 } }, {}],
    ['another category', /another category/, { issue: { issueCategory: 'DEADLOCK' } }, {}],
    ['another root cause', /another root cause/, { analysis: { rootCauseCode: 'MISSING_INDEX' } }, {}],
    ['less confidence', /confidence is below/, { analysis: { confidenceScore: 0.8999 } }, {}],
    [
      'another table',
      /parameter table/,
      { parameters: { table: { schema: 'shop', table: 'stock' }, pages: 100 } },
      {},
    ],
    ['a number below its bounds', /parameter pages/, { parameters: { table, pages: 19 } }, {}],
    ['a number above its bounds', /parameter pages/, { parameters: { table, pages: 201 } }, {}],
    ['a number written as text', /parameter pages/, { parameters: { table, pages: '100' } }, {}],
    ['a parameter it does not name', /parameter extra/, { parameters: { table, pages: 100, extra: 1 } }, {}],
    [
      'a bound of no known form',
      /parameter pages/,
      {},
      { parameterBounds: { table: { any: true }, pages: 100 } },
    ],
    ['half a bound', /parameter pages/, {}, { parameterBounds: { table: { any: true }, pages: { min: 1 } } }],
    [
      'a bound that says any is not true',
      /parameter pages/,
      {},
      { parameterBounds: { table: { any: true }, pages: { any: false } } },
    ],
  ] as readonly (readonly [string, RegExp, Change, Partial<StandingApproval>])[]) {
    test(what, () => assert.match(why(change, granted) ?? 'it is covered', because))
  }
})

describe('bounds', () => {
  test('include their ends', () => {
    for (const pages of [20, 200]) assert.equal(why({ parameters: { table, pages } }), null)
  })

  test('may allow any value of a parameter, when they say so', () =>
    assert.equal(why({}, { parameterBounds: { table: { any: true }, pages: { any: true } } }), null))
})

test('the first grant that covers is taken, and none where none does', () => {
  const grants = [
    grant({ standingApprovalId: 1, usesLeft: 0 }),
    grant({ standingApprovalId: 2 }),
    grant({ standingApprovalId: 3 }),
  ]
  assert.equal(coveringGrant(waiting(), grants, NOW)?.standingApprovalId, 2)
  assert.equal(coveringGrant(waiting({ decision: { riskLevel: 'HIGH' } }), grants, NOW), null)
})
