import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DecisionStory } from '../app/index.ts'
import type { Decision } from '../core/nouns.ts'
import type { Binding } from '../core/plan.ts'
import { whatIsSigned } from './what-is-signed.ts'

const decision = { decisionId: 7, planDigest: 'a'.repeat(64), riskLevel: 'LOW' } as Decision
const binding = {
  action: { name: 'mysql/drop-index' },
  target: { name: 'prod\u001b[2J', engine: 'mariadb', instanceUid: 'uid-1' },
  riskLevel: 'MEDIUM',
} as Binding
const storyOf = (told: Decision) => ({ decisions: [{ decision: told, binding } as DecisionStory] })

test('what is signed is named from the plan itself, whatever stands beside it', () => {
  assert.equal(
    whatIsSigned(storyOf(decision), decision),
    `You sign: mysql/drop-index on prod⟨U+001B⟩[2J (mariadb, uid-1), MEDIUM risk, plan ${decision.planDigest}`,
  )
})

test('a story that tells another plan, or none, is never followed by a signature', () => {
  const other = { ...decision, planDigest: 'b'.repeat(64) }
  for (const story of [storyOf(other), storyOf({ ...decision, decisionId: 8 }), { decisions: [] }])
    assert.throws(() => whatIsSigned(story, decision), { code: 'DBM_VOTE_INVALID' })
})
